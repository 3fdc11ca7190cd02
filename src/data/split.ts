/** Dividing data into parts for training and testing. Every split is a choice of row indices. */
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { NumberArray } from '../graph/number-array.ts';
import { drawSeed } from '../tensor/random.ts';
import { type ArrayInput, describe, isNDArray, takeRows } from './array.ts';
import { permutation, shuffleInPlace } from './permutation.ts';
import { type Table, takeTableRows } from './table.ts';

/** Anything with rows: an NDArray, a table, or an array, plain or typed, with one element for each row. */
export type Rows = NDArray | Table | NumberArray | readonly unknown[];

type Part<T> = T extends readonly (infer U)[]
  ? U[]
  : T extends NDArray
    ? NDArray
    : T extends NumberArray
      ? T
      : Table;

/** Training part, then test part, of each input in turn. */
type Parts<T extends readonly unknown[]> = T extends readonly [infer First, ...infer Rest]
  ? [train: Part<First>, test: Part<First>, ...Parts<Rest>]
  : [];

export type Labels = ArrayInput | readonly string[];

export interface ShuffleOptions {
  /** The same seed gives the same order; without one, it follows from `setRandomSeed`. */
  seed?: number;
}

export interface TrainTestSplitOptions extends ShuffleOptions {
  /** Part of the rows to test with (below 1; rounded up to whole rows), or their number; 0.25 by default. */
  testSize?: number;
  /** True (the default) draws the test rows at random; false takes the last ones, as for time series. */
  shuffle?: boolean;
  /** One label for each row: both parts get each label in the proportion it has in the whole. */
  stratify?: Labels;
}

/**
 * `const [xTrain, xTest, yTrain, yTest] = trainTestSplit(x, y, { testSize: 0.2, seed: 1 })`: the same rows
 * of every input go to testing. Errors: inputs of different lengths; a part that would be empty; with
 * `stratify`, a label with a single row, or fewer rows in a part than labels.
 */
export function trainTestSplit<T extends readonly Rows[]>(
  ...args: [...inputs: T, options: TrainTestSplitOptions]
): Parts<T>;
export function trainTestSplit<T extends readonly Rows[]>(...inputs: T): Parts<T>;
export function trainTestSplit(...args: unknown[]): unknown[] {
  const last = args.at(-1);
  const hasOptions = args.length > 0 && isOptions(last);
  const options = (hasOptions ? (last ?? {}) : {}) as TrainTestSplitOptions;
  const inputs = (hasOptions ? args.slice(0, -1) : args) as Rows[];
  const n = commonLength('trainTestSplit', inputs);
  const { testSize = 0.25, shuffle = true, seed = drawSeed(), stratify } = options;
  const testCount = testSize < 1 ? Math.ceil(testSize * n) : testSize;
  if (!Number.isInteger(testCount) || testCount < 1 || testCount >= n) {
    throw new NablaError(
      `trainTestSplit: testSize ${testSize} of ${n} rows leaves ${testCount} to test with, expected between 1 and ${n - 1}`,
    );
  }
  let test: Int32Array;
  let train: Int32Array;
  if (stratify !== undefined) {
    if (!shuffle) {
      throw new NablaError('trainTestSplit: stratify needs shuffle; leave out one of the two');
    }
    [train, test] = stratifiedSplit(stratify, n, testCount, seed);
  } else {
    const order = shuffle ? permutation(n, seed) : Int32Array.from({ length: n }, (_, i) => i);
    train = order.subarray(0, n - testCount);
    test = order.subarray(n - testCount);
  }
  return inputs.flatMap((input) => [pickRows(input, train), pickRows(input, test)]);
}

export interface Fold {
  /** Row numbers, for `takeRows` or `takeTableRows`. */
  train: Int32Array;
  test: Int32Array;
}

export interface KFoldOptions extends ShuffleOptions {
  /** Number of folds; 5 by default. */
  splits?: number;
  /** True draws the folds at random; false (the default) keeps rows in order. */
  shuffle?: boolean;
}

