import { fail } from '../../../graph/errors.ts';
import type { NDArray } from '../../../graph/ndarray.ts';
import { normalizeAxis } from '../../../graph/shape.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import { type InitializerSpec, initializers } from '../../initializers/index.ts';
import type { Initializer } from '../../initializers/initializer.ts';
import type { CallOptions, TensorShape } from '../layer.ts';
import { AffineNormalization, type AffineOptions, axisSize } from './affine.ts';

/** Bounds of the corrections of batch renormalization; what is missing is not bounded. */
export interface RenormClipping {
  readonly rmin?: number | null;
  readonly rmax?: number | null;
  readonly dmax?: number | null;
}

export interface BatchNormalizationOptions extends AffineOptions {
  /** The axis of the features; all others are normalized over. Old files hold it in a list. */
  readonly axis?: number | readonly [number];
  readonly momentum?: number;
  readonly movingMeanInitializer?: InitializerSpec;
  readonly movingVarianceInitializer?: InitializerSpec;
  /** Statistics over all devices at once; understood, and false: a step runs on one device. */
  readonly synchronized?: boolean;
  /** Batch renormalization (Ioffe 2017): training is corrected towards slowly moving statistics. */
  readonly renorm?: boolean;
  readonly renormClipping?: RenormClipping | null;
  readonly renormMomentum?: number;
}

/** Keras's `backend.epsilon()`, which keeps a batch without a single real step from dividing by 0. */
const EPSILON = 1e-7;

/**
 * Brings each feature of a batch to mean 0 and variance 1, then scales and shifts it (Ioffe and
 * Szegedy 2015). Training uses the batch's biased variance and moves the averages towards it with
 * `momentum`; inference, and a frozen layer, use the moving averages. Masked steps do not count.
 */
export class BatchNormalization extends AffineNormalization {
  static readonly className = 'BatchNormalization';
  readonly axis: number;
  readonly momentum: number;
  readonly movingMeanInitializer: Initializer;
  readonly movingVarianceInitializer: Initializer;
  readonly synchronized: boolean;
  readonly renorm: boolean;
  readonly renormClipping: RenormClipping | null;
  readonly renormMomentum: number;
  movingMean!: Variable;
  movingVariance!: Variable;
  movingStddev: Variable | undefined;
  renormMean: Variable | undefined;
  renormStddev: Variable | undefined;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options);
    this.axis = [options.axis ?? -1].flat()[0];
    this.momentum = options.momentum ?? 0.99;
    this.movingMeanInitializer = initializers.get(options.movingMeanInitializer ?? 'zeros');
    this.movingVarianceInitializer = initializers.get(options.movingVarianceInitializer ?? 'ones');
    this.synchronized = options.synchronized ?? false;
    this.renorm = options.renorm ?? false;
    this.renormMomentum = options.renormMomentum ?? 0.99;
    this.renormClipping = options.renormClipping ? checkedClipping(options.renormClipping) : null;
  }

  override build(inputShape: TensorShape): void {
    const shape = [axisSize(this, inputShape, this.axis)];
    if (this.scale) this.addGamma(shape);
    if (this.center) this.addBeta(shape);
    const statistic = (name: string, initializer: InitializerSpec) =>
      this.addWeight({ name, shape, initializer, trainable: false });
    this.movingMean = statistic('moving_mean', this.movingMeanInitializer);
    this.movingVariance = statistic('moving_variance', this.movingVarianceInitializer);
    if (this.renorm) {
      this.movingStddev = statistic('moving_stddev', 'ones');
      this.renormMean = statistic('renorm_mean', this.movingMeanInitializer);
      this.renormStddev = statistic('renorm_stddev', 'ones');
      const first = rootOf(this.movingVarianceInitializer.initialize(shape, this.dtype));
      this.movingStddev.assign(first);
      this.renormStddev.assign(first);
    }
  }

  call(x: Tensor, { training, mask }: CallOptions = {}): Tensor {
    const axis = normalizeAxis('batchNormalization', this.axis, x.rank);
    if (!training || !this.trainable) {
      return this.#normalize(
        x,
        this.movingMean.value,
        this.movingVariance.value,
        axis,
        this.affine,
      );
    }
    const others = Array.from({ length: x.rank }, (_, i) => i).filter((i) => i !== axis);
    const [mean, variance] = mask ? maskedMoments(x, others, mask) : ops.moments(x, others);
    if (this.renorm) {
      const affine = this.#renormalize(mean, variance);
      return this.#normalize(x, mean, variance, axis, affine);
    }
    move(this.movingMean, mean, this.momentum);
    move(this.movingVariance, variance, this.momentum);
    return this.#normalize(x, mean, variance, axis, this.affine);
  }

  #normalize(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    axis: number,
    { gamma, beta }: { gamma: Tensor | null; beta: Tensor | null },
  ): Tensor {
    return ops.batchNormalization(x, mean, variance, axis, beta, gamma, this.epsilon);
  }

  /**
   * Moves all statistics and returns gamma and beta with the corrections r = s / s' and d = (m - m') / s'
   * in them, where m' and s' are the moving mean and deviation: x r + d is what inference would give.
   */
  #renormalize(mean: Tensor, variance: Tensor): { gamma: Tensor; beta: Tensor } {
    const { rmin, rmax, dmax } = this.renormClipping ?? {};
    const stddev = variance.add(this.epsilon).sqrt();
    const slow = ops.maximum(this.renormStddev!.value, Math.sqrt(this.epsilon));
    let r: Tensor = stddev.div(slow);
    let d: Tensor = mean.sub(this.renormMean!.value).div(slow);
    if (typeof rmin === 'number') r = ops.maximum(r, rmin);
    if (typeof rmax === 'number') r = ops.minimum(r, rmax);
    if (typeof dmax === 'number') d = ops.clip(d, -dmax, dmax);
    r = ops.stopGradient(r);
    d = ops.stopGradient(d);
    const { gamma, beta } = this.affine;
    const shift: Tensor = gamma ? d.mul(gamma) : d;
    move(this.renormMean!, mean, this.renormMomentum);
    move(this.renormStddev!, stddev, this.renormMomentum);
    move(this.movingMean, mean, this.momentum);
    move(this.movingStddev!, stddev, this.momentum);
    this.movingVariance.assign(this.movingStddev!.value.square().sub(this.epsilon).relu());
    return { gamma: gamma ? r.mul(gamma) : r, beta: beta ? shift.add(beta) : shift };
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      axis: this.axis,
      momentum: this.momentum,
      movingMeanInitializer: this.movingMeanInitializer,
      movingVarianceInitializer: this.movingVarianceInitializer,
      synchronized: this.synchronized,
      renorm: this.renorm,
      renormClipping: this.renormClipping,
      renormMomentum: this.renormMomentum,
    };
  }
}

