import { fail } from '../../graph/errors.ts';
import { formatShape } from '../../graph/shape.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { setMask } from '../layers/mask.ts';
import { matchPair } from '../rank.ts';
import { Loss, type LossOptions } from './loss.ts';

/**
 * Cross entropies: the negative logarithm of the probability given to the truth. Where the predictions
 * come straight out of a softmax or sigmoid, its inputs are used instead: the same number, without the
 * rounding and clipping of probabilities.
 */

interface LogitsOptions {
  /** Whether predictions are scores before softmax or sigmoid. */
  readonly fromLogits?: boolean;
  /** The axis of the classes; for binary losses the one to take the mean over. */
  readonly axis?: number;
}

export interface SmoothingOptions extends LogitsOptions {
  /** Moves the labels this far towards equal shares (Szegedy et al. 2016), in [0, 1]. */
  readonly labelSmoothing?: number;
}

export interface IgnoringOptions extends LogitsOptions {
  /** Positions with this label do not count, such as the unlabelled ones of a picture. */
  readonly ignoreClass?: number | null;
}

function expectSmoothing(operation: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    fail(operation, `labelSmoothing is ${value}; expected a number from 0 to 1`);
  }
}

/** One-hot labels, moved towards equal shares of the classes. */
export function smoothClasses(operation: string, labels: Tensor, smoothing: number): Tensor {
  expectSmoothing(operation, smoothing);
  if (!smoothing) return labels;
  const classes = labels.shape.at(-1)!;
  return labels.mul(1 - smoothing).add(smoothing / classes);
}

/** Binary labels, moved towards one half. */
export function smoothBinary(operation: string, labels: Tensor, smoothing: number): Tensor {
  expectSmoothing(operation, smoothing);
  return smoothing ? labels.mul(1 - smoothing).add(smoothing / 2) : labels;
}

/** `-sum(y log p)` over the classes; labels are probabilities, such as one-hot rows. */
export function categoricalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: SmoothingOptions = {},
): Tensor {
  const operation = 'categoricalCrossentropy';
  const [labels, predictions] = matchPair(yTrue, yPred);
  if (labels.rank !== predictions.rank || labels.shape.at(axis) !== predictions.shape.at(axis)) {
    fail(
      operation,
      `labels are ${formatShape(yTrue.node.shape)}, predictions ${formatShape(yPred.node.shape)}; expected one-hot labels of the same shape; for class numbers use 'sparseCategoricalCrossentropy'`,
    );
  }
  const smooth = smoothClasses(operation, labels, labelSmoothing);
  return ops.categoricalCrossentropy(smooth, predictions, fromLogits, axis);
}

/**
 * `-log p[y]`; labels are class numbers. A label that is no class gives NaN, so that a mistake in the
 * data shows at once.
 */
export function sparseCategoricalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  { fromLogits = false, ignoreClass = null, axis = -1 }: IgnoringOptions = {},
): Tensor {
  const at = axis < 0 ? axis + yPred.rank : axis;
  // An axis of size 1 may stand in the place of the classes, or behind all others.
  const spare = yTrue.rank === yPred.rank && [at, -1].find((a) => yTrue.shape.at(a) === 1);
  const labels: Tensor = (typeof spare === 'number' ? ops.squeeze(yTrue, spare) : yTrue).cast(
    'int32',
  );
  if (labels.rank !== yPred.rank - 1) {
    fail(
      'sparseCategoricalCrossentropy',
      `labels are ${formatShape(yTrue.node.shape)}, predictions ${formatShape(yPred.node.shape)}; expected one class number for each row of predictions; for one-hot labels use 'categoricalCrossentropy'`,
    );
  }
  const classes = yPred.node.shape[at];
  const losses = ops.sparseCategoricalCrossentropy(labels, yPred, fromLogits, at);
  const known = ops.logicalAnd(ops.greaterEqual(labels, 0), ops.less(labels, classes));
  const checked = ops.where(known, losses, Number.NaN);
  if (ignoreClass === null) return checked;
  const counts = ops.notEqual(labels, ignoreClass);
  const kept = ops.where(counts, checked, 0);
  setMask(kept, counts);
  return kept;
}

/** The mean of `-(y log p + (1 - y) log(1 - p))` over the last axis. */
export function binaryCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: SmoothingOptions = {},
): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const smooth = smoothBinary('binaryCrossentropy', labels, labelSmoothing);
  const spread = ops.broadcastTo(smooth, predictions.node.shape);
  return ops.binaryCrossentropy(spread, predictions, fromLogits).mean(axis);
}

export type CrossentropyOptions = LossOptions & SmoothingOptions;
export type SparseCrossentropyOptions = LossOptions & IgnoringOptions;

/** {@link categoricalCrossentropy} */
export class CategoricalCrossentropy extends Loss {
  static readonly className = 'CategoricalCrossentropy';
  readonly options: Required<SmoothingOptions>;

  constructor(options: CrossentropyOptions = {}) {
    super(options);
    const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
    expectSmoothing('CategoricalCrossentropy', labelSmoothing);
    this.options = { fromLogits, labelSmoothing, axis };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalCrossentropy(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}

/** {@link sparseCategoricalCrossentropy} */
export class SparseCategoricalCrossentropy extends Loss {
  static readonly className = 'SparseCategoricalCrossentropy';
  readonly options: Required<IgnoringOptions>;

  constructor(options: SparseCrossentropyOptions = {}) {
    super(options);
    const { fromLogits = false, ignoreClass = null, axis = -1 } = options;
    this.options = { fromLogits, ignoreClass, axis };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return sparseCategoricalCrossentropy(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}

/** {@link binaryCrossentropy} */
export class BinaryCrossentropy extends Loss {
  static readonly className = 'BinaryCrossentropy';
  readonly options: Required<SmoothingOptions>;

  constructor(options: CrossentropyOptions = {}) {
    super(options);
    const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
    expectSmoothing('BinaryCrossentropy', labelSmoothing);
    this.options = { fromLogits, labelSmoothing, axis };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return binaryCrossentropy(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}
