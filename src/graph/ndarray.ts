import type { DType, TypedArray } from './dtype.ts';

/**
 * Values in host memory with their shape, in row-major (C) order: what data sets hand to models, what
 * engines take in and give back. `data.length` is the product of `shape`.
 */
export interface NDArray {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}
