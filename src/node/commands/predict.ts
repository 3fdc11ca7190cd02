/** `nabla predict <model> <data...>`: the outputs of a model for tables, arrays and images. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { writeNpy } from '../../formats/npy.ts';
import { writeZip } from '../../formats/zip.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { leavesOf } from '../../tensor/tree.ts';
import { writeFileAtomic } from '../atomic.ts';
import type { CommandContext } from '../command-context.ts';
import { csvText } from '../csv.ts';
import { inputsOf, joinBatches, readInputs } from '../model-data.ts';
import { colorWanted, createStyle, formatTable, printable, type TableCell } from '../terminal.ts';
import { quoted, UsageError } from '../usage-error.ts';
import { type DeviceFlags, openModel, useDevice } from './models.ts';

export interface PredictFlags extends DeviceFlags {
  batchSize?: number;
  /** Names of classes: `a,b,c`, or a file with one a line. */
  labels?: string;
  /** File for all outputs. */
  out?: string;
  rawPixels?: boolean;
  json?: boolean;
}

/** Rows and numbers of a row that are shown to people. */
const [SHOWN_ROWS, SHOWN_VALUES, SHOWN_CLASSES] = [20, 8, 5];

/** The names that `--labels` gives. */
export async function readLabels(text: string): Promise<string[]> {
  const isFile = /\.(txt|csv|names)$/i.test(text);
  const names = isFile ? (await readFile(text, 'utf8')).trim().split(/\r?\n/) : text.split(',');
  return names.map((name) => name.trim());
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

function outputRows(output: NDArray, rows: readonly string[], labels: readonly string[]) {
  const label = (k: number): string => labels[k] ?? String(k);
  const shown = rows.slice(0, SHOWN_ROWS);
  if (isProbabilities(output)) {
    const many = rows.length > 1;
    const list: TableCell[][] = shown.flatMap((row, i) =>
      ranked(output, i)
        .slice(0, many ? 1 : SHOWN_CLASSES)
        .map(({ of, chance }) => [row, label(of), `${(100 * chance).toFixed(2)} %`]),
    );
    return { header: ['sample', 'class', 'probability'], list };
  }
  const width = output.data.length / Math.max(output.shape[0], 1);
  const count = Math.min(width, SHOWN_VALUES);
  const header = ['sample', ...Array.from({ length: count }, (_, k) => label(k))];
  if (width > count) header.push('…');
  const list = shown.map((row, i) => [
    row,
    ...Array.from({ length: count }, (_, k) =>
      Number(output.data[i * width + k].toPrecision(6)).toString(),
    ),
    ...(width > count ? [`${width - count} more`] : []),
  ]);
  return { header, list };
}

async function writeOutputs(path: string, outputs: ReadonlyMap<string, Tensor>): Promise<void> {
  const arrays: [string, NDArray][] = [];
  for (const [name, tensor] of outputs) arrays.push([name, await tensor.ndarray()]);
  switch (extname(path).toLowerCase()) {
    case '.npy':
      if (arrays.length > 1) {
        throw new UsageError(`the model has ${arrays.length} outputs; give --out a name in .npz`);
      }
      return writeFileAtomic(path, writeNpy(arrays[0][1]));
    case '.npz': {
      const files = arrays.map(([name, a]) => ({ name: `${name}.npy`, bytes: writeNpy(a) }));
      return writeFileAtomic(path, await writeZip(files, new Date()));
    }
    case '.json':
      return writeFileAtomic(path, await toJson(outputs));
    case '.csv': {
      const widths = arrays.map(([, { data, shape }]) => data.length / Math.max(shape[0], 1));
      const header = arrays.flatMap(([name], a) =>
        Array.from({ length: widths[a] }, (_, k) => (widths[a] > 1 ? `${name}_${k}` : name)),
      );
      const rows = Array.from({ length: arrays[0][1].shape[0] }, (_, i) =>
        arrays.flatMap(([, { data }], a) => [...data.slice(i * widths[a], (i + 1) * widths[a])]),
      );
      return writeFileAtomic(path, csvText(header, rows));
    }
    default:
      throw new UsageError(
        `--out ${quoted(path)} is in no known format; expected .csv, .json, .npy or .npz`,
      );
  }
}

async function toJson(outputs: ReadonlyMap<string, Tensor>): Promise<string> {
  const values = [];
  for (const [name, tensor] of outputs) values.push([name, await tensor.array()]);
  return `${JSON.stringify(Object.fromEntries(values))}\n`;
}

export async function predict(
  path: string,
  data: readonly string[],
  { batchSize, labels, out, rawPixels, json, ...device }: PredictFlags,
  { stdout, stderr, environment }: CommandContext,
): Promise<number> {
  const names = labels === undefined ? [] : await readLabels(labels);
  useDevice(device);
  const model = await openModel(path, stderr, { compile: false });
  const inputs = inputsOf(model);
  const files: NDArray[][] = [];
  for (const file of data) files.push(await readInputs(file, inputs, { rawPixels }));
  const joined = inputs.map((_, i) => joinBatches(files.map((f) => f[i])));
  const result = await model.predict(joined.length === 1 ? joined[0] : joined, { batchSize });
  const tensors: readonly Tensor[] = leavesOf(result, isTensor);
  const outputs = new Map(tensors.map((t, i) => [model.outputNames[i] ?? `output_${i}`, t]));
  if (out !== undefined) await writeOutputs(out, outputs);
  if (json) {
    stdout.write(await toJson(outputs));
    return 0;
  }
  const count = joined[0].shape[0];
  if (out !== undefined) {
    stdout.write(`${count} ${count === 1 ? 'sample' : 'samples'}; outputs in ${printable(out)}\n`);
    return 0;
  }
  const single = files.every(([first]) => first.shape[0] === 1);
  const rows = Array.from({ length: count }, (_, i) =>
    single ? printable(basename(data[i])) : String(i),
  );
  const style = createStyle(colorWanted(stdout, environment));
  const lines: string[] = [];
  for (const [name, output] of outputs) {
    if (outputs.size > 1) lines.push(style.bold(printable(name)));
    const { header, list } = outputRows(await output.ndarray(), rows, names.map(printable));
    lines.push(...formatTable(header, list, style));
    if (outputs.size > 1) lines.push('');
  }
  if (count > SHOWN_ROWS) {
    lines.push(style.dim(`… and ${count - SHOWN_ROWS} more; --out or --json gives all`));
  }
  stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
