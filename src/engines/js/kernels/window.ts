import { fail } from '../../../graph/errors.ts';
import type { Shape } from '../../../graph/shape.ts';

/**
 * A window that slides over one, two or three spatial axes, as numbers for three: missing axes are put
 * in front with size 1, so that convolution and pooling are written once.
 */
export interface Sliding {
  readonly input: readonly [number, number, number];
  readonly output: readonly [number, number, number];
  readonly window: readonly [number, number, number];
  readonly strides: readonly [number, number, number];
  readonly dilations: readonly [number, number, number];
  /** Padding before the first element of each axis. */
  readonly before: readonly [number, number, number];
  readonly inputSize: number;
  readonly outputSize: number;
  readonly windowSize: number;
}

interface SlidingAttributes {
  readonly strides: readonly number[];
  readonly dilations?: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
}

type Triple = [number, number, number];

export function slidingOf(
  operation: string,
  input: Shape,
  output: Shape,
  window: Shape,
  attributes: SlidingAttributes,
): Sliding {
  const rank = window.length;
  if (rank > 3) {
    fail(operation, `received ${rank} spatial axes; the js engine slides over at most 3`);
  }
  const triple = (values: readonly number[], missing: number) =>
    [...new Array<number>(3 - rank).fill(missing), ...values] as Triple;
  const product = (t: Triple) => t[0] * t[1] * t[2];
  const sizes = { input: triple(input, 1), output: triple(output, 1), window: triple(window, 1) };
  return {
    ...sizes,
    strides: triple(attributes.strides, 1),
    dilations: triple(attributes.dilations ?? attributes.strides.map(() => 1), 1),
    before: triple(
      attributes.padding.map((p) => p[0]),
      0,
    ),
    inputSize: product(sizes.input),
    outputSize: product(sizes.output),
    windowSize: product(sizes.window),
  };
}

/** The first window position of one axis whose element `tap` (dilated) is not in the padding before. */
export function firstInside(before: number, tap: number, stride: number): number {
  return Math.max(0, Math.ceil((before - tap) / stride));
}

/** One past the last window position of one axis whose element `tap` (dilated) is not in the padding after. */
export function endInside(
  size: number,
  before: number,
  tap: number,
  stride: number,
  positions: number,
): number {
  return Math.max(0, Math.min(positions, Math.floor((size - 1 + before - tap) / stride) + 1));
}
