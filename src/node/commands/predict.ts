/** `nabla predict <model> <data...>`: the outputs of a model for tables, arrays and images. */
import { basename, extname } from 'node:path';
import { writeNpy } from '../../formats/npy.ts';
import { writeZip } from '../../formats/zip.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { leavesOf } from '../../tensor/tree.ts';
import type { Model } from '../../training/model.ts';
import { writeFileAtomic } from '../atomic.ts';
import type { CommandContext } from '../command-context.ts';
import { csvText } from '../csv.ts';
import { joinBatches, type ModelInputs, readInputs } from '../model-data.ts';
import { rescalesPixels } from '../model-images.ts';
import { inputsOf } from '../model-inputs.ts';
import { expectFree } from '../output-file.ts';
import {
  colorWanted,
  createStyle,
  displayWidth,
  formatTable,
  printable,
  type TableCell,
} from '../terminal.ts';
import { readText } from '../text-files.ts';
import { quoted, UsageError } from '../usage-error.ts';
import { type DeviceFlags, openModel, useDevice } from './models.ts';

export interface PredictFlags extends DeviceFlags {
  batchSize?: number;
  /** Names of classes: `a,b,c`, or a file with one a line. */
  labels?: string;
  /** Columns of tables to use, by name or number from 1. */
  columns?: string;
  /** Whether tables begin with a line of names. */
  header?: boolean;
  /** File for all outputs. */
  out?: string;
  /** Replace a file that is there. */
  force?: boolean;
  rawPixels?: boolean;
  json?: boolean;
}

/** Rows and numbers of a row that are shown to people. */
const [SHOWN_ROWS, SHOWN_VALUES, SHOWN_CLASSES] = [20, 8, 5];

/** The names that `--labels` gives. */
export async function readLabels(text: string): Promise<string[]> {
  const isFile = /\.(txt|csv|names)$/i.test(text);
  const names = isFile ? (await readText(text)).trim().split(/\r?\n/) : text.split(',');
  const labels = names.map((name) => name.trim());
  const twice = labels.find((name, i) => name === '' || labels.indexOf(name) !== i);
  if (twice !== undefined) {
    const what = twice === '' ? 'an empty name' : `${quoted(twice)} twice`;
    throw new UsageError(`--labels has ${what}; give each class a name of its own`);
  }
  return labels;
}

/** Values of an output for each sample. */
const widthOf = ({ data, shape }: NDArray): number => data.length / Math.max(shape[0] ?? 1, 1);

function expectLabels(labels: readonly string[], outputs: ReadonlyMap<string, NDArray>): void {
  if (labels.length === 0) return;
  const widths = [...outputs.values()].map(widthOf);
  if (widths.some((n) => n === labels.length || (n === 1 && labels.length === 2))) return;
  throw new UsageError(
    `--labels names ${labels.length} ${labels.length === 1 ? 'class' : 'classes'}; the model has ${widths.join(' and ')} ${widths.length === 1 && widths[0] === 1 ? 'output' : 'outputs'}; give one name for each`,
  );
}

/** Whether rows are chances of classes: none below zero, the sum one. */
function isProbabilities({ data, shape }: NDArray): boolean {
  if (shape.length !== 2 || shape[1] < 2) return false;
  for (let row = 0; row < shape[0]; row++) {
    let sum = 0;
    for (let k = 0; k < shape[1]; k++) {
      const value = data[row * shape[1] + k];
      if (!(value >= 0)) return false;
      sum += value;
    }
    if (Math.abs(sum - 1) > 1e-3) return false;
  }
  return true;
}

/** The classes of a row, the likeliest first. */
function ranked({ data, shape }: NDArray, row: number): { of: number; chance: number }[] {
  const width = shape[1];
  return Array.from({ length: width }, (_, k) => ({ of: k, chance: data[row * width + k] })).sort(
    (a, b) => b.chance - a.chance,
  );
}

