import type { DType } from '../../graph/dtype.ts';
import { allocate } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { pad } from './padding.ts';
import { matmul } from './product.ts';
import { floatOf, floatsOf } from './shared.ts';

/**
 * Discrete Fourier transforms, by multiplication with the matrix of waves: exact, and quick for some
 * thousand points. A complex array is a pair of its real and its imaginary part.
 */

/** Real and imaginary part. */
export type ComplexPair = readonly [Operand, Operand];

/** `cos` and `sin` of `2 pi j k / points` for j below `rows`, k below `columns`. */
function waves(points: number, rows: number, columns: number, dtype: DType): [Node, Node] {
  const [cos, sin] = [allocate(dtype, rows * columns), allocate(dtype, rows * columns)];
  for (let j = 0; j < rows; j++) {
    for (let k = 0; k < columns; k++) {
      // The phase within one turn, so that long transforms lose no digits.
      const phase = (2 * Math.PI * ((j * k) % points)) / points;
      cos[j * columns + k] = Math.cos(phase);
      sin[j * columns + k] = Math.sin(phase);
    }
  }
  return [build.literal(cos, [rows, columns], dtype), build.literal(sin, [rows, columns], dtype)];
}

/** The last axis cut or filled up with zeros to a length. */
function fitted(x: Node, length: number): Node {
  const size = x.shape.at(-1)!;
  if (size >= length) return build.sliceAxis(x, -1, 0, length);
  const none = x.shape.map(() => 0);
  return build.pad(x, none, none.with(-1, length - size));
}

function pairOf(operation: string, x: ComplexPair): [Node, Node] {
  if (!Array.isArray(x) || x.length !== 2) {
    fail(operation, 'expected a pair [real, imaginary] of arrays of one shape');
  }
  const [re, im] = floatsOf(x[0], x[1]);
  if (re.shape.length === 0 || formatShape(re.shape) !== formatShape(im.shape)) {
    fail(
      operation,
      `received ${formatShape(re.shape)} and ${formatShape(im.shape)}; expected two arrays of one shape`,
    );
  }
  return [re, im];
}

/** Sum over the last axis with `exp(direction i 2 pi j k / n)`. */
function transform([re, im]: readonly [Node, Node], direction: 1 | -1): [Node, Node] {
  const n = re.shape.at(-1)!;
  const [cos, sin] = waves(n, n, n, re.dtype);
  const turned = direction > 0 ? sin : build.neg(sin);
  return [
    build.sub(matmul(re, cos), matmul(im, turned)),
    build.add(matmul(re, turned), matmul(im, cos)),
  ];
}

/** The discrete Fourier transform over the last axis. */
export function fft(x: ComplexPair): [Node, Node] {
  return transform(pairOf('fft', x), -1);
}

const swapped = ([re, im]: readonly [Node, Node]): [Node, Node] => {
  const order = re.shape.map((_, i) => i);
  [order[order.length - 2], order[order.length - 1]] = [order.length - 1, order.length - 2];
  return [build.transpose(re, order), build.transpose(im, order)];
};

function transform2(operation: string, x: ComplexPair, direction: 1 | -1): [Node, Node] {
  const pair = pairOf(operation, x);
  if (pair[0].shape.length < 2) {
    fail(operation, `received ${formatShape(pair[0].shape)}; expected two axes or more`);
  }
  return swapped(transform(swapped(transform(pair, direction)), direction));
}

/** The discrete Fourier transform over the last two axes. */
export function fft2(x: ComplexPair): [Node, Node] {
  return transform2('fft2', x, -1);
}

/** What {@link fft2} undoes. */
export function ifft2(x: ComplexPair): [Node, Node] {
  const [re, im] = transform2('ifft2', x, 1);
  const points = re.shape.at(-1)! * re.shape.at(-2)!;
  return [build.div(re, points), build.div(im, points)];
}

/** The first `n / 2 + 1` values of the transform of a real array; `fftLength` cuts it or fills it up. */
export function rfft(x: Operand, fftLength: number | null = null): [Node, Node] {
  const node = floatOf(x);
  const length = fftLength ?? node.shape.at(-1);
  if (length === undefined || !(Number.isInteger(length) && length >= 1)) {
    fail(
      'rfft',
      `received ${formatShape(node.shape)} and a length of ${fftLength}; expected points`,
    );
  }
  const values = fitted(node, length);
  const [cos, sin] = waves(length, length, Math.floor(length / 2) + 1, node.dtype);
  return [matmul(values, cos), build.neg(matmul(values, sin))];
}

/** The real array of `fftLength` points (by default an even number) that {@link rfft} came from. */
export function irfft(x: ComplexPair, fftLength: number | null = null): Node {
  const [re, im] = pairOf('irfft', x);
  const length = fftLength ?? 2 * (re.shape.at(-1)! - 1);
  if (!(Number.isInteger(length) && length >= 1)) {
    fail('irfft', `the length is ${length}; expected a whole number of 1 or more`);
  }
  const bins = Math.floor(length / 2) + 1;
  const [cos, sin] = waves(length, bins, length, re.dtype);
  // All frequencies but 0 and, of an even number, the highest stand for two that mirror each other.
  const weights = allocate(re.dtype, bins).fill(2);
  weights[0] = 1;
  if (length % 2 === 0) weights[bins - 1] = 1;
  const scale = build.div(build.literal(weights, [bins], re.dtype), length);
  return build.sub(
    matmul(build.mul(fitted(re, bins), scale), cos),
    matmul(build.mul(fitted(im, bins), scale), sin),
  );
}

