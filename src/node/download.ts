/**
 * Files from the network: read as a stream, with a limit to their size, progress for who waits, and an
 * end to waiting for a server that has gone silent. A connection that breaks is taken up where it broke.
 */

export interface DownloadOptions {
  /** Bytes that the answer may have; more is refused while it arrives. */
  readonly maxBytes: number;
  /** Called as the file arrives; `total` is undefined where the server does not say. */
  readonly onProgress?: (received: number, total: number | undefined) => void;
  /** Milliseconds without a byte after which the connection counts as broken; a minute by default. */
  readonly silence?: number;
  /** How often a broken connection is taken up again; 3 by default. */
  readonly retries?: number;
}

/** An answer that another attempt would not change. */
class Refused extends Error {}

/** The body of `url`. Errors: no answer, an error status, more than `maxBytes`, a connection that stays broken. */
export async function download(url: string, options: DownloadOptions): Promise<Uint8Array> {
  const { retries = 3 } = options;
  const received = new Received(options);
  for (let attempt = 0; ; attempt++) {
    const before = received.length;
    try {
      await request(url, received, options);
      return received.bytes();
    } catch (error) {
      // Without a first byte there is nothing to go on from: the next source may do better.
      const isBroken = !(error instanceof Refused) && received.length > before;
      if (!isBroken || attempt >= retries) throw error;
    }
  }
}

/** What has arrived so far. */
class Received {
  length = 0;
  total: number | undefined;
  #chunks: Uint8Array[] = [];
  readonly #options: DownloadOptions;

  constructor(options: DownloadOptions) {
    this.#options = options;
  }

  clear(): void {
    this.#chunks = [];
    this.length = 0;
  }

  add(chunk: Uint8Array): void {
    const { maxBytes, onProgress } = this.#options;
    this.#chunks.push(chunk);
    this.length += chunk.length;
    if (this.length > maxBytes) {
      throw new Refused(`the server sends more than the expected ${maxBytes} bytes`);
    }
    onProgress?.(this.length, this.total);
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }
}

/** One request, from the byte at which the last one broke. */
async function request(
  url: string,
  received: Received,
  { silence = 60_000 }: DownloadOptions,
): Promise<void> {
  const controller = new AbortController();
  const watch = setTimeout(() => {
    controller.abort(new Error(`the server has sent nothing for ${silence / 1000} seconds`));
  }, silence);
  try {
    const from = received.length;
    const response = await fetch(url, {
      signal: controller.signal,
      headers: from > 0 ? { range: `bytes=${from}-` } : {},
    });
    if (!response.ok || !response.body) {
      throw new Refused(`the server answered ${response.status} ${response.statusText}`.trim());
    }
    const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
    const goesOn = response.status === 206 && Number(range?.[1]) === from;
    if (!goesOn) received.clear();
    received.total = sizeOf(response, received.length);
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      watch.refresh();
      received.add(chunk);
    }
  } finally {
    clearTimeout(watch);
    controller.abort(); // of what is left of an answer that is refused
  }
}

/** Size of the whole file; unknown where the answer is compressed on its way. */
function sizeOf(response: Response, before: number): number | undefined {
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const isEncoded = response.headers.get('content-encoding') !== null;
  return Number.isInteger(length) && !isEncoded ? before + length : undefined;
}