/** The chance of the second of two classes, from a single number between zero and one. */
function asTwoClasses(output: NDArray, labels: readonly string[]): NDArray {
  const { data, shape, dtype } = output;
  const isChance = (v: number): boolean => v >= 0 && v <= 1;
  if (labels.length !== 2 || widthOf(output) !== 1 || !data.every(isChance)) return output;
  const both = Float32Array.from({ length: 2 * data.length }, (_, i) =>
    i % 2 === 0 ? 1 - data[i >> 1] : data[i >> 1],
  );
  return { data: both, shape: [shape[0], 2], dtype };
}

interface OutputTable {
  readonly header: string[];
  readonly rows: TableCell[][];
}

/** An output for people: the likeliest classes, or the first numbers, of the first samples. */
function outputTable(
  name: string,
  given: NDArray,
  samples: readonly string[],
  labels: readonly string[],
  columns: number,
): OutputTable {
  const output = asTwoClasses(given, labels);
  const width = widthOf(output);
  const label = (k: number): string => (labels.length === width ? labels[k] : String(k));
  const shown = samples.slice(0, SHOWN_ROWS);
  if (isProbabilities(output)) {
    const rows = shown.flatMap((sample, i) =>
      ranked(output, i)
        .slice(0, samples.length > 1 ? 1 : SHOWN_CLASSES)
        .map(({ of, chance }) => [sample, label(of), `${(100 * chance).toFixed(2)} %`]),
    );
    return { header: ['sample', 'class', 'probability'], rows };
  }
  // As many numbers as the terminal has room for.
  for (let count = Math.min(width, SHOWN_VALUES); ; count--) {
    const table = numberTable(
      name,
      output,
      shown,
      Array.from({ length: count }, (_, k) => label(k)),
    );
    const lines = formatTable(table.header, table.rows);
    if (count <= 1 || Math.max(...lines.map(displayWidth)) <= columns) return table;
  }
}

/** The first numbers of each sample, one for each name. */
function numberTable(
  name: string,
  output: NDArray,
  samples: readonly string[],
  names: readonly string[],
): OutputTable {
  const width = widthOf(output);
  const count = names.length;
  const header = ['sample', ...(width === 1 ? [name] : names)];
  if (width > count) header.push('…');
  const rows = samples.map((sample, i) => [
    sample,
    ...Array.from({ length: count }, (_, k) =>
      Number(output.data[i * width + k].toPrecision(6)).toString(),
    ),
    ...(width > count ? [`${width - count} more`] : []),
  ]);
  return { header, rows };
}

const outFormats = ['.csv', '.json', '.npy', '.npz'];

/** Refuses a name for the outputs before anything is computed. */
async function expectOut(out: string, force: boolean | undefined, inputs: readonly string[]) {
  if (!outFormats.includes(extname(out).toLowerCase())) {
    throw new UsageError(
      `--out ${quoted(out)} is in no known format; expected .csv, .json, .npy or .npz`,
    );
  }
  await expectFree(out, { force, inputs });
}

/** All outputs as a table: a column for each number, and the name of the class where labels are known. */
function outputCsv(outputs: ReadonlyMap<string, NDArray>, labels: readonly string[]): string {
  const header: string[] = [];
  const columns: ((row: number) => string | number)[] = [];
  for (const [name, output] of outputs) {
    const width = widthOf(output);
    const prefix = outputs.size > 1 ? `${name}_` : '';
    const named = labels.length === width;
    for (let k = 0; k < width; k++) {
      header.push(named ? `${prefix}${labels[k]}` : width > 1 ? `${name}_${k}` : name);
      columns.push((row) => output.data[row * width + k]);
    }
    const chances = asTwoClasses(output, labels);
    if (chances.shape[1] === labels.length && isProbabilities(chances)) {
      header.push(`${prefix}class`);
      columns.push((row) => labels[ranked(chances, row)[0].of]);
    }
  }
  const [{ shape }] = outputs.values();
  const rows = Array.from({ length: shape[0] }, (_, row) => columns.map((of) => of(row)));
  return csvText(header, rows);
}

