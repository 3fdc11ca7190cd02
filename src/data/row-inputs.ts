/** What users give as rows in memory, and the trees of row leaves that they become. */

import type { TypedArray } from '../graph/dtype.ts';
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { leavesOf, mapTree } from '../tensor/tree.ts';
import { asNDArray, describe, isNDArray, type NestedNumbers } from './array.ts';

/** What this floor needs of a tensor. */
export interface TensorRows {
  readonly shape: readonly (number | null)[];
  ndarray(): Promise<NDArray>;
}

export function isTensor(value: unknown): value is TensorRows {
  return typeof (value as Partial<TensorRows> | null)?.ndarray === 'function';
}

export type RowInputs =
  | NDArray
  | TypedArray
  | TensorRows
  | NestedNumbers
  | readonly string[]
  | readonly RowInputs[]
  | { readonly [name: string]: RowInputs };

/** One element out of rows: the tree with an NDArray in the place of everything numeric, and strings. */
export type RowOf<A> = A extends NDArray | TypedArray | TensorRows | NestedNumbers
  ? NDArray
  : A extends readonly string[]
    ? string
    : { [K in keyof A]: RowOf<A[K]> };

/** Errors: a tensor, whose values are not there yet; anything that has no rows. */
export function toRows(value: unknown, path = 'arrays'): unknown {
  if (isNDArray(value)) return value;
  if (ArrayBuffer.isView(value)) return asNDArray(value as TypedArray);
  if (isTensor(value)) {
    throw new NablaError(
      `Dataset.fromArrays: ${path} is a tensor, expected arrays; use Dataset.fromTensors`,
    );
  }
  if (Array.isArray(value)) {
    const first = firstScalar(value);
    if (first === 'text')
      return value.every((v) => typeof v === 'string') ? value : noRows(value, path);
    if (first === 'number') return numbersOf(value as NestedNumbers, path);
    return value.map((v, i) => toRows(v, `${path}[${i}]`));
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, v]) => [key, toRows(v, `${path}.${key}`)]),
    );
  }
  return noRows(value, path);
}

/** As `toRows`, after reading every tensor. */
export async function evaluateTensors(tree: unknown): Promise<unknown> {
  const tensors = leavesOf(tree, isTensor);
  const values = await Promise.all(tensors.map((tensor) => tensor.ndarray()));
  let next = 0;
  return toRows(
    mapTree(tree, isTensor, () => values[next++]),
    'tensors',
  );
}

/** `elements`, with the values of tensors in them read. */
export async function evaluateElements<T>(elements: readonly T[]): Promise<readonly T[]> {
  if (leavesOf(elements[0], isTensor).length === 0) return elements;
  const values = await Promise.all(leavesOf(elements, isTensor).map((tensor) => tensor.ndarray()));
  let next = 0;
  return mapTree(elements, isTensor, () => values[next++]) as T[];
}

/** What an array of arrays holds at its bottom; undefined where it is a tree of something else. */
function firstScalar(value: readonly unknown[]): 'number' | 'text' | undefined {
  if (value.length === 0) return 'number';
  const first = value[0];
  if (typeof first === 'string') return 'text';
  if (typeof first === 'number' || typeof first === 'boolean' || first === null) return 'number';
  return Array.isArray(first) && firstScalar(first) === 'number' ? 'number' : undefined;
}

/** Errors: lists of different lengths, which may be several arrays that were meant as a tree. */
function numbersOf(value: NestedNumbers, path: string): NDArray {
  try {
    return asNDArray(value, 'float32', `Dataset.fromArrays: ${path}`);
  } catch (error) {
    throw new NablaError(
      `${(error as Error).message}; name arrays that belong together, as in fromArrays({ x, y })`,
    );
  }
}

function noRows(value: unknown, path: string): never {
  throw new NablaError(
    `Dataset.fromArrays: ${path} is ${describe(value)}, expected NDArrays, typed arrays, nested arrays of numbers, lists of text, or a tree of them`,
  );
}
