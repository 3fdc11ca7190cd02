import { normalizeAxis } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { Layer, type LayerOptions, type TensorShape } from '../layer.ts';
import { AffineNormalization, type AffineOptions, axisSize } from './affine.ts';

/** Normalizations of each sample by itself, along its features. */

export interface LayerNormalizationOptions extends AffineOptions {
  /** The axis or axes of the features, which gamma and beta span. */
  readonly axis?: number | readonly number[];
  /** Keras's former way to leave out the mean: `gamma x / sqrt(variance + epsilon)`. */
  readonly rmsScaling?: boolean;
}

/** Brings the features of each sample to mean 0 and variance 1, then scales and shifts (Ba et al. 2016). */
export class LayerNormalization extends AffineNormalization {
  static readonly className = 'LayerNormalization';
  readonly axis: readonly number[];
  readonly rmsScaling: boolean;

  constructor(options: LayerNormalizationOptions = {}) {
    super(options);
    this.axis = [options.axis ?? -1].flat();
    this.rmsScaling = options.rmsScaling ?? false;
  }

  override build(inputShape: TensorShape): void {
    const axes = sortedAxes('layerNormalization', this.axis, inputShape.length);
    const shape = axes.map((axis) => axisSize(this, inputShape, axis));
    if (this.scale || this.rmsScaling) this.addGamma(shape);
    if (this.center && !this.rmsScaling) this.addBeta(shape);
  }

  call(x: Tensor): Tensor {
    const { gamma, beta } = this.affine;
    if (!this.rmsScaling) return ops.layerNormalization(x, gamma, beta, this.axis, this.epsilon);
    const axes = sortedAxes('layerNormalization', this.axis, x.rank);
    const factor = ops.rsqrt(ops.var(x, axes, true).add(this.epsilon));
    const kept = x.node.shape.map((d, i) => (axes.includes(i) ? d : 1));
    return x.mul(factor).mul(ops.reshape(gamma!, kept));
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis, rmsScaling: this.rmsScaling };
  }
}

function sortedAxes(operation: string, axis: readonly number[], rank: number): number[] {
  return axis.map((a) => normalizeAxis(operation, a, rank)).sort((a, b) => a - b);
}

export interface RMSNormalizationOptions extends LayerOptions {
  readonly axis?: number | readonly number[];
  readonly epsilon?: number;
}

/** Divides by the root mean square along the axes and scales (Zhang and Sennrich 2019). */
export class RMSNormalization extends Layer {
  static readonly className = 'RMSNormalization';
  readonly axis: number | readonly number[];
  readonly epsilon: number;
  scale!: Variable;

  constructor(options: RMSNormalizationOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.epsilon = options.epsilon ?? 1e-6;
    this.supportsMasking = true;
  }

  override build(inputShape: TensorShape): void {
    const axes = sortedAxes('rmsNormalization', [this.axis].flat(), inputShape.length);
    const shape = axes.map((axis) => axisSize(this, inputShape, axis));
    this.scale = this.addWeight({ name: 'scale', shape, initializer: 'ones' });
  }

  call(x: Tensor): Tensor {
    return ops.rmsNormalization(x, this.scale.value, this.axis, this.epsilon);
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis, epsilon: this.epsilon };
  }
}

export interface UnitNormalizationOptions extends LayerOptions {
  readonly axis?: number | readonly number[];
}

/** Brings vectors along the axis, or axes together, to length 1; those of nothing but zeros stay. */
export class UnitNormalization extends Layer {
  static readonly className = 'UnitNormalization';
  readonly axis: number | readonly number[];

  constructor(options: UnitNormalizationOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.supportsMasking = true;
    this.built = true;
  }

  call(x: Tensor): Tensor {
    return ops.normalize(x, this.axis, 2, 1e-6);
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis };
  }
}