function move(average: Variable, value: Tensor, momentum: number): void {
  average.assign(average.value.mul(momentum).add(value.mul(1 - momentum)));
}

function rootOf({ data, shape, dtype }: NDArray): NDArray {
  return { data: data.map(Math.sqrt), shape, dtype };
}

function checkedClipping(clipping: RenormClipping): RenormClipping {
  const { rmin, rmax, dmax, ...unknown } = clipping;
  const names = Object.keys(unknown);
  if (names.length > 0) {
    fail(
      'batchNormalization',
      `renormClipping has ${names.map((n) => `'${n}'`).join(', ')}; expected rmin, rmax and dmax`,
    );
  }
  if (typeof rmin === 'number' && typeof rmax === 'number' && rmax < rmin) {
    fail('batchNormalization', `renormClipping has rmax ${rmax} below rmin ${rmin}`);
  }
  if (typeof dmax === 'number' && dmax < 0) {
    fail('batchNormalization', `renormClipping has dmax ${dmax}; expected 0 or more`);
  }
  return clipping;
}

/** Mean and biased variance over axes, of the positions where the mask (all axes but the last) is true. */
function maskedMoments(x: Tensor, axes: readonly number[], mask: Tensor): [Tensor, Tensor] {
  if (mask.rank !== x.rank - 1) {
    fail(
      'batchNormalization',
      `the mask has ${mask.rank} axes for an input of ${x.rank}; expected one less than the input`,
    );
  }
  const weights = ops.broadcastTo(ops.cast(ops.expandDims(mask, -1), x.dtype), x.node.shape);
  const count = weights.sum(axes, true).add(EPSILON);
  const weighted = x.mul(weights);
  const mean = weighted.sum(axes, true).div(count);
  const variance = weighted.sub(mean).square().mul(weights).sum(axes, true).div(count);
  return [ops.squeeze(mean, [...axes]), ops.squeeze(variance, [...axes])];
}