/** `splits` folds of 0..n-1; each row is in exactly one `test`. The first n mod splits folds have one row more. */
export function kFold(n: number, options: KFoldOptions = {}): Fold[] {
  const { splits = 5, shuffle = false, seed = drawSeed() } = options;
  if (!Number.isInteger(n)) {
    throw new NablaError(`kFold: received ${describe(n)}, expected the number of rows`);
  }
  checkSplits('kFold', splits, n, 'rows');
  const order = shuffle ? permutation(n, seed) : Int32Array.from({ length: n }, (_, i) => i);
  const foldOf = new Int32Array(n);
  for (let fold = 0, at = 0; fold < splits; fold++) {
    const size = Math.floor(n / splits) + (fold < n % splits ? 1 : 0);
    for (let k = 0; k < size; k++) foldOf[order[at++]] = fold;
  }
  return folds(foldOf, splits);
}

/**
 * Folds in which each label has its share. Rows are dealt out in the order of their labels, so fold sizes
 * differ by at most one. Error: no label has as many rows as there are folds.
 */
export function stratifiedKFold(labels: Labels, options: KFoldOptions = {}): Fold[] {
  const { splits = 5, shuffle = false, seed = drawSeed() } = options;
  const { groups, n } = groupRows(labels);
  const largest = Math.max(0, ...groups.map((rows) => rows.length));
  checkSplits('stratifiedKFold', splits, largest, 'rows of the most frequent label');
  const foldOf = new Int32Array(n);
  let dealt = 0;
  for (const [g, rows] of groups.entries()) {
    const share = new Int32Array(splits);
    for (let k = 0; k < rows.length; k++) share[dealt++ % splits]++;
    const targets = new Int32Array(rows.length);
    for (let fold = 0, at = 0; fold < splits; fold++) {
      targets.fill(fold, at, at + share[fold]);
      at += share[fold];
    }
    if (shuffle) shuffleInPlace(targets, seed, g);
    for (let k = 0; k < rows.length; k++) foldOf[rows[k]] = targets[k];
  }
  return folds(foldOf, splits);
}

/** The inputs' rows in one random order: `const [xs, ys] = shuffleRows([x, y], { seed: 1 })`. */
export function shuffleRows<const T extends readonly Rows[]>(
  inputs: T,
  options: ShuffleOptions = {},
): { [K in keyof T]: Part<T[K]> } {
  const order = permutation(commonLength('shuffleRows', inputs), options.seed ?? drawSeed());
  return inputs.map((input) => pickRows(input, order)) as { [K in keyof T]: Part<T[K]> };
}

function isTable(value: unknown): value is Table {
  return value !== null && typeof value === 'object' && 'columns' in value && 'names' in value;
}

function isRows(value: unknown): value is Rows {
  return Array.isArray(value) || isNDArray(value) || isTable(value) || isNumberArray(value);
}

function isNumberArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Whether the last argument holds options; what is neither they nor rows is refused as rows. */
function isOptions(value: unknown): boolean {
  if (value === undefined) return true;
  return !isRows(value) && Object.getPrototypeOf(value ?? 0) === Object.prototype;
}

function pickRows(rows: Rows, indices: Int32Array): Rows {
  if (isNDArray(rows)) return takeRows(rows, indices);
  if (isTable(rows)) return takeTableRows(rows, indices);
  if (isNumberArray(rows)) {
    const Type = rows.constructor as new (values: unknown) => NumberArray;
    return new Type(Array.from(indices, (i) => rows[i]));
  }
  return Array.from(indices, (i) => rows[i]);
}

function lengthOf(rows: Rows): number {
  return isNDArray(rows) ? (rows.shape[0] ?? 0) : rows.length;
}

