import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { type Constraint, type ConstraintSpec, constraints } from '../constraints.ts';
import { type InitializerSpec, initializers } from '../initializers/index.ts';
import type { Initializer } from '../initializers/initializer.ts';
import { type Regularizer, type RegularizerSpec, regularizers } from '../regularizers.ts';
import { type CallOptions, Layer, type LayerOptions, type TensorShape } from './layer.ts';

export interface BatchNormalizationOptions extends LayerOptions {
  /** The axis of the features; all others are normalized over. */
  readonly axis?: number;
  readonly momentum?: number;
  readonly epsilon?: number;
  /** Whether to add a learned offset. */
  readonly center?: boolean;
  /** Whether to multiply by a learned factor. */
  readonly scale?: boolean;
  readonly betaInitializer?: InitializerSpec;
  readonly gammaInitializer?: InitializerSpec;
  readonly movingMeanInitializer?: InitializerSpec;
  readonly movingVarianceInitializer?: InitializerSpec;
  readonly betaRegularizer?: RegularizerSpec | null;
  readonly gammaRegularizer?: RegularizerSpec | null;
  readonly betaConstraint?: ConstraintSpec | null;
  readonly gammaConstraint?: ConstraintSpec | null;
}

/**
 * Brings each feature of a batch to mean 0 and variance 1, then scales and shifts it (Ioffe and
 * Szegedy 2015). Training uses the batch's biased variance and moves the averages towards it with
 * `momentum`; inference, and a frozen layer, use the moving averages.
 */
export class BatchNormalization extends Layer {
  static readonly className = 'BatchNormalization';
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly betaInitializer: Initializer;
  readonly gammaInitializer: Initializer;
  readonly movingMeanInitializer: Initializer;
  readonly movingVarianceInitializer: Initializer;
  readonly betaRegularizer: Regularizer | undefined;
  readonly gammaRegularizer: Regularizer | undefined;
  readonly betaConstraint: Constraint | undefined;
  readonly gammaConstraint: Constraint | undefined;
  gamma: Variable | undefined;
  beta: Variable | undefined;
  movingMean!: Variable;
  movingVariance!: Variable;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.momentum = options.momentum ?? 0.99;
    this.epsilon = options.epsilon ?? 1e-3;
    this.center = options.center ?? true;
    this.scale = options.scale ?? true;
    this.betaInitializer = initializers.get(options.betaInitializer ?? 'zeros');
    this.gammaInitializer = initializers.get(options.gammaInitializer ?? 'ones');
    this.movingMeanInitializer = initializers.get(options.movingMeanInitializer ?? 'zeros');
    this.movingVarianceInitializer = initializers.get(options.movingVarianceInitializer ?? 'ones');
    this.betaRegularizer = regularizers.get(options.betaRegularizer);
    this.gammaRegularizer = regularizers.get(options.gammaRegularizer);
    this.betaConstraint = constraints.get(options.betaConstraint);
    this.gammaConstraint = constraints.get(options.gammaConstraint);
    this.supportsMasking = true;
  }

  override build(inputShape: TensorShape): void {
    const features = inputShape.at(this.axis);
    if (typeof features !== 'number') {
      fail(
        'batchNormalization',
        `axis ${this.axis} of the input [${inputShape.map(String).join(', ')}] must have a known size`,
      );
    }
    const shape = [features];
    if (this.scale) {
      this.gamma = this.addWeight({
        name: 'gamma',
        shape,
        initializer: this.gammaInitializer,
        regularizer: this.gammaRegularizer,
        constraint: this.gammaConstraint,
      });
    }
    if (this.center) {
      this.beta = this.addWeight({
        name: 'beta',
        shape,
        initializer: this.betaInitializer,
        regularizer: this.betaRegularizer,
        constraint: this.betaConstraint,
      });
    }
    this.movingMean = this.addWeight({
      name: 'moving_mean',
      shape,
      initializer: this.movingMeanInitializer,
      trainable: false,
    });
    this.movingVariance = this.addWeight({
      name: 'moving_variance',
      shape,
      initializer: this.movingVarianceInitializer,
      trainable: false,
    });
  }

  call(x: Tensor, { training, mask }: CallOptions = {}): Tensor {
    const { rank } = x;
    const axis = this.axis < 0 ? this.axis + rank : this.axis;
    const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
    const along = (v: Tensor): Tensor =>
      ops.reshape(
        v,
        x.shape.map((d, i) => (i === axis ? d! : 1)),
      );

    let mean: Tensor = this.movingMean.value;
    let variance: Tensor = this.movingVariance.value;
    if (training && this.trainable) {
      [mean, variance] = moments(x, others, mask);
      const move = (average: Variable, value: Tensor) =>
        average.assign(average.value.mul(this.momentum).add(value.mul(1 - this.momentum)));
      move(this.movingMean, mean);
      move(this.movingVariance, variance);
    }
    let factor = ops.rsqrt(variance.add(this.epsilon));
    if (this.gamma) factor = factor.mul(this.gamma.value);
    const centered = x.sub(along(mean)).mul(along(factor));
    return this.beta ? centered.add(along(this.beta.value)) : centered;
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      axis: this.axis,
      momentum: this.momentum,
      epsilon: this.epsilon,
      center: this.center,
      scale: this.scale,
      betaInitializer: this.betaInitializer,
      gammaInitializer: this.gammaInitializer,
      movingMeanInitializer: this.movingMeanInitializer,
      movingVarianceInitializer: this.movingVarianceInitializer,
      betaRegularizer: this.betaRegularizer,
      gammaRegularizer: this.gammaRegularizer,
      betaConstraint: this.betaConstraint,
      gammaConstraint: this.gammaConstraint,
    };
  }
}

/** Mean and biased variance over axes; with a mask over [batch, steps], over the unmasked only. */
function moments(x: Tensor, axes: readonly number[], mask: Tensor | undefined): [Tensor, Tensor] {
  if (!mask) {
    const mean = x.mean(axes, true);
    const variance = x.sub(mean).square().mean(axes);
    return [ops.squeeze(mean, [...axes]), variance];
  }
  let weights: Tensor = ops.cast(mask, x.dtype);
  while (weights.rank < x.rank) weights = ops.expandDims(weights, -1);
  const spread = ops.onesLike(x).mul(weights);
  const count = spread.sum(axes, true);
  const mean = x.mul(weights).sum(axes, true).div(count);
  const variance = x.sub(mean).square().mul(weights).sum(axes, true).div(count);
  return [ops.squeeze(mean, [...axes]), ops.squeeze(variance, [...axes])];
}
