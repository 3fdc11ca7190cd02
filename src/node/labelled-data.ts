/** Data files with the right answers: what `nabla evaluate` measures a model on. */
import { basename } from 'node:path';
import type { NDArray } from '../graph/ndarray.ts';
import { listClassFolders } from './dataset-folders.ts';
import { imageExtensions, otherImageFormats } from './images.ts';
import {
  fitArrays,
  fitTable,
  joinBatches,
  kindOfData,
  type ReadOptions,
  readArray,
  readArrays,
  readInputs,
} from './model-data.ts';
import { unreadable } from './model-images.ts';
import { fitArray, type InputFacts, shapeText } from './model-inputs.ts';
import {
  allColumns,
  findColumns,
  isText,
  readTable,
  type Table,
  tableClasses,
  tableNumbers,
} from './model-tables.ts';
import { quoted, UsageError, unknownName } from './usage-error.ts';

export interface Examples {
  /** One batch for each input. */
  readonly x: readonly NDArray[];
  /** Targets for each output. */
  readonly y: readonly NDArray[];
  /** Names of the classes where the data has names, in the order of their numbers. */
  readonly classNames?: readonly string[];
  /** What was done to the data, for the reader. */
  readonly notes: readonly string[];
  /** The files, for errors. */
  readonly from: string;
}

export interface ExampleOptions extends ReadOptions {
  /** Columns of a table to predict, by name or number from 1; the last by default. */
  readonly target?: string;
  /** The classes in the order of their numbers; sorted names by default. */
  readonly labels: readonly string[];
}

type Labelled = Omit<Examples, 'from'>;

/** Data sets that go by a name; their test examples are taken. */
const dataSets = ['mnist', 'fashion-mnist', 'cifar10'] as const;

async function readDataSet(
  name: (typeof dataSets)[number],
  input: InputFacts,
  rawPixels = input.dtype === 'int32',
): Promise<Labelled> {
  const { cifar10, fashionMnist, mnist } = await import('./dataset-loaders.ts');
  const loaders = { mnist, 'fashion-mnist': fashionMnist, cifar10 };
  const { test } = await loaders[name].load({ normalize: !rawPixels });
  const notes = [`${name}: test images, values 0 to ${rawPixels ? 255 : 1}`];
  return { x: [fitArray(test.x, input, name)], y: [test.y], notes };
}

/** Columns of a table as targets: numbers, or the names of classes in one column. */
function tableTargets(
  table: Table,
  columns: readonly number[],
  labels: readonly string[],
): { readonly y: NDArray; readonly classNames?: readonly string[]; readonly notes: string[] } {
  if (columns.length !== 1 || !isText(table, columns[0])) {
    return { y: tableNumbers(table, columns), notes: [] };
  }
  const { array, names } = tableClasses(table, columns[0], labels);
  const order = names.map((name, i) => `${i} ${name}`).join(', ');
  const notes =
    labels.length > 0 || names.length > 100
      ? []
      : [`classes in alphabetical order: ${order} (--labels gives another)`];
  return { y: array, classNames: names, notes };
}

async function readLabelledTable(
  path: string,
  input: InputFacts,
  { target, columns, labels, header }: ExampleOptions,
): Promise<Labelled> {
  const table = await readTable(path, { header });
  const targets = findColumns(table, target ?? String(table.columns.length));
  const taken = columns === undefined ? undefined : findColumns(table, columns);
  const others = taken ?? allColumns(table).filter((i) => !targets.includes(i));
  if (others.length === 0) {
    throw new UsageError(
      `${quoted(table.name)} has one column; give the targets in a second file, or both in one table`,
    );
  }
  const x = fitTable(table, input, others, taken !== undefined);
  const { y, ...rest } = tableTargets(table, targets, labels);
  return { x: [x], y: [y], ...rest };
}

/** Arrays of an .npz file: those with names of outputs, or y, targets or labels, are what to predict. */
async function readLabelledArrays(
  path: string,
  inputs: readonly InputFacts[],
  outputs: readonly string[],
): Promise<Labelled> {
  const arrays = await readArrays(path);
  const taken = new Set(inputs.map((i) => i.name));
  const byName = outputs.length > 0 && outputs.every((name) => arrays.has(name));
  const isTarget = (name: string): boolean =>
    byName
      ? outputs.includes(name)
      : !taken.has(name) && /^(y|targets?|labels?)([^a-z]|$|test|true|train|val)/i.test(name);
  const x = new Map([...arrays].filter(([name]) => !isTarget(name)));
  const y = byName
    ? outputs.map((name) => arrays.get(name)!)
    : [...arrays].filter(([name]) => isTarget(name)).map(([, array]) => array);
  if (y.length === 0) {
    throw new UsageError(
      `${quoted(basename(path))} has no array named y; it holds ${[...arrays.keys()].join(', ')}`,
    );
  }
  return { x: fitArrays(x, inputs, quoted(basename(path))), y, notes: [] };
}

const refusedImages = Object.fromEntries(
  Object.entries(otherImageFormats).map(([extension, format]) => [
    extension,
    unreadable(`*${extension}`, format),
  ]),
);