function commonLength(operation: string, inputs: readonly Rows[]): number {
  for (const input of inputs) {
    if (!isRows(input)) {
      throw new NablaError(
        `${operation}: received ${describe(input)}, expected NDArrays, tables, typed or plain arrays; read tensors with ndarray() first`,
      );
    }
  }
  const lengths = inputs.map(lengthOf);
  if (lengths.length === 0)
    throw new NablaError(`${operation}: received no arrays; pass at least one`);
  if (lengths.some((n) => n !== lengths[0])) {
    throw new NablaError(
      `${operation}: the inputs have ${lengths.join(', ')} rows, expected the same number`,
    );
  }
  return lengths[0];
}

function checkSplits(operation: string, splits: number, limit: number, what: string): void {
  if (!Number.isInteger(splits) || splits < 2 || splits > limit) {
    throw new NablaError(`${operation}: splits is ${splits}, expected 2 to ${limit}, the ${what}`);
  }
}

function folds(foldOf: Int32Array, splits: number): Fold[] {
  const rows = Int32Array.from({ length: foldOf.length }, (_, i) => i);
  return Array.from({ length: splits }, (_, fold) => ({
    train: rows.filter((i) => foldOf[i] !== fold),
    test: rows.filter((i) => foldOf[i] === fold),
  }));
}

/** Row numbers by label, labels in the order in which they first appear. */
function groupRows(labels: Labels): { groups: number[][]; n: number } {
  if (isNDArray(labels) && labels.data.length !== labels.shape[0]) {
    throw new NablaError(
      `stratify: the labels have the shape [${labels.shape.join(', ')}], expected one label for each row; give class numbers instead of one-hot vectors`,
    );
  }
  const values = isNDArray(labels) ? labels.data : (labels as ArrayLike<unknown>);
  const groups = new Map<unknown, number[]>();
  for (let i = 0; i < values.length; i++) {
    const rows = groups.get(values[i]);
    if (rows) rows.push(i);
    else groups.set(values[i], [i]);
  }
  return { groups: [...groups.values()], n: values.length };
}

function stratifiedSplit(
  labels: Labels,
  n: number,
  testCount: number,
  seed: number,
): [Int32Array, Int32Array] {
  const { groups, n: labelCount } = groupRows(labels);
  if (labelCount !== n) {
    throw new NablaError(
      `trainTestSplit: stratify has ${labelCount} labels for ${n} rows; expected one for each`,
    );
  }
  const smallest = Math.min(...groups.map((rows) => rows.length));
  if (smallest < 2 || testCount < groups.length || n - testCount < groups.length) {
    throw new NablaError(
      `trainTestSplit: ${groups.length} labels, the rarest with ${smallest} rows, cannot be shared out over ${n - testCount} and ${testCount} rows; each needs 2 rows, and each part one row for each label`,
    );
  }
  const shares = largestRemainders(
    groups.map((rows) => rows.length),
    testCount,
  );
  const train: number[] = [];
  const test: number[] = [];
  for (const [g, rows] of groups.entries()) {
    const order = Int32Array.from(rows);
    shuffleInPlace(order, seed, g + 1);
    test.push(...order.subarray(0, shares[g]));
    train.push(...order.subarray(shares[g]));
  }
  return [train, test].map((rows, i) => {
    const order = Int32Array.from(rows);
    shuffleInPlace(order, seed, groups.length + 1 + i);
    return order;
  }) as [Int32Array, Int32Array];
}

/** `total` shared out in proportion to `counts`: whole parts first, then one each to the largest remainders. */
function largestRemainders(counts: readonly number[], total: number): number[] {
  const sum = counts.reduce((a, b) => a + b, 0);
  const exact = counts.map((count) => (count * total) / sum);
  const shares = exact.map(Math.floor);
  const left = total - shares.reduce((a, b) => a + b, 0);
  const byRemainder = exact
    .map((share, i) => ({ i, remainder: share - shares[i] }))
    .sort((a, b) => b.remainder - a.remainder);
  for (const { i } of byRemainder.slice(0, left)) shares[i]++;
  return shares;
}
