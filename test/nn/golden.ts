import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { DType } from '../../src/graph/dtype.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { tensor } from '../../src/tensor/tensor.ts';

/** Numbers that Keras 3.15.1 computed, and how near ours have to come. */

/** Nested numbers as the files have them: "nan", "inf" and "-inf" are strings. */
export type Nested = number | string | null | readonly Nested[];

/** A plain nested list is float32; other dtypes are named. */
export type Encoded =
  | Nested
  | { readonly dtype: string; readonly v: Nested }
  | { readonly dtype: string; readonly shape: readonly number[]; readonly data: readonly number[] };

export function readGoldens(name: string): any {
  return JSON.parse(readFileSync(new URL(`../goldens/${name}.json`, import.meta.url), 'utf8'));
}

const words: Record<string, number> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

function numbers(values: Nested): any {
  if (Array.isArray(values)) return values.map(numbers);
  return typeof values === 'string' ? words[values] : values;
}

/** The values without their dtype. */
export function valuesOf(encoded: Encoded): any {
  if (typeof encoded === 'object' && encoded !== null && 'v' in encoded) return numbers(encoded.v);
  if (typeof encoded === 'object' && encoded !== null && 'data' in encoded) return encoded.data;
  return numbers(encoded as Nested);
}

const dtypes: Record<string, DType> = {
  bool: 'bool',
  int32: 'int32',
  int64: 'int32',
  float64: 'float32',
};

/** As a tensor; 64-bit integers become int32, 64-bit floats float32 unless `keepDoubles`. */
export function tensorOf(encoded: Encoded, keepDoubles = false): Tensor {
  const named = typeof encoded === 'object' && encoded !== null && 'dtype' in encoded;
  const name = named ? encoded.dtype : 'float32';
  const dtype = name === 'float64' && keepDoubles ? 'float64' : (dtypes[name] ?? 'float32');
  return tensor(valuesOf(encoded), undefined, dtype);
}

export function flatten(values: any): number[] {
  return Array.isArray(values) ? values.flatMap(flatten) : [Number(values)];
}

export interface Tolerance {
  readonly relative?: number;
  readonly absolute?: number;
}

/** Values to within a few roundings of float32, not-a-number and infinities alike. */
export function expectClose(
  received: ArrayLike<number>,
  expected: Encoded,
  { relative = 2e-5, absolute = 2e-6 }: Tolerance = {},
): void {
  const wanted = flatten(valuesOf(expected));
  expect(received.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [received[i], wanted[i]];
    const near = Object.is(a, b) || a === b || Math.abs(a - b) <= absolute + relative * Math.abs(b);
    if (!near) expect(Array.from(received), `element ${i}`).toEqual(wanted);
  }
}

/** `F(shape, a, b, scale)` of the traces: float32 of `sin(a i + b) scale`. */
export function wave(size: number, a = 0.37, b = 0.11, scale = 1): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.fround(Math.sin(a * i + b) * scale));
}
