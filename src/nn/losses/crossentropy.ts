import { fail } from '../../graph/errors.ts';
import { formatShape, sameShape } from '../../graph/shape.ts';
import { nameOf } from '../../ops/primitives/index.ts';
import { ops } from '../../tensor/lift.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { Loss, type LossOptions } from './loss.ts';

/**
 * Cross entropies: the negative logarithm of the probability given to the truth. Where the predictions
 * come straight out of a softmax or sigmoid, its inputs are used instead: the same number, without the
 * rounding and clipping of probabilities.
 */

const EPSILON = 1e-7;

export interface CrossentropyOptions extends LossOptions {
  /** Whether predictions are scores before softmax or sigmoid. */
  readonly fromLogits?: boolean;
  readonly axis?: number;
}

export interface SmoothedCrossentropyOptions extends CrossentropyOptions {
  /** Moves the labels this far towards equal shares (Szegedy et al. 2016). */
  readonly labelSmoothing?: number;
}

export interface FunctionOptions {
  readonly fromLogits?: boolean;
  readonly labelSmoothing?: number;
  readonly axis?: number;
}

/** The input of the softmax or sigmoid that made these probabilities, if one did. */
function logitsOf(p: Tensor, by: 'softmax' | 'sigmoid', axis?: number): Tensor | undefined {
  const { node } = p;
  if (nameOf(node) !== by) return undefined;
  if (axis !== undefined && node.attributes.axis !== axis) return undefined;
  return new Tensor(node.inputs[0]);
}

/** Logarithms of class probabilities. */
function logProbabilities(yPred: Tensor, fromLogits: boolean, axis: number): Tensor {
  const at = axis < 0 ? axis + yPred.rank : axis;
  const logits = fromLogits ? yPred : logitsOf(yPred, 'softmax', at);
  if (logits) return ops.logSoftmax(logits, at);
  const normalized = yPred.div(yPred.sum(at, true));
  return ops.clip(normalized, EPSILON, 1 - EPSILON).log();
}

/** `-sum(y log p)` over the classes; labels are probabilities, such as one-hot rows. */
export function categoricalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: FunctionOptions = {},
): Tensor {
  if (!sameShape(yTrue.node.shape, yPred.node.shape)) {
    fail(
      'categoricalCrossentropy',
      `labels are ${formatShape(yTrue.node.shape)}, predictions ${formatShape(yPred.node.shape)}; expected one-hot labels of the same shape; for class numbers use 'sparseCategoricalCrossentropy'`,
    );
  }
  let labels: Tensor = yTrue.cast(yPred.dtype);
  if (labelSmoothing) {
    const classes = yPred.shape.at(axis)!;
    labels = labels.mul(1 - labelSmoothing).add(labelSmoothing / classes);
  }
  return labels
    .mul(logProbabilities(yPred, fromLogits, axis))
    .sum(axis)
    .neg();
}

/** `-log p[y]`; labels are class numbers. */
export function sparseCategoricalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  { fromLogits = false, axis = -1 }: FunctionOptions = {},
): Tensor {
  const labels = yTrue.rank === yPred.rank ? ops.squeeze(yTrue, -1) : yTrue;
  if (labels.rank !== yPred.rank - 1) {
    fail(
      'sparseCategoricalCrossentropy',
      `labels are ${formatShape(yTrue.node.shape)}, predictions ${formatShape(yPred.node.shape)}; expected one class number for each row of predictions; for one-hot labels use 'categoricalCrossentropy'`,
    );
  }
  const at = axis < 0 ? axis + yPred.rank : axis;
  const indices = ops.expandDims(labels.cast('int32'), at);
  const log = logProbabilities(yPred, fromLogits, at);
  return ops.squeeze(ops.takeAlongAxis(log, indices, at), at).neg();
}

/** `-(y log p + (1 - y) log(1 - p))`, element by element. */
export function binaryCrossentropyElements(
  yTrue: Tensor,
  yPred: Tensor,
  { fromLogits = false, labelSmoothing = 0 }: FunctionOptions = {},
): Tensor {
  let labels: Tensor = yTrue.cast(yPred.dtype);
  if (labelSmoothing) labels = labels.mul(1 - labelSmoothing).add(labelSmoothing / 2);
  const logits = fromLogits ? yPred : logitsOf(yPred, 'sigmoid');
  if (logits) {
    // max(z, 0) - z y + log(1 + e^-|z|): no term overflows.
    return logits.relu().sub(logits.mul(labels)).add(ops.log1p(logits.abs().neg().exp()));
  }
  const p = ops.clip(yPred, EPSILON, 1 - EPSILON);
  const positive = labels.mul(p.log());
  const negative = ops.subtract(1, labels).mul(ops.subtract(1, p).log());
  return positive.add(negative).neg();
}

/** The mean of the binary cross entropy over the last axis. */
export function binaryCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  { axis = -1, ...options }: FunctionOptions = {},
): Tensor {
  return binaryCrossentropyElements(yTrue, yPred, options).mean(axis);
}

export class CategoricalCrossentropy extends Loss {
  static readonly className = 'CategoricalCrossentropy';
  readonly options: { fromLogits: boolean; labelSmoothing: number; axis: number };

  constructor(options: SmoothedCrossentropyOptions = {}) {
    super(options);
    const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
    this.options = { fromLogits, labelSmoothing, axis };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalCrossentropy(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}

export class SparseCategoricalCrossentropy extends Loss {
  static readonly className = 'SparseCategoricalCrossentropy';
  readonly options: { fromLogits: boolean; axis: number };

  constructor(options: CrossentropyOptions = {}) {
    super(options);
    const { fromLogits = false, axis = -1 } = options;
    this.options = { fromLogits, axis };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return sparseCategoricalCrossentropy(yTrue, yPred, this.options);
  }

  /** Labels [n, 1] and [n] are both class numbers; ranks are matched by the function itself. */
  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}

export class BinaryCrossentropy extends Loss {
  static readonly className = 'BinaryCrossentropy';
  readonly options: { fromLogits: boolean; labelSmoothing: number; axis: number };

  constructor(options: SmoothedCrossentropyOptions = {}) {
    super(options);
    const { fromLogits = false, labelSmoothing = 0, axis = -1 } = options;
    this.options = { fromLogits, labelSmoothing, axis };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return binaryCrossentropy(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}
