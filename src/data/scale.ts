/**
 * Bringing features to a common scale. A scaler learns from the training data (`fit`) and treats every
 * later row alike (`transform`). A feature is one element of a row, whatever the shape of rows. Missing
 * values (NaN) are left out of the statistics and stay missing.
 */

import { allocate } from '../graph/dtype.ts';
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type ArrayInput, asNDArray, rowSize } from './array.ts';

abstract class Scaler {
  /** Features in a row; 0 before `fit`. */
  protected abstract readonly width: number;

  /** Learns the scale from the rows of `x`. Returns this scaler. */
  abstract fit(x: ArrayInput): this;
  /** @internal */
  protected abstract scaleValue(value: number, feature: number): number;
  /** @internal */
  protected abstract unscaleValue(value: number, feature: number): number;

  /** `x` scaled: float64 for float64 and float32 for every other type. */
  transform(x: ArrayInput): NDArray {
    return this.#apply('transform', x, (value, feature) => this.scaleValue(value, feature));
  }

  /** What `transform` was given, from what it returned, up to rounding. */
  inverseTransform(x: ArrayInput): NDArray {
    return this.#apply('inverseTransform', x, (value, feature) =>
      this.unscaleValue(value, feature),
    );
  }

  /** Learns the scale from the rows of `x` and returns them scaled. */
  fitTransform(x: ArrayInput): NDArray {
    return this.fit(x).transform(x);
  }

  #apply(
    operation: string,
    x: ArrayInput,
    change: (value: number, feature: number) => number,
  ): NDArray {
    const name = `${this.constructor.name}.${operation}`;
    const array = asNDArray(x, 'float32', name);
    const width = rowSize(array);
    if (this.width === 0) throw new NablaError(`${name}: nothing learned yet; call fit first`);
    if (width !== this.width) {
      throw new NablaError(
        `${name}: rows of shape [${array.shape.slice(1).join(', ')}] have ${width} features, fit saw ${this.width}`,
      );
    }
    const dtype = array.dtype === 'float64' ? 'float64' : 'float32';
    const data = allocate(dtype, array.data.length);
    for (let i = 0, feature = 0; i < data.length; i++) {
      data[i] = change(array.data[i], feature);
      if (++feature === width) feature = 0;
    }
    return { data, shape: array.shape, dtype };
  }
}

/** Subtracts each feature's mean and divides by its standard deviation (of the population, not the sample). */
export class StandardScaler extends Scaler {
  /** Means of the features. */
  mean: Float64Array = new Float64Array();
  /** Standard deviations; 1 for a feature that is constant. */
  scale: Float64Array = new Float64Array();

  protected get width(): number {
    return this.mean.length;
  }

  fit(x: ArrayInput): this {
    const columns = featureColumns('StandardScaler.fit', x);
    this.mean = new Float64Array(columns.width);
    this.scale = new Float64Array(columns.width);
    for (let c = 0; c < columns.width; c++) {
      let count = 0;
      let sum = 0;
      columns.each(c, (value) => {
        count++;
        sum += value;
      });
      const mean = sum / count;
      let squares = 0;
      columns.each(c, (value) => {
        squares += (value - mean) ** 2;
      });
      const variance = squares / count;
      // Rounding alone gives a constant feature this much variance.
      const noise = count * Number.EPSILON * variance + (count * mean * Number.EPSILON) ** 2;
      this.mean[c] = mean;
      this.scale[c] = variance <= noise ? 1 : Math.sqrt(variance);
    }
    return this;
  }

  protected scaleValue(value: number, feature: number): number {
    return (value - this.mean[feature]) / this.scale[feature];
  }

  protected unscaleValue(value: number, feature: number): number {
    return value * this.scale[feature] + this.mean[feature];
  }
}

export interface MinMaxScalerOptions {
  /** What the smallest and the largest value of the training data become; [0, 1] by default. */
  range?: readonly [number, number];
  /** True keeps later values inside the range; false by default. */
  clip?: boolean;
}

/** Moves each feature linearly to a range; a constant feature goes to the range's lower end. */
export class MinMaxScaler extends Scaler {
  /** Smallest value of each feature. */
  min: Float64Array = new Float64Array();
  /** Largest value of each feature. */
  max: Float64Array = new Float64Array();
  readonly #low: number;
  readonly #high: number;
  readonly #clip: boolean;

  constructor({ range = [0, 1], clip = false }: MinMaxScalerOptions = {}) {
    super();
    [this.#low, this.#high] = range;
    if (!(this.#low < this.#high)) {
      throw new NablaError(
        `MinMaxScaler: range is [${range.join(', ')}], expected the lower end first, then a higher one`,
      );
    }
    this.#clip = clip;
  }

  protected get width(): number {
    return this.min.length;
  }

  fit(x: ArrayInput): this {
    const columns = featureColumns('MinMaxScaler.fit', x);
    this.min = new Float64Array(columns.width).fill(Number.POSITIVE_INFINITY);
    this.max = new Float64Array(columns.width).fill(Number.NEGATIVE_INFINITY);
    for (let c = 0; c < columns.width; c++) {
      columns.each(c, (value) => {
        if (value < this.min[c]) this.min[c] = value;
        if (value > this.max[c]) this.max[c] = value;
      });
    }
    return this;
  }

  #span(feature: number): number {
    return this.max[feature] - this.min[feature] || 1;
  }

  protected scaleValue(value: number, feature: number): number {
    const unit = (value - this.min[feature]) / this.#span(feature);
    const scaled = this.#low + unit * (this.#high - this.#low);
    return this.#clip ? Math.min(Math.max(scaled, this.#low), this.#high) : scaled;
  }

  protected unscaleValue(value: number, feature: number): number {
    const unit = (value - this.#low) / (this.#high - this.#low);
    return this.min[feature] + unit * this.#span(feature);
  }
}

/**
 * `x` with each feature at mean 0 and standard deviation 1, and the scaler for later rows:
 * `const { values, scaler } = standardize(train); const held = scaler.transform(test)`.
 */
export function standardize(x: ArrayInput): { values: NDArray; scaler: StandardScaler } {
  const scaler = new StandardScaler();
  return { values: scaler.fitTransform(x), scaler };
}

interface FeatureColumns {
  width: number;
  /** Calls `visit` with every value of one feature that is not missing. */
  each(feature: number, visit: (value: number) => void): void;
}

function featureColumns(operation: string, x: ArrayInput): FeatureColumns {
  const { data, shape } = asNDArray(x, 'float64', operation);
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  if (data.length === 0) {
    throw new NablaError(
      `${operation}: received the shape [${shape.join(', ')}], expected at least one row`,
    );
  }
  for (let c = 0; c < width; c++) {
    let present = false;
    for (let i = c; i < data.length && !present; i += width) present = !Number.isNaN(data[i]);
    if (!present) {
      throw new NablaError(`${operation}: feature ${c} has no value that is not NaN; leave it out`);
    }
  }
  return {
    width,
    each(feature, visit) {
      for (let i = feature; i < data.length; i += width) {
        if (!Number.isNaN(data[i])) visit(data[i]);
      }
    },
  };
}
