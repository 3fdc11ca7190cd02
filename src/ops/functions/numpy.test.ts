import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  constant,
  evaluateAll,
  evaluateOptimized,
  flatten,
  type Nested,
  shapeOf,
} from '../../../test/evaluate.ts';
import type { DType } from '../../graph/dtype.ts';
import type { Node } from '../../graph/node.ts';
import { isNode } from '../build.ts';
import * as functions from './index.ts';

/** Every function of NumPy's that this floor has, against what NumPy and SciPy computed. */

interface Tensor {
  readonly tensor: unknown;
  readonly dtype: DType;
}

interface Case {
  readonly fn: keyof typeof functions;
  readonly args: readonly unknown[];
  readonly expected: Tensor | readonly Tensor[];
  readonly rtol?: number;
  readonly atol?: number;
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('../../../test/goldens/numpy-functions.json', import.meta.url), 'utf8'),
);

const special: Record<string, number> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

const numbers = (values: any): Nested =>
  Array.isArray(values) ? values.map(numbers) : (special[values] ?? values);

function decode(argument: any): unknown {
  if (Array.isArray(argument)) return argument.map(decode);
  if (typeof argument !== 'object' || argument === null) return argument;
  return 'number' in argument
    ? special[argument.number]
    : constant(numbers(argument.tensor), argument.dtype);
}

function expectClose(got: Nested, want: Nested, rtol: number, atol: number): void {
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


describe.each([...new Set(cases.map((c) => c.fn))])('%s', (fn) => {
  const own = cases.filter((c) => c.fn === fn);
  it.each(own.map((c, i) => [i, c] as const))('case %i', (_, c) => {
    const call = functions[fn] as (...args: any[]) => unknown;
    const result = call(...c.args.map(decode));
    const nodes = (Array.isArray(result) ? result : [result]) as Node[];
    const wanted = (Array.isArray(c.expected) ? c.expected : [c.expected]) as Tensor[];
    expect(nodes.every(isNode)).toBe(true);
    expect(nodes.map((n) => n.dtype)).toEqual(wanted.map((w) => w.dtype));
    const values = evaluateAll(nodes);
    for (const [i, want] of wanted.entries()) {
      const expected = numbers(want.tensor);
      expectClose(values[i], expected, c.rtol ?? 2e-6, c.atol ?? 1e-6);
      expectClose(evaluateOptimized(nodes[i]), expected, c.rtol ?? 2e-6, c.atol ?? 1e-6);
    }
  });
});
