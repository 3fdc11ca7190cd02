/** Data files for a model: tables, arrays and images in the shape of its inputs. */
import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parseCsvRecords } from '../data/csv.ts';
import { resizeBilinear } from '../data/image.ts';
import { readNpy, readNpz } from '../formats/npy.ts';
import { OnnxModel } from '../formats/onnx/onnx-model.ts';
import { allocate, type DType } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { connectionOf } from '../nn/layers/connection.ts';
import type { InputLayer } from '../nn/layers/input.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { leavesOf } from '../tensor/tree.ts';
import { Functional } from '../training/functional.ts';
import type { Model } from '../training/model.ts';
import { Sequential } from '../training/sequential.ts';
import { type ColorMode, decodePng } from './dataset-images.ts';
import { quoted, UsageError } from './usage-error.ts';

/** What a model takes: the shape has null for sizes that are open, the first for the batch. */
export interface InputFacts {
  readonly name: string;
  readonly shape: readonly (number | null)[] | undefined;
  readonly dtype: DType;
}

/** The inputs of a model; one without a shape for a model that has not said. */
export function inputsOf(model: Model): readonly InputFacts[] {
  if (model instanceof OnnxModel) return model.graph.inputs;
  const known =
    model instanceof Functional || model instanceof Sequential ? model.inputs : undefined;
  const tensors: readonly Tensor[] = known === undefined ? [] : leavesOf(known, isTensor);
  if (tensors.length === 0) return [{ name: 'input', shape: undefined, dtype: 'float32' }];
  const names = model instanceof Functional ? model.inputNames : ['input'];
  return tensors.map((tensor, i) => {
    const { batchShape: shape } = connectionOf(tensor)!.layer as InputLayer;
    return { name: names[i], shape, dtype: tensor.dtype };
  });
}

export interface ReadOptions {
  /** Values of images stay 0..255 instead of 0..1. */
  readonly rawPixels?: boolean;
}

const product = (sizes: readonly number[]): number => sizes.reduce((n, d) => n * d, 1);

const shapeText = (shape: readonly (number | null)[]): string =>
  `[${shape.map((d) => d ?? '?').join(', ')}]`;

/** The sizes of one sample with what is open filled in for `size` numbers; undefined if none fits. */
function fillSample(shape: readonly (number | null)[], size: number): number[] | undefined {
  const given = product(shape.map((d) => d ?? 1));
  const open = shape.filter((d) => d === null).length;
  if (open === 0) return given === size ? (shape as number[]) : undefined;
  if (open > 1 || given === 0 || size % given !== 0) return undefined;
  return shape.map((d) => d ?? size / given);
}

/** An array as a batch of samples of an input. */
export function fitArray(array: NDArray, input: InputFacts, what: string): NDArray {
  const { shape, dtype } = input;
  const cast = castTo(array, dtype);
  if (!shape) return cast;
  const sample = shape.slice(1);
  const fits = (sizes: readonly number[]): boolean =>
    sizes.length === sample.length && sample.every((d, i) => d === null || d === sizes[i]);
  if (fits(cast.shape.slice(1)) && cast.shape.length > 0) return cast;
  if (fits(cast.shape)) return { ...cast, shape: [1, ...cast.shape] };
  const [count = 1] = cast.shape;
  const filled = count > 0 ? fillSample(sample, cast.data.length / count) : undefined;
  if (filled) return { ...cast, shape: [count, ...filled] };
  throw new UsageError(
    `${what} is ${shapeText(array.shape)}; the input "${input.name}" of the model takes ${shapeText(shape)}`,
  );
}

function castTo(array: NDArray, dtype: DType): NDArray {
  if (array.dtype === dtype) return array;
  const data = allocate(dtype, array.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = dtype === 'bool' ? Number(array.data[i] !== 0) : array.data[i];
  }
  return { data, shape: array.shape, dtype };
}

/** A table of text: the names of its columns, from a first line that is no row of numbers. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly name: string;
}

const isNumber = (text: string): boolean => text.trim() !== '' && !Number.isNaN(Number(text));

export async function readTable(path: string): Promise<Table> {
  const name = basename(path);
  const records = parseCsvRecords(await readFile(path, 'utf8'));
  const width = records[0]?.length ?? 0;
  const uneven = records.findIndex((r) => r.length !== width);
  if (uneven >= 0) {
    throw new UsageError(
      `${quoted(name)}: row ${uneven + 1} has ${records[uneven].length} fields; the first has ${width}`,
    );
  }
  const first = records[0] ?? [];
  const hasHeader = !first.some(isNumber);
  const rows = hasHeader ? records.slice(1) : records;
  if (rows.length === 0) throw new UsageError(`${quoted(name)} has no rows of values`);
  return { columns: hasHeader ? first : first.map((_, i) => String(i + 1)), rows, name };
}

/** Columns of a table as numbers, [rows, columns]. */
export function tableNumbers({ columns, rows, name }: Table, which: readonly number[]): NDArray {
  const data = new Float32Array(rows.length * which.length);
  rows.forEach((row, i) => {
    which.forEach((column, k) => {
      if (!isNumber(row[column])) {
        throw new UsageError(
          `${quoted(name)}: ${quoted(row[column])} in row ${i + 1} of column ${quoted(columns[column])} is no number`,
        );
      }
      data[i * which.length + k] = Number(row[column]);
    });
  });
  return { data, shape: [rows.length, which.length], dtype: 'float32' };
}

