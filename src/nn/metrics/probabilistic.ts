import type { Tensor } from '../../tensor/tensor.ts';
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  type IgnoringOptions,
  type SmoothingOptions,
  sparseCategoricalCrossentropy,
} from '../losses/crossentropy.ts';
import { klDivergence, poisson } from '../losses/divergence.ts';
import { meanOf } from './function-metric.ts';
import { MeanOfFunction, type MetricOptions } from './metric.ts';

/** Distances between distributions, as means over samples. */

/** `sum(y log(y / p))`. */
export const KLDivergence = meanOf('KLDivergence', 'kl_divergence', klDivergence);

/** `mean(p - y log p)`. */
export const Poisson = meanOf('Poisson', 'poisson', poisson);

export type BinaryCrossentropyOptions = MetricOptions & Omit<SmoothingOptions, 'axis'>;
export type CategoricalCrossentropyOptions = MetricOptions & SmoothingOptions;
export type SparseCategoricalCrossentropyOptions = MetricOptions & IgnoringOptions;

/** The binary cross entropy. */
export class BinaryCrossentropy extends MeanOfFunction {
  static override readonly className = 'BinaryCrossentropy';
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;

  constructor(options: BinaryCrossentropyOptions = {}) {
    super({ ...options, name: options.name ?? 'binary_crossentropy' });
    this.fromLogits = options.fromLogits ?? false;
    this.labelSmoothing = options.labelSmoothing ?? 0;
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    const { fromLogits, labelSmoothing } = this;
    return binaryCrossentropy(yTrue, yPred, { fromLogits, labelSmoothing });
  }

  override getConfig() {
    const { fromLogits, labelSmoothing } = this;
    return { ...super.getConfig(), fromLogits, labelSmoothing };
  }
}

/** The cross entropy of classes; labels are one-hot. */
export class CategoricalCrossentropy extends MeanOfFunction {
  static override readonly className = 'CategoricalCrossentropy';
  readonly options: Required<SmoothingOptions>;

  constructor(options: CategoricalCrossentropyOptions = {}) {
    super({ ...options, name: options.name ?? 'categorical_crossentropy' });
    const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
    this.options = { fromLogits, labelSmoothing, axis };
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalCrossentropy(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}

/** The cross entropy of classes; labels are class numbers. */
export class SparseCategoricalCrossentropy extends MeanOfFunction {
  static override readonly className = 'SparseCategoricalCrossentropy';
  readonly options: Required<IgnoringOptions>;

  constructor(options: SparseCategoricalCrossentropyOptions = {}) {
    super({ ...options, name: options.name ?? 'sparse_categorical_crossentropy' });
    const { fromLogits = false, ignoreClass = null, axis = -1 } = options;
    this.options = { fromLogits, ignoreClass, axis };
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return sparseCategoricalCrossentropy(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}
