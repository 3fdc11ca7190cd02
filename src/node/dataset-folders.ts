/** Folders of examples sorted by class: one folder for each class, one file for each example. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { permutation } from '../data/permutation.ts';
import { NablaError } from '../graph/errors.ts';

export interface ClassFolderOptions {
  /** The classes in the order of their numbers; the names of the folders in alphabetical order by default. */
  classNames?: readonly string[];
  /** Part of the files (between 0 and 1) to validate with; needs `subset` and `seed`. */
  validationSplit?: number;
  subset?: 'training' | 'validation';
  /** Fixes which files are for validation, and the order of each pass. */
  seed?: number;
  /** True (the default) shuffles the files anew in each pass. */
  shuffle?: boolean;
}

export interface ClassFiles {
  paths: string[];
  /** Class numbers, int32. */
  labels: Int32Array;
  classNames: string[];
}

/**
 * Lists the files of `directory/<class>/`, also in folders below, whose names end in one of `extensions`.
 * Links to files, and classes that are links to folders, count as what they lead to; names that begin with
 * a dot are passed over. Errors: no class folders or no files; a class without files; a file with one of the
 * `refused` endings, which says why.
 */
export async function listClassFolders(
  directory: string,
  extensions: readonly string[],
  refused: Readonly<Record<string, string>>,
  options: ClassFolderOptions,
): Promise<ClassFiles> {
  const folders: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.name.startsWith('.') && (await isKind('folder', directory, entry))) {
      folders.push(entry.name);
    }
  }
  folders.sort();
  const classNames = [...(options.classNames ?? folders)];
  const absent = classNames.filter((name) => !folders.includes(name));
  if (classNames.length === 0 || absent.length > 0) {
    throw new NablaError(
      `${directory}: expected one folder for each class${absent.length > 0 ? ` (no ${absent.join(', ')})` : ''}, found ${folders.join(', ') || 'none'}`,
    );
  }
  const paths: string[] = [];
  const labels: number[] = [];
  const empty: string[] = [];
  for (const [label, name] of classNames.entries()) {
    const folder = join(directory, name);
    const before = paths.length;
    for (const path of await filesIn(folder)) {
      const extension = extname(path).toLowerCase();
      if (extension in refused) throw new NablaError(`${path}: ${refused[extension]}`);
      if (!extensions.includes(extension)) continue;
      paths.push(path);
      labels.push(label);
    }
    if (paths.length === before) empty.push(name);
  }
  if (paths.length === 0) {
    throw new NablaError(
      `${directory}: no ${extensions.join(' or ')} files in the folders of its classes`,
    );
  }
  if (empty.length > 0) {
    throw new NablaError(
      `${directory}: no ${extensions.join(' or ')} files for ${empty.join(', ')}; remove the folder, or name the classes in classNames`,
    );
  }
  return { ...chooseSubset(paths, Int32Array.from(labels), options), classNames };
}

/** The files below a folder in alphabetical order, without hidden ones and those in hidden folders. */
async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isHidden = relative(folder, path)
      .split(sep)
      .some((part) => part.startsWith('.'));
    if (!isHidden && (await isKind('file', entry.parentPath, entry))) files.push(path);
  }
  return files.sort();
}

/** What a name in a folder is, or what it leads to if it is a link; a link to nothing is neither. */
async function isKind(kind: 'file' | 'folder', parent: string, entry: Dirent): Promise<boolean> {
  const found = entry.isSymbolicLink()
    ? await stat(join(parent, entry.name)).catch(() => undefined)
    : entry;
  return (kind === 'file' ? found?.isFile() : found?.isDirectory()) ?? false;
}

function chooseSubset(
  paths: string[],
  labels: Int32Array,
  { validationSplit, subset, seed }: ClassFolderOptions,
): { paths: string[]; labels: Int32Array } {
  if (validationSplit === undefined && subset === undefined) return { paths, labels };
  if (
    validationSplit === undefined ||
    subset === undefined ||
    seed === undefined ||
    !(validationSplit > 0 && validationSplit < 1)
  ) {
    throw new NablaError(
      `validationSplit is ${validationSplit}, subset ${subset}, seed ${seed}; a split needs all three, with validationSplit between 0 and 1, so that both subsets come from the same division`,
    );
  }
  const order = permutation(paths.length, seed);
  const held = Math.floor(validationSplit * paths.length);
  const rows = subset === 'validation' ? order.subarray(0, held) : order.subarray(held);
  const sorted = rows.slice().sort();
  return {
    paths: Array.from(sorted, (row) => paths[row]),
    labels: sorted.map((row) => labels[row]),
  };
}
