/**
 * Elements of a data set: trees whose leaves are arrays, numbers, booleans or text. Many elements of one
 * structure become one batch: a tree of the same structure whose leaves have a new first axis.
 *
 * Arrays are NDArrays, typed arrays and lists of numbers. A list that is the element itself is a tuple, as
 * in [x, y]; below that, a list of nothing but numbers is one array: of [[1, 2, 3], 0] x has three numbers.
 */

import { allocate, type DType } from '../graph/dtype.ts';
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { NumberArray } from '../graph/number-array.ts';
import {
  asNDArray,
  describe,
  isNDArray,
  type NestedNumbers,
  rowSize,
  sliceRows,
  takeRows,
} from './array.ts';

/** What `T` becomes in a batch: numbers and arrays an NDArray, text an array of text. */
export type Batched<T> = T extends readonly unknown[]
  ? { [K in keyof T]: BatchedPart<T[K]> }
  : BatchedPart<T>;

type BatchedPart<T> = T extends NDArray | NumberArray | NestedNumbers | number | boolean
  ? NDArray
  : T extends string
    ? string[]
    : T extends { ndarray(): Promise<NDArray> }
      ? NDArray
      : T extends object
        ? { [K in keyof T]: BatchedPart<T[K]> }
        : unknown;

export interface PaddingOptions {
  /** What fills the end of shorter arrays; 0 by default. */
  paddingValue?: number;
}

/** Stacks elements along a new first axis. Errors: structures or shapes that differ, with the leaf's path. */
export function stackElements<T>(elements: readonly T[]): Batched<T> {
  return combine(elements, 'element', (arrays, path) => stackArrays(arrays, path)) as Batched<T>;
}

/** As `stackElements`, with each axis of each leaf filled up to its longest in the batch. */
export function padElements<T>(
  elements: readonly T[],
  { paddingValue = 0 }: PaddingOptions = {},
): Batched<T> {
  return combine(elements, 'element', (arrays, path) =>
    padArrays(arrays, path, paddingValue),
  ) as Batched<T>;
}

/** A leaf of a tree of rows. */
export type RowLeaf = NDArray | readonly string[];

export function isRowLeaf(value: unknown): value is RowLeaf {
  return isNDArray(value) || (Array.isArray(value) && typeof value[0] === 'string');
}

export function rowCount(leaf: RowLeaf): number {
  return isNDArray(leaf) ? (leaf.shape[0] ?? 0) : leaf.length;
}

export function takeLeafRows(leaf: RowLeaf, rows: Int32Array): RowLeaf {
  return isNDArray(leaf) ? takeRows(leaf, rows) : Array.from(rows, (row) => leaf[row]);
}

/** Consecutive rows; those of an NDArray share its memory. */
export function sliceLeafRows(leaf: RowLeaf, begin: number, end: number): RowLeaf {
  return isNDArray(leaf) ? sliceRows(leaf, begin, end) : leaf.slice(begin, end);
}

/** Row `row` without the first axis; that of an NDArray shares its memory. */
export function leafRow(leaf: RowLeaf, row: number): NDArray | string {
  if (!isNDArray(leaf)) return leaf[row];
  return { ...sliceRows(leaf, row, row + 1), shape: leaf.shape.slice(1) };
}

function combine(
  elements: readonly unknown[],
  path: string,
  join: (arrays: readonly NDArray[], path: string) => NDArray,
  isElement = true,
): unknown {
  const first = elements[0];
  if (typeof first === 'string') {
    return elements.map((e) => (typeof e === 'string' ? e : mismatch(path, first, e)));
  }
  if (typeof first === 'number' || typeof first === 'boolean') {
    const dtype: DType = typeof first === 'boolean' ? 'bool' : 'float32';
    const data = allocate(dtype, elements.length);
    for (const [i, e] of elements.entries()) {
      data[i] = typeof e === typeof first ? Number(e) : mismatch(path, first, e);
    }
    return { data, shape: [elements.length], dtype };
  }
  if (isArrayValue(first, isElement)) {
    return join(
      elements.map((e) =>
        isArrayValue(e, isElement) ? asNDArray(e, 'float32', path) : mismatch(path, first, e),
      ),
      path,
    );
  }
  if (Array.isArray(first)) {
    const lists = elements.map((e) =>
      Array.isArray(e) && e.length === first.length ? e : mismatch(path, first, e),
    );
    return first.map((_, i) =>
      combine(
        lists.map((list) => list[i]),
        `${path}[${i}]`,
        join,
        false,
      ),
    );
  }
  if (isRecord(first)) {
    return Object.fromEntries(
      Object.keys(first).map((key) => [
        key,
        combine(
          elements.map((e) =>
            isRecord(e) && key in e ? e[key] : mismatch(`${path}.${key}`, first, e),
          ),
          `${path}.${key}`,
          join,
          false,
        ),
      ]),
    );
  }
  throw new NablaError(
    `batch: ${path} is ${describe(first)}, expected numbers, text, NDArrays, or arrays and plain objects of them; change it with map first`,
  );
}

