import type { TypedArray } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { NumberArray } from '../graph/number-array.ts';
import { isTensor, type NestedArray, type Tensor, toArray } from '../tensor/tensor.ts';

/** What users hand to fit, evaluate and predict, brought into one form: trees of NDArrays. */

export type ArrayLikeData = Tensor | NDArray | NumberArray | NestedArray;
/** One array, or several for models with several inputs or outputs: in order, or by name. */
export type ModelData =
  | ArrayLikeData
  | readonly (Tensor | NDArray | NumberArray)[]
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

/** Concrete arrays of what was given; tensors are computed. */
export async function toArrays(data: ModelData, what: string): Promise<ArrayTree> {
  if (data === undefined || data === null) {
    fail(what, `received ${data}; expected a tensor, an array of numbers or an NDArray`);
  }
  if (isArrayValue(data)) return oneArray(data as ArrayLikeData);
  if (Array.isArray(data)) {
    if (data.length > 0 && data.every(isArrayValue)) {
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