/** Sequences of `length` values that begin `stride` apart: [..., n] gives [..., sequences, length]. */
export function extractSequences(x: Operand, length: number, stride: number): Node {
  const node = build.toNode(x);
  const size = node.shape.at(-1) ?? 0;
  const whole = [length, stride].every((n) => Number.isInteger(n) && n >= 1);
  if (!whole || size < length) {
    fail(
      'extractSequences',
      `received ${formatShape(node.shape)}, sequences of ${length} and a stride of ${stride}; expected whole numbers, and sequences no longer than the last axis`,
    );
  }
  const count = 1 + Math.floor((size - length) / stride);
  const starts = build.mul(build.iota([count, length], 0), stride);
  const positions = build.add(starts, build.iota([count, length], 1));
  const flat = build.reshape(positions, [count * length]);
  const taken = build.gather(node, flat, node.shape.length - 1);
  return build.reshape(taken, [...node.shape.slice(0, -1), count, length]);
}

export interface StftOptions {
  /** The values of the window, its name (periodic), or null for none; 'hann' by default. */
  readonly window?: 'hann' | 'hamming' | readonly number[] | null;
  /** Whether sequences are centred on their times, with the ends mirrored; true by default. */
  readonly center?: boolean;
}

/** The window in the middle of `points`. */
function windowOf(
  operation: string,
  window: StftOptions['window'],
  length: number,
  points: number,
): Float64Array {
  if (![length, points].every((n) => Number.isInteger(n) && n >= 1) || length > points) {
    fail(
      operation,
      `sequences of ${length} are transformed with ${points} points; expected whole numbers, and no fewer points`,
    );
  }
  const values = new Float64Array(points);
  if (window === null) return values.fill(1);
  const before = Math.floor((points - length) / 2);
  const wave = (a: number) => (n: number) => a - (1 - a) * Math.cos((2 * Math.PI * n) / length);
  const of = window === 'hann' ? wave(0.5) : window === 'hamming' ? wave(0.54) : undefined;
  const given = of ? Array.from({ length }, (_, n) => of(n)) : window;
  if (!Array.isArray(given) || given.length !== length) {
    fail(
      operation,
      `window is ${String(window)}; expected 'hann', 'hamming', null or ${length} values`,
    );
  }
  values.set(given, before);
  return values;
}

/**
 * The short-time Fourier transform: sequences of `sequenceLength` values, `sequenceStride` apart, times a
 * window, each transformed with `fftLength` points. [..., n] gives [..., sequences, fftLength / 2 + 1].
 */
export function stft(
  x: Operand,
  sequenceLength: number,
  sequenceStride: number,
  fftLength: number,
  { window = 'hann', center = true }: StftOptions = {},
): [Node, Node] {
  const node = floatOf(x);
  const weights = windowOf('stft', window, sequenceLength, fftLength);
  const half = Math.floor(fftLength / 2);
  const ends = node.shape.map((_, i): [number, number] =>
    i === node.shape.length - 1 ? [half, half] : [0, 0],
  );
  const values = center ? pad(node, ends, 'reflect') : node;
  const sequences = extractSequences(values, fftLength, sequenceStride);
  return rfft(build.mul(sequences, build.literal(weights, [fftLength], node.dtype)));
}

/** The array that {@link stft} came from: overlapping sequences are added, and divided by their windows. */
export function istft(
  x: ComplexPair,
  sequenceLength: number,
  sequenceStride: number,
  fftLength: number,
  {
    length = null,
    window = 'hann',
    center = true,
  }: StftOptions & { readonly length?: number | null } = {},
): Node {
  const weights = windowOf('istft', window, sequenceLength, fftLength);
  const sequences = irfft(x, fftLength);
  const lead = sequences.shape.slice(0, -2);
  const count = sequences.shape.at(-2);
  if (count === undefined || count < 1) {
    fail('istft', `received ${formatShape(sequences.shape)}; expected [..., sequences, bins]`);
  }
  const total = (count - 1) * sequenceStride + fftLength;
  const { dtype } = sequences;
  const sum = allocate(dtype, total);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < fftLength; i++) sum[k * sequenceStride + i] += weights[i] ** 2;
  }
  // Where every window is zero nothing is known of the value.
  const shares = sum.map((v) => (v > 1e-11 ? 1 / v : 0));
  const weighted = build.mul(sequences, build.literal(weights, [fftLength], dtype));
  const flat = build.reshape(weighted, [...lead, count * fftLength]);
  const starts = build.mul(build.iota([count, fftLength], 0), sequenceStride);
  const places = build.add(starts, build.iota([count, fftLength], 1));
  const zeros = build.filled([...lead, total], 0, dtype);
  const added = build.scatterAdd(
    zeros,
    build.reshape(places, [count * fftLength]),
    flat,
    lead.length,
  );
  const all = build.mul(added, build.literal(shares, [total], dtype));
  const from = center ? Math.floor(fftLength / 2) : 0;
  const until = length === null ? (center ? total - from : total) : from + length;
  return fitted(build.sliceAxis(all, -1, from, Math.min(until, total)), until - from);
}
