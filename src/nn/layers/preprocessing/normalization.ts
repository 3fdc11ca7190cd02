import { fail } from '../../../graph/errors.ts';
import type { NDArray } from '../../../graph/ndarray.ts';
import { normalizeAxis, sizeOf } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import { type NestedArray, type Tensor, tensor, toArray } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { eachBatch, type NumberData } from './numbers.ts';

export interface NormalizationOptions extends LayerOptions {
  /** The axes that have a mean and variance for each position; -1 by default, null for none. */
  readonly axis?: number | readonly number[] | null;
  /** Known mean and variance; otherwise `adapt` finds them. */
  readonly mean?: NestedArray | null;
  readonly variance?: NestedArray | null;
  /** Undoes the normalization instead. */
  readonly invert?: boolean;
}

/** Keras's smallest standard deviation. */
const SMALLEST = 1e-7;

/**
 * Features with mean 0 and variance 1: `(x - mean) / sqrt(variance)`, with the statistics of the data
 * that the layer was adapted to: `await layer.adapt(data)`.
 */
export class Normalization extends Layer {
  static readonly className = 'Normalization';
  readonly axis: readonly number[];
  readonly inputMean: NestedArray | null;
  readonly inputVariance: NestedArray | null;
  readonly invert: boolean;
  mean: Variable | undefined;
  variance: Variable | undefined;
  /** Kept for Keras's files; nothing counts it. */
  count: Variable | undefined;
  /** Kept axes in order, counted from the front. */
  #kept: number[] = [];
  /** Sizes of the kept axes, and 1 for the others. */
  #spread: number[] = [];

  constructor(options: NormalizationOptions = {}) {
    super(options);
    const { axis = -1 } = options;
    this.axis = axis === null ? [] : typeof axis === 'number' ? [axis] : [...axis];
    this.inputMean = options.mean ?? null;
    this.inputVariance = options.variance ?? null;
    this.invert = options.invert ?? false;
    this.supportsMasking = true;
    if ((this.inputMean === null) !== (this.inputVariance === null)) {
      fail('normalization', 'mean and variance belong together; set both or neither');
    }
  }

  override build(inputShape: TensorShape): void {
    const kept = this.axis.map((a) => normalizeAxis('normalization', a, inputShape.length));
    this.#kept = [...kept].sort((a, b) => a - b);
    this.#spread = inputShape.map((d, i) => {
      if (!this.#kept.includes(i)) return 1;
      if (typeof d === 'number') return d;
      return fail(
        'normalization',
        `axis ${i} of the input [${inputShape.map(String).join(', ')}] has no known size, so its positions cannot have statistics of their own`,
      );
    });
    if (this.inputMean !== null) return;
    const shape = this.#kept.map((a) => this.#spread[a]);
    const weight = (name: string, initializer: 'zeros' | 'ones') =>
      this.addWeight({ name, shape, initializer, trainable: false });
    this.mean = weight('mean', 'zeros');
    this.variance = weight('variance', 'ones');
    this.count = this.addWeight({
      name: 'count',
      shape: [],
      initializer: 'zeros',
      dtype: 'int32',
      trainable: false,
    });
  }

  /**
   * Takes mean and variance (biased) from the data: a tensor, an array, or an iterable of batches. The
   * first axis is the samples'.
   */
  async adapt(data: NumberData): Promise<void> {
    if (this.inputMean !== null) {
      fail('normalization', 'the layer was given its mean and variance; leave them out to adapt');
    }
    let moments: Moments | undefined;
    await eachBatch('normalization', data, (batch) => {
      if (!this.built) {
        this.build([null, ...batch.shape.slice(1)]);
        this.buildShape = [null, ...batch.shape.slice(1)];
        this.built = true;
      }
      moments ??= new Moments(this.#kept, this.#spread);
      moments.add(batch);
    });
    const { mean, variance } = moments!;
    this.mean!.assign(mean);
    this.variance!.assign(variance);
  }

  /** A statistic that stretches over the input. */
  #along(known: NestedArray | null, variable: Variable | undefined): Tensor {
    if (known === null) return ops.reshape(variable!.value, this.#spread);
    const array = toArray(known, this.dtype);
    // Its axes are the last ones of the kept axes.
    const shape = this.#spread.map(() => 1);
    const first = this.#kept.length - array.shape.length;
    if (first < 0) {
      fail(
        'normalization',
        `mean has ${array.shape.length} axes; expected at most ${this.#kept.length}, as axis says`,
      );
    }
    array.shape.forEach((d, i) => {
      shape[this.#kept[first + i]] = d;
    });
    return tensor(array.data, shape, this.dtype);
  }

  call(x: Tensor): Tensor {
    const values = ops.cast(x, this.dtype);
    const mean = this.#along(this.inputMean, this.mean);
    const variance = this.#along(this.inputVariance, this.variance);
    const deviation = ops.maximum(variance.sqrt(), SMALLEST);
    return this.invert ? mean.add(values.mul(deviation)) : values.sub(mean).div(deviation);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      axis: this.axis,
      invert: this.invert,
      mean: this.inputMean,
      variance: this.inputVariance,
    };
  }
}

/** Mean and variance of batches, joined without a second pass (Chan et al. 1979). */
class Moments {
  readonly mean: Float64Array;
  readonly #squares: Float64Array;
  readonly #kept: readonly number[];
  readonly #spread: readonly number[];
  #count = 0;

  constructor(kept: readonly number[], spread: readonly number[]) {
    this.#kept = kept;
    this.#spread = spread;
    const size = sizeOf(spread);
    this.mean = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  get variance(): Float64Array {
    return this.#squares.map((s) => s / this.#count);
  }

  add({ data, shape }: NDArray): void {
    if (
      shape.length !== this.#spread.length ||
      this.#kept.some((a) => shape[a] !== this.#spread[a])
    ) {
      fail(
        'normalization',
        `received data of the shape [${shape.join(', ')}]; the layer was built for [${this.#spread.map((d, i) => (this.#kept.includes(i) ? d : 'any')).join(', ')}]`,
      );
    }
    const cells = cellsOf(shape, this.#spread);
    const size = this.mean.length;
    const count = data.length / size;
    const mean = new Float64Array(size);
    for (let i = 0; i < data.length; i++) mean[cells[i]] += data[i] / count;
    const squares = new Float64Array(size);
    for (let i = 0; i < data.length; i++) squares[cells[i]] += (data[i] - mean[cells[i]]) ** 2;
    const total = this.#count + count;
    for (let c = 0; c < size; c++) {
      const distance = mean[c] - this.mean[c];
      this.mean[c] += (distance * count) / total;
      this.#squares[c] += squares[c] + (distance ** 2 * this.#count * count) / total;
    }
    this.#count = total;
  }
}

/** For each element of an array in row-major order, the statistic that it counts for. */
function cellsOf(shape: readonly number[], spread: readonly number[]): Int32Array {
  let cells = Int32Array.of(0);
  for (const [axis, size] of shape.entries()) {
    const next = new Int32Array(cells.length * size);
    for (let i = 0; i < next.length; i++) {
      const cell = cells[Math.floor(i / size)];
      next[i] = spread[axis] === 1 ? cell : cell * size + (i % size);
    }
    cells = next;
  }
  return cells;
}
