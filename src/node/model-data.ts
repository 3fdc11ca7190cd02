/** Data files for a model: tables, arrays and images in the shape of its inputs. */
import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { FormatError } from '../formats/bytes.ts';
import { readNpy, readNpz } from '../formats/npy.ts';
import { joinRows, type NDArray } from '../graph/ndarray.ts';
import { imageExtensions, otherImageFormats } from './images.ts';
import { fitImage, unreadable } from './model-images.ts';
import { fitArray, type InputFacts, product, shapeText } from './model-inputs.ts';
import { allColumns, findColumns, readTable, type Table, tableNumbers } from './model-tables.ts';
import { nearest, quoted, UsageError } from './usage-error.ts';

export interface ReadOptions {
  /** Values of images are 0 to 255 instead of 0 to 1; by default where the model takes whole numbers. */
  readonly rawPixels?: boolean;
  /** Columns of tables to use, by name or number from 1. */
  readonly columns?: string;
  /** Whether tables begin with a line of names; told from the values by default. */
  readonly header?: boolean;
}

/** What a data file is, by its name. */
export type DataKind = 'csv' | 'npy' | 'npz' | 'image' | 'folder';

const kinds: Readonly<Record<string, DataKind>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.npy': 'npy',
  '.npz': 'npz',
  ...Object.fromEntries(imageExtensions.map((extension) => [extension, 'image'] as const)),
};

export async function kindOfData(path: string): Promise<DataKind> {
  const extension = extname(path).toLowerCase();
  const found = await look(path);
  if (found.isDirectory()) return 'folder';
  if (extension in otherImageFormats) {
    throw new UsageError(unreadable(basename(path), otherImageFormats[extension]));
  }
  const kind = kinds[extension];
  if (kind === undefined) {
    const isModel = /^\.(keras|h5|hdf5|safetensors|onnx)$/.test(extension);
    throw new UsageError(
      `${quoted(basename(path))} is ${isModel ? 'a model, not data' : 'in no known format'}; expected .csv, .tsv, .npy, .npz, .png or .jpg${isModel ? ', after the model' : ''}`,
    );
  }
  return kind;
}

async function look(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    const near = nearest(basename(path), await readdir(dirname(path)).catch(() => []));
    const hint =
      near === undefined ? 'check the path' : `did you mean ${quoted(join(dirname(path), near))}?`;
    throw new UsageError(`there is no file ${quoted(path)}; ${hint}`);
  }
}