/** Whether a value is one array; a list that is the whole element is a tuple instead. */
function isArrayValue(
  value: unknown,
  isElement: boolean,
): value is NDArray | NumberArray | NestedNumbers {
  if (isNDArray(value)) return true;
  if (ArrayBuffer.isView(value)) return !(value instanceof DataView);
  return !isElement && isNumberList(value);
}

/** Whether a list holds nothing but numbers (null is a missing one), at any depth. */
function isNumberList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    (value.every((v) => typeof v === 'number' || typeof v === 'boolean' || v === null) ||
      value.every(isNumberList))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== 'object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function mismatch(path: string, first: unknown, other: unknown): never {
  throw new NablaError(
    `batch: ${path} is ${describe(first)} in the first element and ${describe(other)} in another; elements of a batch must have one structure`,
  );
}

function stackArrays(arrays: readonly NDArray[], path: string): NDArray {
  const { shape, dtype } = arrays[0];
  const size = arrays[0].data.length;
  const data = allocate(dtype, arrays.length * size);
  for (const [i, array] of arrays.entries()) {
    if (array.shape.length !== shape.length || array.shape.some((n, axis) => n !== shape[axis])) {
      throw new NablaError(
        `batch: ${path} has the shape [${shape.join(', ')}] in the first element and [${array.shape.join(', ')}] in another; give them one shape with map, or use paddedBatch`,
      );
    }
    checkDType(array, dtype, path);
    if (size === 1) data[i] = array.data[0];
    else data.set(array.data, i * size);
  }
  return { data, shape: [arrays.length, ...shape], dtype };
}

function padArrays(arrays: readonly NDArray[], path: string, paddingValue: number): NDArray {
  const { dtype, shape } = arrays[0];
  const longest = [...shape];
  for (const array of arrays) {
    if (array.shape.length !== shape.length) {
      throw new NablaError(
        `paddedBatch: ${path} has ${shape.length} axes in the first element and ${array.shape.length} in another; padding needs the same number`,
      );
    }
    checkDType(array, dtype, path);
    for (const [axis, n] of array.shape.entries()) longest[axis] = Math.max(longest[axis], n);
  }
  const size = longest.reduce((a, b) => a * b, 1);
  const data = allocate(dtype, arrays.length * size);
  if (paddingValue !== 0) data.fill(paddingValue);
  for (const [i, array] of arrays.entries()) {
    copyBlock(array, data.subarray(i * size, (i + 1) * size), longest);
  }
  return { data, shape: [arrays.length, ...longest], dtype };
}

/** Copies `source` into the corner of the larger row-major block `out`. */
function copyBlock(source: NDArray, out: NDArray['data'], shape: readonly number[]): void {
  if (shape.length <= 1) {
    out.set(source.data);
    return;
  }
  const rest = shape.slice(1);
  const step = rest.reduce((a, b) => a * b, 1);
  const rows = source.shape[0];
  const size = rowSize(source);
  for (let row = 0; row < rows; row++) {
    const part: NDArray = {
      data: source.data.subarray(row * size, (row + 1) * size),
      shape: source.shape.slice(1),
      dtype: source.dtype,
    };
    copyBlock(part, out.subarray(row * step, (row + 1) * step), rest);
  }
}

function checkDType(array: NDArray, dtype: DType, path: string): void {
  if (array.dtype !== dtype) {
    throw new NablaError(
      `batch: ${path} is ${dtype} in the first element and ${array.dtype} in another; give them one type with map`,
    );
  }
}
