/** `nabla evaluate <model> <data> [targets]`: the loss and metrics of a model on labelled data. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { readNpy, readNpz } from '../../formats/npy.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import type { LossSpec } from '../../nn/losses/index.ts';
import { registries } from '../../nn/registry.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { leavesOf } from '../../tensor/tree.ts';
import type { Logs } from '../../training/callbacks/callback.ts';
import type { MetricList } from '../../training/compiled.ts';
import type { Model } from '../../training/model.ts';
import type { CommandContext } from '../command-context.ts';
import { listClassFolders } from '../dataset-folders.ts';
import {
  fitArray,
  fitArrays,
  type InputFacts,
  inputsOf,
  joinBatches,
  kindOfData,
  readInputs,
  readTable,
  type Table,
  tableNumbers,
} from '../model-data.ts';
import { colorWanted, createStyle, formatTable, printable } from '../terminal.ts';
import { quoted, UsageError, unknownName } from '../usage-error.ts';
import { type DeviceFlags, openModel, useDevice } from './models.ts';
import { readLabels } from './predict.ts';

export interface EvaluateFlags extends DeviceFlags {
  batchSize?: number;
  /** Columns of a table to predict, by name or number from 1; the last by default. */
  target?: string;
  /** The classes in the order of their numbers. */
  labels?: string;
  /** Loss and metrics for a model that was saved without. */
  loss?: string;
  metrics?: string;
  rawPixels?: boolean;
  json?: boolean;
}

interface Examples {
  readonly x: readonly NDArray[];
  readonly y: readonly NDArray[];
}

/** Data sets that go by a name; their test examples are taken. */
const dataSets = ['mnist', 'fashion-mnist', 'cifar10'] as const;

async function readDataSet(name: (typeof dataSets)[number], input: InputFacts): Promise<Examples> {
  const { cifar10, fashionMnist, mnist } = await import('../dataset-loaders.ts');
  const loaders = { mnist, 'fashion-mnist': fashionMnist, cifar10 };
  const { test } = await loaders[name].load();
  return { x: [fitArray(test.x, input, name)], y: [test.y] };
}

function findColumns({ columns, name }: Table, wanted: string): number[] {
  return wanted.split(',').map((text) => {
    const column = columns.indexOf(text.trim());
    if (column >= 0) return column;
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= columns.length) return number - 1;
    throw unknownName(`column of ${basename(name)}`, text, columns);
  });
}

/** The names of classes in a column as their numbers. */
function readClasses(table: Table, column: number, labels: readonly string[]): NDArray {
  const texts = table.rows.map((row) => row[column].trim());
  const names = labels.length > 0 ? labels : [...new Set(texts)].sort();
  const data = Int32Array.from(texts, (text) => {
    const found = names.indexOf(text);
    if (found < 0) throw unknownName('class', text, names);
    return found;
  });
  return { data, shape: [data.length], dtype: 'int32' };
}

async function readLabelledTable(
  path: string,
  input: InputFacts,
  target: string | undefined,
  labels: readonly string[],
): Promise<Examples> {
  const table = await readTable(path);
  const targets = findColumns(table, target ?? String(table.columns.length));
  const others = table.columns.map((_, i) => i).filter((i) => !targets.includes(i));
  const x = fitArray(tableNumbers(table, others), input, quoted(table.name));
  const isText =
    targets.length === 1 && table.rows.some((r) => Number.isNaN(Number(r[targets[0]])));
  const y = isText ? readClasses(table, targets[0], labels) : tableNumbers(table, targets);
  return { x: [x], y: [y] };
}

async function readLabelledArrays(path: string, inputs: readonly InputFacts[]): Promise<Examples> {
  const arrays = await readNpz(await readFile(path));
  const isTarget = (name: string): boolean => /^(y|target|label)/i.test(name);
  const pick = (wanted: boolean) =>
    new Map([...arrays].filter(([name]) => isTarget(name) === wanted));
  const y = [...pick(true).values()];
  if (y.length === 0) {
    throw new UsageError(
      `${quoted(basename(path))} has no array named y; it holds ${[...arrays.keys()].join(', ')}`,
    );
  }
  return { x: fitArrays(pick(false), inputs, quoted(basename(path))), y };
}

/** Images in folders by class. Folders with numbers as names are those classes. */
async function readImages(
  folder: string,
  inputs: readonly InputFacts[],
  labels: readonly string[],
  rawPixels: boolean | undefined,
): Promise<Examples> {
  const {
    paths,
    labels: found,
    classNames,
  } = await listClassFolders(folder, ['.png'], {}, { shuffle: false });
  const numbered = labels.length === 0 && classNames.every((name) => /^\d+$/.test(name));
  const known = labels.length > 0 ? labels : classNames;
  const classOf = classNames.map((name) => {
    const number = numbered ? Number(name) : known.indexOf(name);
    if (number < 0) throw unknownName('class', name, known);
    return number;
  });
  const images = [];
  for (const path of paths) images.push((await readInputs(path, inputs, { rawPixels }))[0]);
  const data = found.map((k) => classOf[k]);
  return { x: [joinBatches(images)], y: [{ data, shape: [data.length], dtype: 'int32' }] };
}

