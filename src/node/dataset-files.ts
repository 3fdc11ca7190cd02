/**
 * Finds the files of data sets on a computer: the cache, local directories, npm packages, and last their
 * official addresses, whose answer is kept in the cache. Every file is checked against its hash; one that
 * fails is passed over, and named if nothing else is found.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkedBytes, type DataFile, type DataSource, notFound } from '../data/source.ts';
import { datasetCacheDirectory, storeFile } from './dataset-cache.ts';
import { download } from './download.ts';
import { DownloadProgress } from './download-progress.ts';
import { colorWanted, createStyle, unicodeWanted } from './terminal.ts';

export interface NodeSourceOptions {
  /** A directory to look in for the files, or for folders named like the data sets; NABLA_DATA by default. */
  directory?: string;
  /** Where downloads are kept; NABLA_CACHE, or ~/.cache/nabla, by default. */
  cacheDirectory?: string;
  /** False forbids the network; true by default. */
  download?: boolean;
  /** Whether downloads show a line of progress on standard error; by default where that is a terminal. */
  progress?: boolean;
}

interface Place {
  readonly path: string;
  /** What the place is, for the error. */
  readonly kind: string;
}

export function nodeSource(options: NodeSourceOptions = {}): DataSource {
  const cache = options.cacheDirectory ?? datasetCacheDirectory();
  const progress = new DownloadProgress({
    stream: options.progress === false ? { write: () => {} } : process.stderr,
    style: createStyle(colorWanted(process.stderr)),
    unicode: unicodeWanted(),
  });
  return {
    async find(alternatives) {
      const tried: string[] = [];
      const attempt = async (
        file: DataFile,
        place: string,
        read: () => Promise<Uint8Array>,
      ): Promise<{ file: DataFile; bytes: Uint8Array } | undefined> => {
        try {
          return { file, bytes: await checkedBytes(await read(), file) };
        } catch (error) {
          tried.push(`${place}: ${reason(error)}`);
          return undefined;
        }
      };
      for (const file of alternatives) {
        for (const { path, kind } of localPlaces(file, cache, options.directory)) {
          if (existsSync(path)) {
            const found = await attempt(file, `${kind} ${path}`, () => readFile(path));
            if (found) return found;
          } else tried.push(`${kind} ${path}: not there`);
        }
      }
      for (const file of alternatives) {
        for (const url of file.urls) {
          if (options.download === false) {
            tried.push(`${url}: not asked, downloads are switched off`);
            continue;
          }
          const found = await attempt(file, url, () => fetchFile(url, file, progress));
          if (found === undefined) continue;
          await keep(join(cache, file.dataset, file.name), found.bytes);
          return found;
        }
      }
      throw notFound(alternatives, tried, wayOut(alternatives));
    },
  };
}

/** A file may arrive compressed, which makes hardly compressible data a little longer. */
async function fetchFile(
  url: string,
  file: DataFile,
  progress: DownloadProgress,
): Promise<Uint8Array> {
  const shown = progress.begin(file.dataset, file.name);
  try {
    const maxBytes = Math.ceil(1.01 * file.maxBytes) + 1000;
    return await download(url, { maxBytes, onProgress: shown.update });
  } finally {
    shown.end();
  }
}

/** A cache that cannot be written, such as a read-only disk, must not cost the data just downloaded. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await storeFile(path, bytes);
  } catch (error) {
    process.emitWarning(
      `${path} could not be written (${reason(error)}), so the file is downloaded again next time; set NABLA_CACHE to a directory that can be written`,
    );
  }
}

/** Network errors of Node say "fetch failed" and hide why in their cause. */
function reason(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error & { code?: string } };
  const why = cause?.code ?? cause?.message;
  return why ? `${message} (${why})` : message;
}

function localPlaces(file: DataFile, cache: string, directory: string | undefined): Place[] {
  const places: Place[] = [{ kind: 'cache', path: join(cache, file.dataset, file.name) }];
  const local = directory ?? process.env.NABLA_DATA;
  if (local) {
    for (const folder of [resolve(local), join(resolve(local), file.dataset)]) {
      places.push({ kind: 'directory', path: join(folder, file.name) });
      if (!file.name.endsWith('.gz')) {
        places.push({ kind: 'directory', path: join(folder, `${file.name}.gz`) });
      }
    }
  }
  for (const path of file.systemPaths ?? []) places.push({ kind: 'system file', path });
  for (const { name, path } of file.packages ?? []) {
    const roots = packageDirectories(name);
    if (roots.length === 0) {
      places.push({ kind: `npm package ${name}`, path: join('node_modules', name, path) });
    }
    for (const root of roots) places.push({ kind: `npm package ${name}`, path: join(root, path) });
  }
  return places;
}

/**
 * Folders of an installed package, seen from the working directory and from this module. Found by walking
 * up, not with `require.resolve`, because packages of data need not export their files.
 */
function packageDirectories(name: string): string[] {
  const found = new Set<string>();
  for (const start of [process.cwd(), dirname(fileURLToPath(import.meta.url))]) {
    for (let at = start; ; at = dirname(at)) {
      const candidate = join(at, 'node_modules', name);
      if (existsSync(join(candidate, 'package.json'))) found.add(candidate);
      if (dirname(at) === at) break;
    }
  }
  return [...found];
}

function wayOut(alternatives: readonly DataFile[]): string {
  const steps: string[] = [];
  for (const { name } of alternatives.flatMap((file) => file.packages ?? [])) {
    steps.push(`install the data with \`npm install ${name}\``);
  }
  const urls = alternatives.flatMap((file) => file.urls);
  if (urls.length > 0) {
    steps.push(
      `download ${urls[0]} on a computer with network access, put it in a directory and give that directory as the option directory or in NABLA_DATA`,
    );
  }
  for (const { hint } of alternatives) if (hint !== undefined) steps.push(hint);
  return `To get it, ${steps.join(', or ')}.`;
}
