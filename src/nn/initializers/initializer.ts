import type { DType } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import type { Configurable } from '../registry.ts';

/** Makes the first values of a weight. Runs once, on the host. */
export abstract class Initializer implements Configurable {
  abstract initialize(shape: readonly number[], dtype: DType): NDArray;
  abstract getConfig(): Record<string, unknown>;
}

/**
 * How many inputs feed a unit and how many outputs it feeds, as Keras counts them: a matrix is (in, out);
 * a convolution kernel [...window, in, out] multiplies both by the window's size; a vector counts itself.
 */
export function computeFans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length === 0) return { fanIn: 1, fanOut: 1 };
  if (shape.length === 1) return { fanIn: shape[0], fanOut: shape[0] };
  const field = shape.slice(0, -2).reduce((p, d) => p * d, 1);
  return { fanIn: shape.at(-2)! * field, fanOut: shape.at(-1)! * field };
}
