/**
 * The few web interfaces that files and data sets use, found in every browser and in Node alike. They are
 * declared here because these floors are compiled without the types of either.
 */
import { NablaError } from '../graph/errors.ts';

interface StreamReader {
  read(): Promise<{ done: boolean; value?: Uint8Array }>;
  cancel(): Promise<void>;
}
interface StreamWriter {
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
export interface WebResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}
interface WebPlatform {
  fetch(url: string): Promise<WebResponse>;
  URL: new (url: string, base?: string) => { readonly href: string; readonly origin: string };
  /** Of the page; missing in Node. */
  location?: { readonly origin: string };
  /** `subtle` is missing in pages that are neither https nor localhost. */
  crypto: { subtle?: { digest(algorithm: 'SHA-256', data: Uint8Array): Promise<ArrayBuffer> } };
  DecompressionStream: new (
    format: 'gzip',
  ) => { readable: { getReader(): StreamReader }; writable: { getWriter(): StreamWriter } };
  TextDecoder: new (
    label?: string,
    options?: { fatal?: boolean },
  ) => { decode(bytes: Uint8Array): string };
}

export const web = globalThis as unknown as WebPlatform;

/** The gzip file `bytes`, decompressed. Errors: damaged data, or more than `maxBytes` inside. */
export async function gunzip(
  bytes: Uint8Array,
  maxBytes: number,
  name: string,
): Promise<Uint8Array> {
  const stream = new web.DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  // A damaged file fails both sides; the reading side reports it.
  const written = writer
    .write(bytes)
    .then(() => writer.close())
    .catch(() => {});
  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const chunk = part.value as Uint8Array;
      length += chunk.length;
      if (length > maxBytes)
        throw new NablaError(`it holds more than the expected ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw new NablaError(
      `gunzip: ${name} cannot be decompressed: ${(error as Error).message}; get the file again`,
    );
  }
  await written;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    out.set(chunk, offset);
    offset += chunk.length;
  }
  return out;
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** SHA-256 of `bytes` in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  if (web.crypto?.subtle === undefined) {
    throw new NablaError(
      'sha256: this page has no crypto.subtle, which data files are checked with; serve it over https or from localhost',
    );
  }
  const digest = new Uint8Array(await web.crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('');
}
