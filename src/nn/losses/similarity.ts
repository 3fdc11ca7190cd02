import { fail } from '../../graph/errors.ts';
import { formatShape, isSymbolic } from '../../graph/shape.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { setMask } from '../layers/mask.ts';
import { matchPair } from '../rank.ts';
import { Loss, type LossOptions } from './loss.ts';

/** Losses that compare directions. */

export interface CosineFunctionOptions {
  /** The axis of the vectors' components. */
  readonly axis?: number;
}

/** Minus the cosine of the angle between labels and predictions: -1 for the same direction, 1 for opposite ones. */
export function cosineSimilarity(
  yTrue: Tensor,
  yPred: Tensor,
  { axis = -1 }: CosineFunctionOptions = {},
): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  return ops.normalize(labels, axis).mul(ops.normalize(predictions, axis)).sum(axis).neg();
}

export interface CircleFunctionOptions {
  /** How sharply badly placed pairs are preferred. */
  readonly gamma?: number;
  /** How much slack distances have. */
  readonly margin?: number;
  /** Leave out the pair of each sample with itself. */
  readonly removeDiagonal?: boolean;
}

export interface CircleReferences {
  /** Class numbers and embeddings to compare with; by default those of the batch itself. */
  readonly refLabels?: Tensor;
  readonly refEmbeddings?: Tensor;
}

/**
 * Circle loss (Sun et al. 2020): draws embeddings of one class together and those of different classes
 * apart, pairs that are far from their aim the most. Labels are class numbers [n], predictions embeddings
 * [n, d] of length 1.
 */
export function circle(
  yTrue: Tensor,
  yPred: Tensor,
  {
    gamma = 80,
    margin = 0.4,
    removeDiagonal = true,
    refLabels,
    refEmbeddings,
  }: CircleFunctionOptions & CircleReferences = {},
): Tensor {
  if (yPred.rank !== 2 || isSymbolic(yPred.node.shape)) {
    fail(
      'circle',
      `predictions are ${formatShape(yPred.node.shape)}; expected embeddings [samples, size] of a known number of samples`,
    );
  }
  const references = (refEmbeddings ?? yPred).cast(yPred.dtype);
  const own = ops.reshape(yTrue.cast('int32'), [-1, 1]);
  const others = refLabels ? ops.reshape(refLabels.cast('int32'), [1, -1]) : own.transpose();
  const distances = ops.subtract(1, ops.matmul(yPred, ops.transpose(references))).relu();

  const alike = ops.equal(own, others);
  const [rows] = yPred.node.shape;
  const [columns] = references.node.shape;
  const itself = ops.eye(rows, columns).cast('bool');
  const positive = removeDiagonal ? ops.logicalAnd(alike, ops.logicalNot(itself)) : alike;
  const negative = ops.logicalNot(alike);

  const aim = { positive: distances.add(margin), negative: ops.subtract(1 + margin, distances) };
  const pull = aim.positive.mul(ops.subtract(margin, distances)).mul(-gamma);
  const push = aim.negative
    .relu()
    .mul(ops.subtract(1 - margin, distances))
    .mul(gamma);
  const over = (pairs: Tensor, values: Tensor) =>
    ops.logsumexp(ops.where(pairs, values, Number.NEGATIVE_INFINITY), 1);
  const losses = ops.softplus(over(positive, pull).add(over(negative, push)));
  setMask(losses, ops.greater(losses, 0));
  return losses;
}

export type CosineOptions = LossOptions & CosineFunctionOptions;
export type CircleOptions = LossOptions & CircleFunctionOptions;

/** {@link cosineSimilarity} */
export class CosineSimilarity extends Loss {
  static readonly className = 'CosineSimilarity';
  readonly axis: number;

  constructor(options: CosineOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return cosineSimilarity(yTrue, yPred, this);
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis };
  }
}

/** {@link circle} */
export class Circle extends Loss {
  static readonly className = 'Circle';
  readonly options: Required<CircleFunctionOptions>;

  constructor(options: CircleOptions = {}) {
    super(options);
    const { gamma = 80, margin = 0.4, removeDiagonal = true } = options;
    this.options = { gamma, margin, removeDiagonal };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return circle(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}