async function writeOutputs(
  path: string,
  outputs: ReadonlyMap<string, NDArray>,
  labels: readonly string[],
): Promise<void> {
  switch (extname(path).toLowerCase()) {
    case '.npy':
      if (outputs.size > 1) {
        throw new UsageError(`the model has ${outputs.size} outputs; give --out a name in .npz`);
      }
      return writeFileAtomic(path, writeNpy([...outputs.values()][0]));
    case '.npz': {
      const files = [...outputs].map(([name, a]) => ({ name: `${name}.npy`, bytes: writeNpy(a) }));
      return writeFileAtomic(path, await writeZip(files, new Date()));
    }
    case '.json':
      return writeFileAtomic(path, toJson(outputs));
    default:
      return writeFileAtomic(path, outputCsv(outputs, labels));
  }
}

/** Numbers in nested lists; what JSON has no number for becomes null. */
function nested({ data, shape }: NDArray): unknown {
  const build = (axis: number, at: number, size: number): unknown => {
    if (axis === shape.length) return data[at];
    const step = size / shape[axis];
    return Array.from({ length: shape[axis] }, (_, i) => build(axis + 1, at + i * step, step));
  };
  return build(0, 0, data.length);
}

const toJson = (outputs: ReadonlyMap<string, NDArray>): string =>
  `${JSON.stringify(Object.fromEntries([...outputs].map(([name, a]) => [name, nested(a)])))}\n`;

/** The outputs of a model by name. */
export async function outputsOf(model: Model, result: unknown): Promise<Map<string, NDArray>> {
  const tensors: readonly Tensor[] = leavesOf(result as Tensor, isTensor);
  const outputs = new Map<string, NDArray>();
  for (const [i, tensor] of tensors.entries()) {
    outputs.set(model.outputNames[i] ?? `output_${i}`, await tensor.ndarray());
  }
  return outputs;
}

export async function predict(
  path: string,
  data: readonly string[],
  flags: PredictFlags,
  { stdout, stderr, environment }: CommandContext,
): Promise<number> {
  const { batchSize, labels: labelText, columns, header, out, force, json, ...device } = flags;
  if (out !== undefined) await expectOut(out, force, [path, ...data]);
  const labels = labelText === undefined ? [] : await readLabels(labelText);
  useDevice(device);
  const model = await openModel(path, stderr, { compile: false });
  const inputs = inputsOf(model);
  const rawPixels = flags.rawPixels ?? (rescalesPixels(model) || undefined);
  const files: ModelInputs[] = [];
  for (const file of data) {
    files.push(await readInputs(file, inputs, { rawPixels, columns, header }));
  }
  const joined = inputs.map((_, i) => joinBatches(files.map((f) => f.batches[i])));
  const count = joined[0].shape[0];
  if (count === 0) throw new UsageError(`${quoted(data.join(' '))} has no samples`);
  const result = await model.predict(joined.length === 1 ? joined[0] : joined, { batchSize });
  const outputs = await outputsOf(model, result);
  expectLabels(labels, outputs);
  if (out !== undefined) await writeOutputs(out, outputs, labels);
  if (json) {
    stdout.write(toJson(outputs));
    return 0;
  }
  const style = createStyle(colorWanted(stdout, environment));
  const notes = [...new Set(files.flatMap(({ note }) => note ?? []))].map((n) => `images: ${n}`);
  if (notes.length > 2) notes.splice(2, notes.length, `… and ${notes.length - 2} other sizes`);
  const lines: string[] = [];
  if (out !== undefined) {
    lines.push(`${count} ${count === 1 ? 'sample' : 'samples'}; outputs in ${printable(out)}`);
  } else {
    const single = files.every(({ batches }) => batches[0].shape[0] === 1);
    const samples = Array.from({ length: count }, (_, i) =>
      single ? printable(basename(data[i])) : String(i + 1),
    );
    for (const [name, output] of outputs) {
      if (outputs.size > 1) lines.push(style.bold(printable(name)));
      const room = stdout.columns ?? Number.POSITIVE_INFINITY;
      const table = outputTable(printable(name), output, samples, labels.map(printable), room);
      lines.push(...formatTable(table.header, table.rows, style));
      if (outputs.size > 1) lines.push('');
    }
    if (count > SHOWN_ROWS) {
      notes.push(`… and ${count - SHOWN_ROWS} more samples; --out or --json gives all`);
    }
  }
  lines.push(...notes.map(style.dim));
  stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
