import { allocate, type DType, type TypedArray } from './dtype.ts';

/**
 * Values in host memory with their shape, in row-major (C) order: what data sets hand to models, what
 * engines take in and give back. `data.length` is the product of `shape`.
 */
export interface NDArray {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** The rows of several arrays [n, ...] of one dtype and one shape of rows, one array behind the other. */
export function joinRows(parts: readonly NDArray[]): NDArray {
  if (parts.length === 1) return parts[0];
  const [{ shape, dtype }] = parts;
  const data = allocate(
    dtype,
    parts.reduce((n, part) => n + part.data.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  const rows = parts.reduce((n, part) => n + part.shape[0], 0);
  return { data, shape: [rows, ...shape.slice(1)], dtype };
}
