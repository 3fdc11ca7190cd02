import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matchPair } from '../rank.ts';
import { type SmoothingOptions, smoothBinary, smoothClasses } from './crossentropy.ts';
import { Loss, type LossOptions } from './loss.ts';

/** Cross entropies that weigh samples by how hard they are, or bear wrong labels. */

const EPSILON = 1e-7;

interface FocalOptions extends SmoothingOptions {
  /** How fast the weight of a sample falls as its probability rises; 0 is plain cross entropy. */
  readonly gamma?: number;
}

export interface BinaryFocalFunctionOptions extends FocalOptions {
  /** Weigh class 1 by alpha and class 0 by 1 - alpha. */
  readonly applyClassBalancing?: boolean;
  readonly alpha?: number;
}

export interface CategoricalFocalFunctionOptions extends FocalOptions {
  /** The weight of all classes, or of each. */
  readonly alpha?: number | readonly number[];
}

/** The binary cross entropy times `(1 - probability of the truth)^gamma` (Lin et al. 2017), mean over the last axis. */
export function binaryFocalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: BinaryFocalFunctionOptions = {},
): Tensor {
  const { applyClassBalancing = false, alpha = 0.25, gamma = 2, axis = -1 } = options;
  const [labels, predictions] = matchPair(yTrue, yPred);
  const y = smoothBinary('binaryFocalCrossentropy', labels, options.labelSmoothing ?? 0);
  const p = options.fromLogits ? predictions.sigmoid() : predictions;
  const entropy = ops.binaryCrossentropy(ops.broadcastTo(y, p.node.shape), p);
  // 1 - (y p + (1 - y) (1 - p))
  const miss = y.add(p).sub(y.mul(p).mul(2));
  let losses = ops.power(miss, gamma).mul(entropy);
  if (applyClassBalancing) losses = losses.mul(y.mul(2 * alpha - 1).add(1 - alpha));
  return losses.mean(axis);
}

/** `-sum(alpha (1 - p)^gamma y log p)` over the classes (Lin et al. 2017); labels are one-hot. */
export function categoricalFocalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: CategoricalFocalFunctionOptions = {},
): Tensor {
  const { alpha = 0.25, gamma = 2, axis = -1 } = options;
  const [labels, predictions] = matchPair(yTrue, yPred);
  const y = smoothClasses('categoricalFocalCrossentropy', labels, options.labelSmoothing ?? 0);
  const scores = options.fromLogits ? predictions.softmax(axis) : predictions;
  const p = ops.clip(scores.div(scores.sum(axis, true)), EPSILON, 1 - EPSILON);
  const weight = ops
    .power(ops.subtract(1, p), gamma)
    .mul(typeof alpha === 'number' ? alpha : ops.array(alpha as number[]));
  return weight.mul(y).mul(p.log()).sum(axis).neg();
}

export interface GeneralizedFunctionOptions {
  /** Between 0 and 1: near 0 like cross entropy, near 1 like the mean absolute error. */
  readonly q?: number;
}

/** `(1 - p[y]^q) / q`, robust against wrong labels (Zhang and Sabuncu 2018); labels are class numbers. */
export function categoricalGeneralizedCrossEntropy(
  yTrue: Tensor,
  yPred: Tensor,
  { q = 0.5 }: GeneralizedFunctionOptions = {},
): Tensor {
  const labels: Tensor =
    yTrue.rank === yPred.rank && yTrue.shape.at(-1) === 1 ? ops.squeeze(yTrue, -1) : yTrue;
  const hit = ops.oneHot(labels.cast('int32'), yPred.node.shape.at(-1)!).cast(yPred.dtype);
  const p = yPred.mul(hit).sum(-1);
  return ops.subtract(1, ops.power(p, q)).div(q);
}

export type BinaryFocalOptions = LossOptions & BinaryFocalFunctionOptions;
export type CategoricalFocalOptions = LossOptions & CategoricalFocalFunctionOptions;
export type GeneralizedOptions = LossOptions & GeneralizedFunctionOptions;

/** {@link binaryFocalCrossentropy} */
export class BinaryFocalCrossentropy extends Loss {
  static readonly className = 'BinaryFocalCrossentropy';
  readonly options: Required<BinaryFocalFunctionOptions>;

  constructor(options: BinaryFocalOptions = {}) {
    super(options);
    const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
    const { applyClassBalancing = false, alpha = 0.25, gamma = 2 } = options;
    this.options = { applyClassBalancing, alpha, gamma, fromLogits, labelSmoothing, axis };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return binaryFocalCrossentropy(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}

/** {@link categoricalFocalCrossentropy} */
export class CategoricalFocalCrossentropy extends Loss {
  static readonly className = 'CategoricalFocalCrossentropy';
  readonly options: Required<CategoricalFocalFunctionOptions>;

  constructor(options: CategoricalFocalOptions = {}) {
    super(options);
    const { fromLogits = false, labelSmoothing = 0, axis = -1, alpha = 0.25, gamma = 2 } = options;
    this.options = { alpha, gamma, fromLogits, labelSmoothing, axis };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalFocalCrossentropy(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}

/** {@link categoricalGeneralizedCrossEntropy} */
export class CategoricalGeneralizedCrossEntropy extends Loss {
  static readonly className = 'CategoricalGeneralizedCrossEntropy';
  readonly q: number;

  constructor(options: GeneralizedOptions = {}) {
    super(options);
    this.q = options.q ?? 0.5;
    if (!(this.q > 0 && this.q < 1)) {
      fail(
        'CategoricalGeneralizedCrossEntropy',
        `q is ${this.q}; expected a number between 0 and 1`,
      );
    }
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalGeneralizedCrossEntropy(yTrue, yPred, this);
  }

  override getConfig() {
    return { ...super.getConfig(), q: this.q };
  }
}
