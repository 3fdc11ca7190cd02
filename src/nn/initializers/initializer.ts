import type { DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import type { NumberArray } from '../../graph/number-array.ts';
import { normalizeAxis, sameShape } from '../../graph/shape.ts';
import { isTensor, type NestedArray, toArray } from '../../tensor/tensor.ts';
import { describeValue } from '../options.ts';
import {
  type Configurable,
  registries,
  type SerializedObject,
  serializeFunction,
} from '../registry.ts';

/** Makes the first values of a weight. Runs once, on the host. */
export abstract class Initializer implements Configurable {
  /** Values for a weight of a shape. */
  abstract initialize(shape: readonly number[], dtype: DType): NDArray;
  abstract getConfig(): Record<string, unknown>;
}

/**
 * First values of your own: numbers in the shape of the weight, nested or in a row. They are made on the
 * host, so a tensor will not do.
 */
export type InitializerFunction = (
  shape: readonly number[],
  dtype: DType,
) => NestedArray | NumberArray | NDArray;

/** A function as an initializer. */
export class FunctionInitializer extends Initializer {
  readonly fn: InitializerFunction;

  constructor(fn: InitializerFunction) {
    super();
    this.fn = fn;
  }

  initialize(shape: readonly number[], dtype: DType): NDArray {
    const given: unknown = this.fn(shape, dtype);
    const what = `the initializer '${this.fn.name || 'function'}'`;
    if (isTensor(given) || given instanceof Promise || given === undefined || given === null) {
      return fail(what, `returned ${describeValue(given)}; expected an array of numbers`);
    }
    const { data, shape: own } = toArray(given as NestedArray, dtype);
    const size = shape.reduce((n, d) => n * d, 1);
    if (data.length !== size || (own.length > 1 && !sameShape(own, shape))) {
      fail(what, `returned the shape [${own.join(', ')}]; expected [${shape.join(', ')}]`);
    }
    return { data, shape: [...shape], dtype };
  }

  getConfig() {
    return {};
  }

  get serialized(): SerializedObject {
    return serializeFunction(registries.initializers.nameOf(this.fn));
  }
}

/** Which axes of a weight are counted; both lists, or neither. */
export interface FanAxes {
  /** The axes whose sizes make the number of inputs of a unit; told from the shape by default. */
  readonly inputAxes?: readonly number[] | null;
  /** The axes whose sizes make the number of units. */
  readonly outputAxes?: readonly number[] | null;
}

/**
 * How many inputs feed a unit and how many outputs it feeds, as Keras counts them: a matrix is (in, out);
 * a convolution kernel [...window, in, out] multiplies both by the window's size; a vector counts itself.
 */
export function computeFans(
  shape: readonly number[],
  { inputAxes, outputAxes }: FanAxes = {},
): { fanIn: number; fanOut: number } {
  if (inputAxes && outputAxes) {
    const product = (axes: readonly number[]) =>
      axes.reduce((n, a) => n * shape[normalizeAxis('computeFans', a, shape.length)], 1);
    return { fanIn: product(inputAxes), fanOut: product(outputAxes) };
  }
  if (shape.length === 0) return { fanIn: 1, fanOut: 1 };
  if (shape.length === 1) return { fanIn: shape[0], fanOut: shape[0] };
  const field = shape.slice(0, -2).reduce((p, d) => p * d, 1);
  return { fanIn: shape.at(-2)! * field, fanOut: shape.at(-1)! * field };
}