/** How the input sees images: its height and width (null for any), channels, and where they stand. */
interface ImageShape {
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: number;
  readonly channelsFirst: boolean;
}

/** Rows of fewer than its square numbers are no images. */
const SMALLEST_SIDE = 8;

const isChannels = (d: number | null): d is number => d === 1 || d === 3 || d === 4;

function imageShape({ shape, name }: InputFacts): ImageShape {
  const sample = shape?.slice(1) ?? [null, null, 3];
  if (sample.length === 3) {
    const [a, b, c] = sample;
    if (isChannels(c)) return { height: a, width: b, channels: c, channelsFirst: false };
    if (isChannels(a)) return { height: b, width: c, channels: a, channelsFirst: true };
  }
  if (sample.length === 2) {
    return { height: sample[0], width: sample[1], channels: 1, channelsFirst: false };
  }
  const size = sample.length === 1 ? sample[0] : null;
  for (const channels of [1, 3]) {
    const side = Math.sqrt((size ?? 0) / channels);
    if (side >= SMALLEST_SIDE && Number.isInteger(side)) {
      return { height: side, width: side, channels, channelsFirst: false };
    }
  }
  throw new UsageError(
    `an image does not fit the input "${name}" of the model, which takes ${shapeText(shape ?? [])}`,
  );
}

const colorModes: Readonly<Record<number, ColorMode>> = { 1: 'grayscale', 3: 'rgb', 4: 'rgba' };

function fitImage(
  bytes: Uint8Array,
  input: InputFacts,
  name: string,
  options: ReadOptions,
): NDArray {
  const { height, width, channels, channelsFirst } = imageShape(input);
  const image = decodePng(
    bytes,
    { colorMode: colorModes[channels], normalize: !options.rawPixels },
    name,
  );
  const size: [number, number] = [height ?? image.shape[0], width ?? image.shape[1]];
  const same = size[0] === image.shape[0] && size[1] === image.shape[1];
  const resized = same ? image : resizeBilinear(image, size);
  const ordered = channelsFirst ? moveChannelsFirst(resized) : resized;
  return fitArray({ ...ordered, shape: [1, ...ordered.shape] }, input, name);
}

function moveChannelsFirst({ data, shape: [h, w, c] }: NDArray): NDArray {
  const moved = new Float32Array(data.length);
  for (let p = 0; p < h * w; p++) {
    for (let k = 0; k < c; k++) moved[k * h * w + p] = data[p * c + k];
  }
  return { data: moved, shape: [c, h, w], dtype: 'float32' };
}

/** What a data file is, by its name. */
export type DataKind = 'csv' | 'npy' | 'npz' | 'png' | 'folder';

export async function kindOfData(path: string): Promise<DataKind> {
  let folder: boolean;
  try {
    folder = (await stat(path)).isDirectory();
  } catch {
    throw new UsageError(`there is no file ${quoted(path)}`);
  }
  if (folder) return 'folder';
  const kinds: Readonly<Record<string, DataKind>> = {
    '.csv': 'csv',
    '.npy': 'npy',
    '.npz': 'npz',
    '.png': 'png',
  };
  const kind = kinds[extname(path).toLowerCase()];
  if (kind === undefined) {
    throw new UsageError(
      `${quoted(basename(path))} is in no known format; expected .csv, .npy, .npz or .png`,
    );
  }
  return kind;
}

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
      `${what} has ${arrays.size} arrays (${[...arrays.keys()].join(', ')}); the model takes ${inputs.length}: ${inputs.map((i) => i.name).join(', ')}`,
    );
  }
  return values.map((value, i) => fitArray(value, inputs[i], `${what}, ${inputs[i].name},`));
}

/** A data file as one batch for each input of a model. */
export async function readInputs(
  path: string,
  inputs: readonly InputFacts[],
  options: ReadOptions = {},
): Promise<NDArray[]> {
  const name = quoted(basename(path));
  const kind = await kindOfData(path);
  if (kind === 'folder') throw new UsageError(`${name} is a folder; expected a file`);
  if (kind === 'npz') return fitArrays(await readNpz(await readFile(path)), inputs, name);
  if (inputs.length !== 1) {
    throw new UsageError(
      `the model takes ${inputs.length} inputs; give an .npz file with the arrays ${inputs.map((i) => i.name).join(', ')}`,
    );
  }
  const [input] = inputs;
  if (kind === 'png') return [fitImage(await readFile(path), input, basename(path), options)];
  if (kind === 'npy') return [fitArray(readNpy(await readFile(path)), input, name)];
  const table = await readTable(path);
  const columns = table.columns.map((_, i) => i);
  return [fitArray(tableNumbers(table, columns), input, name)];
}

/** Batches one after the other as one. */
export function joinBatches(batches: readonly NDArray[]): NDArray {
  if (batches.length === 1) return batches[0];
  const [{ shape, dtype }] = batches;
  const sample = shape.slice(1);
  const different = batches.find((b) => b.shape.slice(1).some((d, i) => d !== sample[i]));
  if (different) {
    throw new UsageError(
      `the files are of different shapes, ${shapeText(shape)} and ${shapeText(different.shape)}; give one at a time`,
    );
  }
  const count = batches.reduce((n, b) => n + b.shape[0], 0);
  const data = allocate(dtype, count * product(sample));
  let at = 0;
  for (const batch of batches) {
    data.set(batch.data as never, at);
    at += batch.data.length;
  }
  return { data, shape: [count, ...sample], dtype };
}
