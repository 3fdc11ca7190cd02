import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { DType } from '../src/graph/dtype.ts';
import type * as functions from '../src/ops/functions/index.ts';
import { flatten, type Nested, shapeOf } from './evaluate.ts';

/** The calls recorded in goldens/numpy-functions.json, and comparison of nested values. */

export interface Tensor {
  readonly tensor: Nested;
  readonly dtype: DType;
}

export interface Case {
  readonly fn: keyof typeof functions;
  readonly args: readonly unknown[];
  readonly expected: readonly Tensor[];
  readonly rtol: number;
  readonly atol: number;
}

const special: Record<string, number> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

/** Nested values whose NaN and infinities are written as text. */
export function numbers(values: any): Nested {
  if (Array.isArray(values)) return values.map(numbers);
  return typeof values === 'string' ? special[values] : values;
}

export const isTensor = (value: any): value is Tensor =>
  typeof value === 'object' && value !== null && 'tensor' in value;

/** An argument as it was recorded, with `toNode` applied to its tensors. */
export function decode(argument: any, toNode: (t: Tensor) => unknown): unknown {
  if (Array.isArray(argument)) return argument.map((a) => decode(a, toNode));
  if (isTensor(argument)) return toNode({ ...argument, tensor: numbers(argument.tensor) });
  if (typeof argument === 'object' && argument !== null) return special[argument.number];
  return argument;
}

export const numpyCases: readonly Case[] = JSON.parse(
  readFileSync(new URL('./goldens/numpy-functions.json', import.meta.url), 'utf8'),
).map((c: any) => ({
  rtol: 2e-6,
  atol: 1e-6,
  ...c,
  expected: [c.expected].flat().map((t: Tensor) => ({ ...t, tensor: numbers(t.tensor) })),
}));

/** Same shape, and every element within atol + rtol * |want|; NaN equals NaN. */
export function expectClose(got: Nested, want: Nested, rtol = 2e-6, atol = 1e-6): void {
  expect(shapeOf(got)).toEqual(shapeOf(want));
  const [a, b] = [got, want].map((v) => flatten(v).map(Number));
  a.forEach((value, i) => {
    const close =
      Object.is(value, b[i]) ||
      value === b[i] ||
      Math.abs(value - b[i]) <= atol + rtol * Math.abs(b[i]);
    if (!close) expect(value, `element ${i} of ${JSON.stringify(got)}`).toBe(b[i]);
  });
}
