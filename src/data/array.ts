/** Arrays as users have them, and their rows: slices along the first axis, one row for each example. */

import { allocate, type DType, type TypedArray } from '../graph/dtype.ts';
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type NumberArray, storedNumbers } from '../graph/number-array.ts';

/** Numbers in arrays of any depth, all equally long at each depth; null stands for a missing value. */
export type NestedNumbers = readonly (number | boolean | null)[] | readonly NestedNumbers[];

export type ArrayInput = NDArray | NumberArray | NestedNumbers;

export function isNDArray(value: unknown): value is NDArray {
  const { data, shape, dtype } = (value ?? {}) as Partial<NDArray>;
  return ArrayBuffer.isView(data) && Array.isArray(shape) && typeof dtype === 'string';
}

/**
 * `value` as an NDArray; one that already is stays the same object. Nested arrays become `dtype`, with null
 * as NaN. Errors: rows of different lengths, anything but numbers inside.
 */
export function asNDArray(
  value: ArrayInput,
  dtype: DType = 'float32',
  operation = 'asNDArray',
): NDArray {
  if (isNDArray(value)) return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const stored = storedNumbers(value);
    return { ...stored, shape: [stored.data.length] };
  }
  if (!Array.isArray(value)) {
    throw new NablaError(
      `${operation}: received ${describe(value)}, expected an NDArray, a typed array or nested arrays of numbers`,
    );
  }
  const shape: number[] = [];
  for (let at: unknown = value; Array.isArray(at); at = at[0]) shape.push(at.length);
  const data = allocate(
    dtype,
    shape.reduce((a, b) => a * b, 1),
  );
  fill(value, shape, 0, data, 0, operation);
  return { data, shape, dtype };
}

function fill(
  values: readonly unknown[],
  shape: readonly number[],
  depth: number,
  out: TypedArray,
  offset: number,
  operation: string,
): number {
  if (!Array.isArray(values) || values.length !== shape[depth]) {
    throw new NablaError(
      `${operation}: an element at depth ${depth} is ${describe(values)}, expected ${shape[depth]} values as in the first one; nested arrays must be rectangular`,
    );
  }
  let at = offset;
  for (const value of values) {
    if (depth + 1 < shape.length) {
      at = fill(value as unknown[], shape, depth + 1, out, at, operation);
    } else if (typeof value === 'number' || typeof value === 'boolean' || value === null) {
      out[at++] = value === null ? Number.NaN : Number(value);
    } else {
      throw new NablaError(`${operation}: found ${describe(value)}, expected numbers`);
    }
  }
  return at;
}

export function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isNDArray(value)) return `an NDArray of shape [${value.shape.join(', ')}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  return value !== null && typeof value === 'object' ? 'an object' : String(value);
}

/** Elements in one row. */
export function rowSize(array: NDArray): number {
  return array.shape.slice(1).reduce((a, b) => a * b, 1);
}

/** The rows at `indices`, in that order, copied. Error: an index that is no row. */
export function takeRows(array: NDArray, indices: ArrayLike<number>): NDArray {
  const size = rowSize(array);
  const n = indices.length;
  const rows = array.shape[0] ?? 0;
  for (let i = 0; i < n; i++) {
    if (!(indices[i] >= 0 && indices[i] < rows)) {
      throw new NablaError(
        `takeRows: index ${indices[i]} of an array of ${rows} rows, expected 0..${rows - 1}`,
      );
    }
  }
  const source = array.data;
  const data = allocate(array.dtype, n * size);
  if (size < 16) {
    // Short rows: a loop beats the cost of a view for each row.
    for (let i = 0, at = 0; i < n; i++) {
      const begin = indices[i] * size;
      for (let k = 0; k < size; k++) data[at++] = source[begin + k];
    }
  } else {
    for (let i = 0; i < n; i++) {
      const begin = indices[i] * size;
      data.set(source.subarray(begin, begin + size), i * size);
    }
  }
  return { data, shape: [n, ...array.shape.slice(1)], dtype: array.dtype };
}

/** Rows `begin` to `end` (exclusive), sharing memory with `array`. */
export function sliceRows(array: NDArray, begin: number, end: number): NDArray {
  const size = rowSize(array);
  return {
    data: array.data.subarray(begin * size, end * size),
    shape: [end - begin, ...array.shape.slice(1)],
    dtype: array.dtype,
  };
}