/** Images in folders by class. Folders with numbers as names are those classes. */
async function readImages(
  folder: string,
  inputs: readonly InputFacts[],
  { labels, ...options }: ExampleOptions,
): Promise<Labelled> {
  let found: Awaited<ReturnType<typeof listClassFolders>>;
  try {
    found = await listClassFolders(folder, imageExtensions, refusedImages, { shuffle: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    throw new UsageError((error as Error).message);
  }
  const { paths, classNames } = found;
  const numbered = labels.length === 0 && classNames.every((name) => /^\d+$/.test(name));
  const known = labels.length > 0 ? labels : classNames;
  const classOf = classNames.map((name) => {
    const number = numbered ? Number(name) : known.indexOf(name);
    if (number < 0) throw unknownName('class', name, known);
    return number;
  });
  const images: NDArray[] = [];
  const notes = new Set<string>();
  for (const path of paths) {
    const { batches, note } = await readInputs(path, inputs, options);
    images.push(batches[0]);
    if (note !== undefined) notes.add(`images: ${note}`);
  }
  const data = Int32Array.from(found.labels, (k) => classOf[k]);
  return {
    x: [joinBatches(images)],
    y: [{ data, shape: [data.length], dtype: 'int32' }],
    classNames: numbered ? undefined : known,
    notes: notes.size > 2 ? [...notes].slice(0, 2).concat('… and other sizes') : [...notes],
  };
}

/** The targets of a file of their own. */
async function readTargets(
  path: string,
  outputs: readonly string[],
  { labels, header }: ExampleOptions,
): Promise<Omit<Labelled, 'x'>> {
  const kind = await kindOfData(path);
  if (kind === 'npy') return { y: [await readArray(path)], notes: [] };
  if (kind === 'npz') {
    const arrays = await readArrays(path);
    const byName = outputs.every((name) => arrays.has(name));
    return { y: byName ? outputs.map((n) => arrays.get(n)!) : [...arrays.values()], notes: [] };
  }
  if (kind !== 'csv') {
    throw new UsageError(`${quoted(basename(path))} has no targets; expected .npy, .npz or .csv`);
  }
  const table = await readTable(path, { header });
  const { y, ...rest } = tableTargets(table, allColumns(table), labels);
  return { y: [y], ...rest };
}

/**
 * Samples and targets from a file that has both, or from two. `outputs` are the names of the model's
 * outputs.
 */
export async function readExamples(
  data: string,
  targets: string | undefined,
  inputs: readonly InputFacts[],
  outputs: readonly string[],
  options: ExampleOptions,
): Promise<Examples> {
  const from = quoted(basename(data));
  const dataSet = dataSets.find((name) => name === data.toLowerCase());
  if (dataSet) return { ...(await readDataSet(dataSet, inputs[0], options.rawPixels)), from };
  const kind = await kindOfData(data);
  if (targets !== undefined) {
    const { batches, note } = await readInputs(data, inputs, options);
    const read = await readTargets(targets, outputs, options);
    const notes = note === undefined ? read.notes : [note, ...read.notes];
    return { x: batches, ...read, notes, from: `${from} with ${quoted(basename(targets))}` };
  }
  if (kind === 'npz') return { ...(await readLabelledArrays(data, inputs, outputs)), from };
  if (inputs.length > 1) {
    throw new UsageError(
      `the model takes ${inputs.length} inputs; give an .npz file with ${inputs.map((i) => i.name).join(', ')} and y`,
    );
  }
  if (kind === 'csv') return { ...(await readLabelledTable(data, inputs[0], options)), from };
  if (kind === 'folder') return { ...(await readImages(data, inputs, options)), from };
  throw new UsageError(
    `${from} has no targets; give a second file with them, an .npz with x and y, or a folder of images by class`,
  );
}

/** Losses that compare each target with the output in its place. */
const sameShape =
  /^(mean|mse|mae|mape|msle|huber|logcosh|cosine|binary|poisson|kl|kullback|categorical|hinge|squaredhinge|dice|tversky)/;

/** Targets as the loss of an output wants them: numbers of classes, or a one at the place of the class. */
export function fitTargets(y: NDArray, lossName: string, output: NDArray): NDArray {
  const name = lossName.replaceAll('_', '').toLowerCase();
  const classes = output.shape.at(-1) ?? 1;
  const rows = y.shape[0] ?? 0;
  const width = y.data.length / Math.max(rows, 1);
  const isRow = output.shape.length === 2;
  if (name.startsWith('sparse')) {
    if (isRow && width === classes && classes > 1) return largest(y, classes);
    if (width === 1 && isRow) expectClasses(y, classes);
    return y;
  }
  if (name.startsWith('categorical') && isRow && width === 1 && classes > 1) {
    expectClasses(y, classes);
    const data = new Float32Array(rows * classes);
    y.data.forEach((of, i) => {
      data[i * classes + of] = 1;
    });
    return { data, shape: [rows, classes], dtype: 'float32' };
  }
  if (name.startsWith('binarycrossentropy') && y.data.some((v) => !(v >= 0 && v <= 1))) {
    expectClasses(y, 2);
  }
  return sameShape.test(name) ? fitShape(y, output) : y;
}

/** The place of the largest number in each row. */
function largest({ data: values, shape }: NDArray, width: number): NDArray {
  const data = Int32Array.from({ length: shape[0] }, (_, i) => {
    const row = Array.from(values.subarray(i * width, (i + 1) * width));
    return row.indexOf(Math.max(...row));
  });
  return { data, shape: [shape[0]], dtype: 'int32' };
}

function expectClasses({ data }: NDArray, classes: number): void {
  const wrong = data.findIndex((c) => !(Number.isInteger(c) && c >= 0 && c < classes));
  if (wrong < 0) return;
  throw new UsageError(
    `target ${wrong + 1} is the class ${data[wrong]}; the model knows the classes 0 to ${classes - 1}: check which column or file holds the targets`,
  );
}

/** Targets of as many numbers as the outputs in the shape of those. */
function fitShape(y: NDArray, output: NDArray): NDArray {
  if (y.shape[0] === output.shape[0] && y.data.length === output.data.length) {
    return { ...y, shape: [...output.shape] };
  }
  throw new UsageError(
    `the targets are ${shapeText(y.shape)}, the model gives ${shapeText(output.shape)}; expected targets of the same shape, or another --loss`,
  );
}
