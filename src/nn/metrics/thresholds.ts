import { fail } from '../../graph/errors.ts';
import * as build from '../../ops/build.ts';
import { ops } from '../../tensor/lift.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { matchRanks } from '../rank.ts';

/**
 * True and false positives and negatives of scores against labels, at one or many thresholds: a score
 * above a threshold is a positive. Where thresholds are evenly spaced from 0 to 1, every score is put in
 * one bucket and the counts are running sums over the buckets: the work does not grow with the number of
 * thresholds.
 */

/** The value of scores that are not among the k largest: below every threshold. */
const BELOW_ALL = -1e10;

export const EPSILON = 1e-7;

/** The counts to update, each [thresholds], or [thresholds, labels] with `multiLabel`. */
export interface ConfusionCounts {
  readonly truePositives?: Variable;
  readonly falsePositives?: Variable;
  readonly trueNegatives?: Variable;
  readonly falseNegatives?: Variable;
}

export interface ThresholdOptions {
  readonly thresholds: readonly number[];
  readonly sampleWeight?: Tensor;
  /** Only the k largest scores of the last axis can be positive. */
  readonly topK?: number | null;
  /** Only this class of the last axis counts. */
  readonly classId?: number | null;
  /** Count each label of the last axis for itself. */
  readonly multiLabel?: boolean;
  /** One weight for each label of the last axis. */
  readonly labelWeights?: readonly number[] | null;
}

/** Thresholds as a list, the default where there are none. */
export function thresholdList(
  metric: string,
  thresholds: number | readonly number[] | null | undefined,
  fallback: number,
): readonly number[] {
  if (thresholds === null || thresholds === undefined) return [fallback];
  const list = typeof thresholds === 'number' ? [thresholds] : thresholds;
  if (list.length === 0 || list.some((t) => !(t >= 0 && t <= 1))) {
    fail(metric, `thresholds are [${list.join(', ')}]; expected numbers from 0 to 1`);
  }
  return list;
}

/** The default threshold where only the k largest scores count. */
export const thresholdOfTopK = BELOW_ALL;

/** 0, 1/(n-1), ..., 1, to within rounding. */
function evenlySpaced(thresholds: readonly number[]): boolean {
  const last = thresholds.length - 1;
  return (
    last >= 2 &&
    thresholds.every((t, i) => Math.abs(t - i / last) <= EPSILON + 1e-5 * Math.abs(i / last))
  );
}

/** `count` thresholds from 0 to 1 in equal steps, the ends moved outwards by `margin`; 0.5 for one. */
export function evenThresholds(count: number, margin = 0): number[] {
  if (count === 1) return [0.5];
  return Array.from({ length: count }, (_, i) =>
    i === 0 ? -margin : i === count - 1 ? 1 + margin : i / (count - 1),
  );
}

interface Prepared {
  /** Labels, scores and weights of one shape, [n] or, with `multiLabel`, [n, labels]. */
  readonly labels: Tensor;
  readonly scores: Tensor;
  readonly weights: Tensor | undefined;
}

function largestOnly(scores: Tensor, k: number): Tensor {
  const [, indices] = ops.topK(scores, k);
  const among = ops.any(ops.oneHot(indices, scores.node.shape.at(-1)!).cast('bool'), -2);
  return ops.where(among, scores, BELOW_ALL);
}

/** One class, kept as an axis of size 1. */
function onlyClass(x: Tensor, id: number): Tensor {
  if (x.rank < 2) {
    fail('classId', `predictions have ${x.rank} axes; expected [samples, classes]`);
  }
  return ops.take(x, [id], -1);
}

