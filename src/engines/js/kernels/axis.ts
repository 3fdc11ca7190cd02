import type { TypedArray } from '../../../graph/dtype.ts';
import type { Shape } from '../../../graph/shape.ts';
import { expFloat32 } from './exponential.ts';
import { type KernelOf, type Step, sizeOfValue, type Value } from './kernel.ts';
import { exceeds } from './special.ts';

/**
 * Functions along one axis: each line of elements parallel to the axis is taken by itself. Element i of
 * the line that starts at `base` is at base + i * inner.
 */
interface Lines {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

function linesOf(shape: Shape, axis: number): Lines {
  const product = (dims: Shape) => dims.reduce((a, b) => a * b, 1);
  return {
    outer: product(shape.slice(0, axis)),
    length: shape[axis],
    inner: product(shape.slice(axis + 1)),
  };
}

type Exponential = (x: number) => number;

function softmax(
  x: TypedArray,
  z: TypedArray,
  { outer, length, inner }: Lines,
  exp: Exponential,
): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const base = o * length * inner + j;
      const end = base + length * inner;
      let largest = -Infinity;
      for (let i = base; i < end; i += inner) largest = Math.max(largest, x[i]);
      let sum = 0;
      for (let i = base; i < end; i += inner) {
        const e = exp(x[i] - largest);
        sum += e;
        z[i] = e;
      }
      const scale = 1 / sum;
      for (let i = base; i < end; i += inner) z[i] *= scale;
    }
  }
}

function logSoftmax(
  x: TypedArray,
  z: TypedArray,
  { outer, length, inner }: Lines,
  exp: Exponential,
): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const base = o * length * inner + j;
      const end = base + length * inner;
      let largest = -Infinity;
      for (let i = base; i < end; i += inner) largest = Math.max(largest, x[i]);
      let sum = 0;
      for (let i = base; i < end; i += inner) sum += exp(x[i] - largest);
      const shift = Math.log(sum);
      // Two subtractions: largest + shift would lose the small of the two.
      for (let i = base; i < end; i += inner) z[i] = x[i] - largest - shift;
    }
  }
}

/** Index of the first largest (direction 1) or smallest (-1); NaN comes before every number. */
function argument(x: TypedArray, z: TypedArray, lines: Lines, direction: number): void {
  const { outer, length, inner } = lines;
  let k = 0;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const base = o * length * inner + j;
      let best = 0;
      let value = direction * x[base];
      for (let i = 1; i < length; i++) {
        const candidate = direction * x[base + i * inner];
        if (exceeds(candidate, value)) {
          best = i;
          value = candidate;
        }
      }
      z[k++] = best;
    }
  }
}

function cumSum(
  x: TypedArray,
  z: TypedArray,
  { outer, length, inner }: Lines,
  exclusive: boolean,
  reverse: boolean,
): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const base = o * length * inner + j;
      let at = reverse ? base + (length - 1) * inner : base;
      const step = reverse ? -inner : inner;
      let sum = 0;
      for (let i = 0; i < length; i++) {
        const value = x[at];
        z[at] = exclusive ? sum : sum + value;
        sum += value;
        at += step;
      }
    }
  }
}

/** Order of two numbers with NaN after every other. */
function ascending(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function argSort(x: TypedArray, z: TypedArray, lines: Lines, descending: boolean): void {
  const { outer, length, inner } = lines;
  const order = Array.from({ length }, (_, i) => i);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const base = o * length * inner + j;
      const compare = (a: number, b: number) =>
        descending
          ? ascending(x[base + b * inner], x[base + a * inner]) || a - b
          : ascending(x[base + a * inner], x[base + b * inner]) || a - b;
      order.sort(compare);
      for (let i = 0; i < length; i++) z[base + i * inner] = order[i];
    }
  }
}

function along(
  output: Value,
  input: Value,
  axis: number,
  loop: (x: TypedArray, z: TypedArray, lines: Lines) => void,
): Step {
  if (sizeOfValue(output) === 0) return () => {};
  const lines = linesOf(input.shape, axis);
  const [x, z] = [input.cell, output.cell];
  return () => loop(x.data, z.data, lines);
}

const exponentialOf = ({ dtype }: Value): Exponential =>
  dtype === 'float32' ? expFloat32 : Math.exp;

export const axisKernels = {
  argMax: {
    prepare: (output, [input], { axis }) =>
      along(output, input, axis, (x, z, lines) => argument(x, z, lines, 1)),
  } as KernelOf<'argMax'>,
  argMin: {
    prepare: (output, [input], { axis }) =>
      along(output, input, axis, (x, z, lines) => argument(x, z, lines, -1)),
  } as KernelOf<'argMin'>,
  cumSum: {
    prepare: (output, [input], { axis, exclusive, reverse }) =>
      along(output, input, axis, (x, z, lines) => cumSum(x, z, lines, exclusive, reverse)),
    inPlace: 'every input',
  } as KernelOf<'cumSum'>,
  argSort: {
    prepare: (output, [input], { axis, descending }) =>
      along(output, input, axis, (x, z, lines) => argSort(x, z, lines, descending)),
  } as KernelOf<'argSort'>,
  softmax: {
    prepare: (output, [input], { axis }) =>
      along(output, input, axis, (x, z, lines) => softmax(x, z, lines, exponentialOf(input))),
    inPlace: 'every input',
  } as KernelOf<'softmax'>,
  logSoftmax: {
    prepare: (output, [input], { axis }) =>
      along(output, input, axis, (x, z, lines) => logSoftmax(x, z, lines, exponentialOf(input))),
    inPlace: 'every input',
  } as KernelOf<'logSoftmax'>,
};
