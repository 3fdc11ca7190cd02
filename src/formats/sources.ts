import { type WebResponse, web } from '../data/web-platform.ts';
import { refuse } from './bytes.ts';
import { expectSiblingName, type ModelFile } from './load.ts';

/** Where the bytes of a model come from, on every platform: memory, files of a page, the web. */

/** A file of the page: what a file input or a drop gives. */
export interface FileLike {
  readonly name?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A path or address, bytes, a File or Blob, or several files of which one is the main one. */
export type ModelSource =
  | string
  | { readonly href: string }
  | Uint8Array
  | ArrayBuffer
  | FileLike
  | readonly FileLike[];

const isUrl = (source: unknown): source is { readonly href: string } =>
  typeof source === 'object' && source !== null && 'href' in source;

export function isWebAddress(source: ModelSource): boolean {
  if (isUrl(source)) return /^(https?|blob|data):/.test(source.href);
  return typeof source === 'string' && /^(https?|blob|data):/.test(source);
}

async function download(url: string): Promise<Uint8Array> {
  let response: WebResponse;
  try {
    response = await web.fetch(url);
  } catch (error) {
    return refuse('load', `'${url}' cannot be reached: ${reasonOf(error, url)}`);
  }
  if (!response.ok) {
    const status = `${response.status} ${response.statusText}`.trim();
    refuse('load', `'${url}' answers ${status}; check the address`);
  }
  // Servers of single-page applications answer with their page for whatever they do not have.
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
    refuse('load', `'${url}' answers with an HTML page, not a model; check the address`);
  }
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    return refuse('load', `'${url}' broke off: ${(error as Error).message}; try again`);
  }
}

/** Browsers do not say why a request failed; the most frequent reason between two servers is CORS. */
function reasonOf(error: unknown, url: string): string {
  const { message, cause } = error as Error & { cause?: { message?: string } };
  const reason = cause?.message ? `${message} (${cause.message})` : message;
  const foreign = web.location && new web.URL(url).origin !== web.location.origin;
  return foreign
    ? `${reason}; its server must be up, and permit pages of ${web.location!.origin} (CORS, the header Access-Control-Allow-Origin)`
    : `${reason}; check the address and the connection`;
}

/** A model at a web address; further files are looked for beside it. */
export async function fetchModelFile(url: string): Promise<ModelFile> {
  return {
    bytes: await download(url),
    sibling: (name) => download(new web.URL(expectSiblingName(name), url).href),
  };
}

const isFile = (source: unknown): source is FileLike =>
  typeof source === 'object' && source !== null && 'arrayBuffer' in source;

async function bytesOf(file: FileLike): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}

/** A model from memory or from files of the page. */
export async function plainSource(source: ModelSource): Promise<ModelFile> {
  if (source instanceof Uint8Array) return { bytes: source };
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source) };
  if (isFile(source)) return { bytes: await bytesOf(source) };
  const isList = typeof source === 'object' && source !== null && 'length' in source;
  const files = isList ? Array.from(source) : [];
  if (files.length > 0 && files.every(isFile)) {
    const main = files.find((f) => f.name?.endsWith('.json')) ?? files[0];
    return {
      bytes: await bytesOf(main),
      sibling: async (name) => {
        const last = name.split('/').at(-1);
        const found = files.find((f) => f.name === last);
        if (!found) return refuse('load', `'${last}' is not among the files; choose it as well`);
        return bytesOf(found);
      },
    };
  }
  if (isList && files.length === 0) {
    return refuse(
      'load',
      'no file is chosen; choose a model file, or a model.json with its shards',
    );
  }
  const received = source === null ? 'null' : typeof source;
  return refuse('load', `received ${received}; expected a path, an address, bytes or a file`);
}