function prepare(yTrue: Tensor, yPred: Tensor, options: ThresholdOptions): Prepared {
  const { sampleWeight, topK = null, classId = null, labelWeights, multiLabel } = options;
  let [scores, labels] = matchRanks(yPred.cast('float32'), yTrue.cast('float32'));
  let weights = sampleWeight?.cast('float32');
  // One weight a sample is spread over the other axes.
  while (weights && weights.rank > 0 && weights.rank < labels.rank) {
    weights = ops.expandDims(weights, -1);
  }
  if (weights && weights.rank > labels.rank) weights = ops.squeeze(weights, -1);
  if (topK !== null) scores = largestOnly(scores, topK);
  if (classId !== null) {
    labels = onlyClass(labels, classId);
    scores = onlyClass(scores, classId);
  }
  if (labelWeights) {
    const each = ops.array(labelWeights as number[]);
    weights = weights ? weights.mul(each) : each;
  }
  labels = ops.notEqual(labels, 0).cast('float32');
  const spread = weights ? ops.onesLike(scores).mul(weights) : undefined;
  if (multiLabel) return { labels, scores, weights: spread };
  const flat = (x: Tensor): Tensor => ops.reshape(x, [-1]);
  return { labels: flat(labels), scores: flat(scores), weights: spread && flat(spread) };
}

/** Sums of values at and above each threshold's bucket; buckets are the last axis. */
function reversedSums(buckets: Tensor): Tensor {
  return new Tensor(build.cumSum(buckets.node, -1, { reverse: true }));
}

/** The counts of positives at evenly spaced thresholds: [thresholds], or [thresholds, labels]. */
function countByBucket(
  positives: Tensor,
  buckets: Tensor,
  count: number,
  labels: number | undefined,
): Tensor {
  if (labels === undefined) return reversedSums(ops.segmentSum(positives, buckets, count));
  // Each label has buckets of its own, one behind the other.
  const own = ops.where(ops.less(buckets, 0), -1, buckets.add(ops.arange(labels).mul(count)));
  const flat = (x: Tensor): Tensor => ops.reshape(x, [-1]);
  const sums = ops.segmentSum(flat(positives), flat(own), labels * count);
  return reversedSums(ops.reshape(sums, [labels, count])).transpose();
}

/** Takes a batch into the counts. */
export function updateCounts(
  counts: ConfusionCounts,
  yTrue: Tensor,
  yPred: Tensor,
  options: ThresholdOptions,
): void {
  const { thresholds, multiLabel = false } = options;
  const { labels, scores, weights } = prepare(yTrue, yPred, options);
  const opposite = ops.subtract(1, labels);
  const truths = weights ? labels.mul(weights) : labels;
  const lies = weights ? opposite.mul(weights) : opposite;
  const add = (name: keyof ConfusionCounts, value: () => Tensor) =>
    counts[name]?.assignAdd(value());

  if (evenlySpaced(thresholds)) {
    const last = thresholds.length - 1;
    // A score must exceed its bucket's lower bound: one on the bound belongs to the bucket below.
    let buckets: Tensor = ops.ceil(ops.clip(scores, 0, 1).mul(last)).sub(1);
    // With the ends moved outwards even the score 0 exceeds the first threshold.
    if (thresholds[0] < 0 || thresholds[last] > 1) buckets = buckets.relu();
    const places = buckets.cast('int32');
    const width = multiLabel ? scores.node.shape[1] : undefined;
    const positives = countByBucket(truths, places, last + 1, width);
    const falsePositives = countByBucket(lies, places, last + 1, width);
    const all = (x: Tensor): Tensor => (multiLabel ? x.sum(0) : x.sum());
    add('truePositives', () => positives);
    add('falsePositives', () => falsePositives);
    add('trueNegatives', () => all(lies).sub(falsePositives));
    add('falseNegatives', () => all(truths).sub(positives));
    return;
  }
  const column = ops.reshape(ops.array(thresholds as number[]), multiLabel ? [-1, 1, 1] : [-1, 1]);
  const positive = ops.greater(ops.expandDims(scores, 0), column).cast('float32');
  const negative = ops.subtract(1, positive);
  const over = (chosen: Tensor, x: Tensor): Tensor => chosen.mul(x).sum(1);
  add('truePositives', () => over(positive, truths));
  add('falsePositives', () => over(positive, lies));
  add('trueNegatives', () => over(negative, lies));
  add('falseNegatives', () => over(negative, truths));
}
