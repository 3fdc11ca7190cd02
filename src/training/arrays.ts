import type { TypedArray } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { NumberArray } from '../graph/number-array.ts';
import { sameShape } from '../graph/shape.ts';
import { ops } from '../tensor/lift.ts';
import { isTensor, type NestedArray, type Tensor, tensor, toArray } from '../tensor/tensor.ts';

/** What users hand to fit, evaluate and predict, brought into one form: trees of NDArrays. */

export type ArrayLikeData = Tensor | NDArray | NumberArray | NestedArray;
/** One array, or several for models with several inputs or outputs: in order, or by name. */
export type ModelData =
  | ArrayLikeData
  | readonly ArrayLikeData[]
  | { readonly [name: string]: ArrayLikeData };

export type ArrayTree = NDArray | readonly NDArray[] | { readonly [name: string]: NDArray };

export function isNDArray(value: unknown): value is NDArray {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    'shape' in value &&
    'dtype' in value
  );
}

const isArrayValue = (v: unknown): boolean => isTensor(v) || isNDArray(v) || ArrayBuffer.isView(v);

async function oneArray(value: ArrayLikeData): Promise<NDArray> {
  return isTensor(value) ? value.ndarray() : toArray(value);
}

/** How many arrays a model takes or gives, where that is known: it tells a list of arrays from rows. */
export interface Expected {
  readonly count: number;
  /** The numbers of axes, with that of the samples. */
  readonly ranks?: readonly number[];
}

/** What a model expects as inputs and as labels. */
export interface Signature {
  readonly inputs?: Expected;
  readonly outputs?: Expected;
}

/** A list for a model with one input: that input in a list of one, or its rows. */
async function onlyArray(
  list: readonly ArrayLikeData[],
  rank: number | undefined,
  samples: number | undefined,
  what: string,
): Promise<NDArray> {
  const arrays = await Promise.all(list.map(oneArray));
  const [first] = arrays;
  const isWhole =
    samples !== undefined
      ? first.shape[0] === samples
      : rank === undefined
        ? first.shape.length > 1
        : first.shape.length >= rank;
  if (arrays.length === 1 && isWhole) return first;
  const odd = arrays.find((a) => !sameShape(a.shape, first.shape));
  if (odd) {
    fail(
      what,
      `received a list of arrays of the shapes [${first.shape.join(', ')}] and [${odd.shape.join(', ')}] for one input; expected one array, or rows of one shape`,
    );
  }
  return ops.stack(arrays.map((a) => tensor(a))).ndarray();
}

/**
 * Concrete arrays of what was given; tensors are computed. What the model expects decides whether a list
 * holds several inputs or rows of one; `samples` is how many there must be, where that is known.
 */
export async function toArrays(
  data: ModelData,
  what: string,
  expected?: Expected,
  samples?: number,
): Promise<ArrayTree> {
  if (data === undefined || data === null) {
    fail(what, `received ${data}; expected a tensor, an array of numbers or an NDArray`);
  }
  if (isArrayValue(data)) return oneArray(data as ArrayLikeData);
  if (Array.isArray(data)) {
    const several = expected !== undefined && expected.count > 1;
    const areArrays = data.every((d) => typeof d === 'object');
    if (data.length > 0 && (data.every(isArrayValue) || (several && areArrays))) {
      if (expected?.count === 1) return onlyArray(data, expected.ranks?.[0], samples, what);
      if (several && data.length !== expected.count) {
        fail(
          what,
          `received a list of ${data.length}; expected ${expected.count} arrays, one for each, or an object of them by name`,
        );
      }
      return Promise.all(data.map((d) => oneArray(d as ArrayLikeData)));
    }
    return oneArray(data as NestedArray);
  }
  if (typeof data === 'object') {
    const entries = await Promise.all(
      Object.entries(data).map(async ([k, v]) => [k, await oneArray(v as ArrayLikeData)] as const),
    );
    return Object.fromEntries(entries);
  }
  return fail(
    what,
    `received ${typeof data}; expected a tensor, an array of numbers or an NDArray`,
  );
}

/** Applies a function to each array of a tree. */
export function mapArrays<T>(tree: ArrayTree, fn: (a: NDArray) => T): T | T[] | Record<string, T> {
  if (isNDArray(tree)) return fn(tree);
  if (Array.isArray(tree)) return tree.map(fn);
  return Object.fromEntries(Object.entries(tree).map(([k, a]) => [k, fn(a as NDArray)]));
}

export function arraysOf(tree: ArrayTree): NDArray[] {
  if (isNDArray(tree)) return [tree];
  return Array.isArray(tree) ? [...tree] : Object.values(tree);
}

/** The number of samples; an error if arrays disagree. */
export function countSamples(what: string, ...trees: (ArrayTree | undefined)[]): number {
  const arrays = trees.flatMap((t) => (t === undefined ? [] : arraysOf(t)));
  for (const a of arrays) {
    if (a.shape.length === 0)
      fail(what, 'received a scalar; expected arrays whose first axis counts the samples');
    if (a.shape[0] !== arrays[0].shape[0]) {
      fail(
        what,
        `arrays have different numbers of samples: ${arrays.map((x) => x.shape[0]).join(', ')} in the shapes ${arrays.map((x) => `[${x.shape.join(', ')}]`).join(', ')}; give a flat typed array its shape with tensor(values, shape), and wrap each of several inputs or outputs with tensor(...)`,
      );
    }
  }
  return arrays[0]?.shape[0] ?? 0;
}

/** Rows `start` to `end`, sharing memory. */
export function rows(array: NDArray, start: number, end: number): NDArray {
  const step = array.data.length / Math.max(array.shape[0], 1);
  return {
    data: array.data.subarray(start * step, end * step),
    shape: [end - start, ...array.shape.slice(1)],
    dtype: array.dtype,
  };
}

/** Space for `count` rows of an array. */
export function emptyRows(array: NDArray, count: number): NDArray {
  const step = array.data.length / Math.max(array.shape[0], 1);
  const Type = array.data.constructor as new (n: number) => TypedArray;
  return {
    data: new Type(count * step),
    shape: [count, ...array.shape.slice(1)],
    dtype: array.dtype,
  };
}

/** The rows `indices[from]` to `indices[to - 1]`, copied into the rows of another array. */
export function takeRows(
  array: NDArray,
  indices: ArrayLike<number>,
  from: number,
  to: number,
  into: NDArray,
): NDArray {
  const step = array.data.length / Math.max(array.shape[0], 1);
  const { data } = into;
  if (step === 1) {
    for (let i = from; i < to; i++) data[i - from] = array.data[indices[i]];
  } else {
    for (let i = from; i < to; i++) {
      const at = indices[i] * step;
      data.set(array.data.subarray(at, at + step), (i - from) * step);
    }
  }
  return into;
}