/** Targets as the loss wants them: numbers of classes, or a one at the place of the class. */
function fitTargets(y: NDArray, loss: unknown, classes: number | undefined): NDArray {
  const name = typeof loss === 'string' ? loss : ((loss as any)?.constructor?.name ?? '');
  const sparse = /^sparse/i.test(name);
  const rows = y.shape[0];
  const width = y.data.length / Math.max(rows, 1);
  if (sparse && width > 1 && width === classes) {
    const data = Int32Array.from({ length: rows }, (_, i) => {
      const row = Array.from(y.data.subarray(i * width, (i + 1) * width));
      return row.indexOf(Math.max(...row));
    });
    return { data, shape: [rows], dtype: 'int32' };
  }
  if (!sparse && width === 1 && classes !== undefined && classes > 1 && /categorical/i.test(name)) {
    const data = new Float32Array(rows * classes);
    y.data.forEach((of, i) => {
      if (!(of >= 0 && of < classes)) {
        throw new UsageError(`row ${i + 1} is of class ${of}; the model knows ${classes} classes`);
      }
      data[i * classes + of] = 1;
    });
    return { data, shape: [rows, classes], dtype: 'float32' };
  }
  return y;
}

function compileAs(model: Model, { loss, metrics }: EvaluateFlags): void {
  const options = model.compileOptions;
  if (loss === undefined && metrics === undefined) {
    if (options) return;
    throw new UsageError(
      'the model was saved without a loss; give one with --loss, and --metrics as wanted',
    );
  }
  for (const [name, known] of [
    ...(loss === undefined ? [] : [[loss, registries.losses] as const]),
    ...(metrics?.split(',').map((m) => [m, registries.metrics] as const) ?? []),
  ]) {
    if (!known.has(name) && !/^(accuracy|acc|crossentropy|ce)$/.test(name)) {
      throw new UsageError(`unknown ${known.kind} ${quoted(name)}`);
    }
  }
  model.compile({
    ...options,
    ...(loss === undefined ? {} : { loss: loss as LossSpec }),
    ...(metrics === undefined ? {} : { metrics: metrics.split(',') as MetricList }),
  });
}

async function readExamples(
  data: string,
  targets: string | undefined,
  inputs: readonly InputFacts[],
  { target, rawPixels }: EvaluateFlags,
  labels: readonly string[],
): Promise<Examples> {
  const dataSet = dataSets.find((name) => name === data.toLowerCase());
  if (dataSet) return readDataSet(dataSet, inputs[0]);
  const kind = await kindOfData(data);
  if (targets !== undefined) {
    const y =
      (await kindOfData(targets)) === 'npy'
        ? readNpy(await readFile(targets))
        : await readTable(targets).then((t) =>
            tableNumbers(
              t,
              t.columns.map((_, i) => i),
            ),
          );
    return { x: await readInputs(data, inputs, { rawPixels }), y: [y] };
  }
  if (kind === 'npz') return readLabelledArrays(data, inputs);
  if (inputs.length > 1) {
    throw new UsageError(
      `the model takes ${inputs.length} inputs; give an .npz file with them and y`,
    );
  }
  if (kind === 'csv') return readLabelledTable(data, inputs[0], target, labels);
  if (kind === 'folder') return readImages(data, inputs, labels, rawPixels);
  throw new UsageError(
    `${quoted(basename(data))} has no targets; give a second file with them, an .npz with x and y, or a folder of images by class`,
  );
}

export async function evaluate(
  path: string,
  data: string,
  targets: string | undefined,
  flags: EvaluateFlags,
  { stdout, stderr, environment }: CommandContext,
): Promise<number> {
  const labels = flags.labels === undefined ? [] : await readLabels(flags.labels);
  useDevice(flags);
  const model = await openModel(path, stderr);
  compileAs(model, flags);
  const { x, y } = await readExamples(data, targets, inputsOf(model), flags, labels);
  const loss = model.compileOptions?.loss;
  const known = (model as { outputs?: unknown }).outputs;
  const outputs: readonly Tensor[] = known === undefined ? [] : leavesOf(known, isTensor);
  const fitted = y.map((array, i) => {
    const of = Array.isArray(loss) ? loss[i] : loss;
    return fitTargets(array, of, outputs[i]?.shape.at(-1) ?? undefined);
  });
  const logs: Logs = await model.evaluate(
    x.length === 1 ? x[0] : [...x],
    fitted.length === 1 ? fitted[0] : fitted,
    {
      batchSize: flags.batchSize,
    },
  );
  const samples = x[0].shape[0];
  if (flags.json) {
    stdout.write(`${JSON.stringify({ samples, ...logs })}\n`);
    return 0;
  }
  const style = createStyle(colorWanted(stdout, environment));
  const names = Object.keys(logs);
  const lines = formatTable(
    ['samples', ...names.map(printable)],
    [[samples, ...names.map((name) => logs[name])]],
    style,
  );
  stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
