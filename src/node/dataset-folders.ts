/** Folders of examples sorted by class: one folder for each class, one file for each example. */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { permutation } from '../data/permutation.ts';

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
 * Errors: no class folders or no files; a file with one of the `refused` endings, which says why.
 */
export async function listClassFolders(
  directory: string,
  extensions: readonly string[],
  refused: Readonly<Record<string, string>>,
  options: ClassFolderOptions,
): Promise<ClassFiles> {
  const folders = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
  const classNames = [...(options.classNames ?? folders)];
  const absent = classNames.filter((name) => !folders.includes(name));
  if (classNames.length === 0 || absent.length > 0) {
    throw new Error(
      `${directory}: expected one folder for each class${absent.length > 0 ? ` (no ${absent.join(', ')})` : ''}, found ${folders.join(', ') || 'none'}`,
    );
  }
  const paths: string[] = [];
  const labels: number[] = [];
  for (const [label, name] of classNames.entries()) {
    const inside = await readdir(join(directory, name), { recursive: true, withFileTypes: true });
    const files = inside
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const path of files) {
      const extension = extname(path).toLowerCase();
      if (extension in refused) throw new Error(`${path}: ${refused[extension]}`);
      if (!extensions.includes(extension)) continue;
      paths.push(path);
      labels.push(label);
    }
  }
  if (paths.length === 0) {
    throw new Error(
      `${directory}: no ${extensions.join(' or ')} files in the folders of its classes`,
    );
  }
  return { ...chooseSubset(paths, Int32Array.from(labels), options), classNames };
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
    throw new Error(
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