/** Reads what lies in a file; an error of its format says which file it is. */
async function parseFile<T>(
  path: string,
  parse: (bytes: Uint8Array) => T | Promise<T>,
): Promise<T> {
  const bytes = await readFile(path);
  const name = quoted(basename(path));
  if (bytes.length === 0) throw new UsageError(`${name} is empty; expected arrays`);
  try {
    return await parse(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError(`${name}: ${error.message}`);
  }
}

export const readArray = (path: string): Promise<NDArray> => parseFile(path, readNpy);

/** The arrays of an .npz file by name; there is at least one. */
export async function readArrays(path: string): Promise<Map<string, NDArray>> {
  const arrays = await parseFile(path, readNpz);
  if (arrays.size === 0) {
    throw new UsageError(`${quoted(basename(path))} holds no arrays; expected an .npz file`);
  }
  return arrays;
}

const countText = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const namesText = (inputs: readonly InputFacts[]): string =>
  inputs.map((i) => `${i.name} ${i.shape ? shapeText(i.shape) : ''}`.trim()).join(', ');

/** Arrays of an .npz file for the inputs of a model, by name or in their order. */
export function fitArrays(
  arrays: ReadonlyMap<string, NDArray>,
  inputs: readonly InputFacts[],
  what: string,
): NDArray[] {
  const named = inputs.every((i) => arrays.has(i.name));
  const values = named ? inputs.map((i) => arrays.get(i.name)!) : [...arrays.values()];
  if (values.length !== inputs.length) {
    throw new UsageError(
      `${what} has ${countText(arrays.size, 'array')} (${[...arrays.keys()].join(', ')}); the model takes ${inputs.length}: ${namesText(inputs)}`,
    );
  }
  const fitted = values.map((value, i) =>
    fitArray(value, inputs[i], `${what}, ${inputs[i].name},`),
  );
  const counts = fitted.map(({ shape }) => shape[0]);
  if (counts.some((n) => n !== counts[0])) {
    const list = inputs.map((i, k) => `${i.name} ${counts[k]}`).join(', ');
    throw new UsageError(
      `${what} has arrays of different numbers of samples (${list}); give every input the same`,
    );
  }
  return fitted;
}

/** The columns of a table that an input takes: those that are named, or all if their number is right. */
export function fitTable(
  table: Table,
  input: InputFacts,
  columns: readonly number[],
  chosen: boolean,
): NDArray {
  const sample = input.shape?.slice(1);
  const wanted = sample?.every((d) => d !== null) ? product(sample as number[]) : undefined;
  if (wanted !== undefined && wanted !== columns.length) {
    const way =
      columns.length < wanted
        ? table.columns.length === 1
          ? 'separate fields by commas, semicolons or tabs'
          : 'give a table with all of them'
        : `name the ones to use with --columns, such as --columns 1-${wanted}`;
    const names = table.hasHeader ? ` (${shortList(columns.map((c) => table.columns[c]))})` : '';
    throw new UsageError(
      `${quoted(table.name)} has ${countText(columns.length, 'column')}${chosen ? ' chosen' : ''}${names}, the input "${input.name}" of the model takes ${wanted}; ${way}`,
    );
  }
  return fitArray(tableNumbers(table, columns), input, quoted(table.name));
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, names.length > 8 ? 7 : 8);
  const list = shown.map((name) => (/[,"]/.test(name) ? quoted(name) : name));
  return [...list, ...(names.length > 8 ? ['…'] : [])].join(', ');
}

/** What a data file gives a model. */
export interface ModelInputs {
  /** One batch for each input. */
  readonly batches: readonly NDArray[];
  /** What was done to the data on the way, for the reader. */
  readonly note?: string;
}

/** A data file as one batch for each input of a model. */
export async function readInputs(
  path: string,
  inputs: readonly InputFacts[],
  options: ReadOptions = {},
): Promise<ModelInputs> {
  const name = quoted(basename(path));
  const kind = await kindOfData(path);
  if (kind === 'folder') throw new UsageError(`${name} is a folder; expected a file`);
  if (kind === 'npz') return { batches: fitArrays(await readArrays(path), inputs, name) };
  if (inputs.length !== 1) {
    throw new UsageError(
      `the model takes ${inputs.length} inputs; give an .npz file with the arrays ${namesText(inputs)}`,
    );
  }
  const [input] = inputs;
  if (kind === 'image') {
    const raw = options.rawPixels ?? input.dtype === 'int32';
    const { batch, note } = fitImage(await readFile(path), input, basename(path), raw);
    return { batches: [batch], note };
  }
  if (kind === 'npy') return { batches: [fitArray(await readArray(path), input, name)] };
  const table = await readTable(path, options);
  const chosen = options.columns === undefined ? undefined : findColumns(table, options.columns);
  return { batches: [fitTable(table, input, chosen ?? allColumns(table), !!chosen)] };
}

/** Batches one after the other as one. */
export function joinBatches(batches: readonly NDArray[]): NDArray {
  if (batches.length === 1) return batches[0];
  const [{ shape }] = batches;
  const sample = shape.slice(1);
  const different = batches.find((b) => b.shape.slice(1).some((d, i) => d !== sample[i]));
  if (different) {
    throw new UsageError(
      `the files are of different shapes, ${shapeText(shape)} and ${shapeText(different.shape)}; give one at a time`,
    );
  }
  return joinRows(batches);
}
