import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matchRanks } from '../rank.ts';
import { MeanOfFunction, type MetricOptions } from './metric.ts';

/** Shares of right answers. The functions give 1 where a sample (or position) is right and 0 elsewhere. */

/** Whether labels and predictions are equal. */
export function accuracy(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchRanks(yTrue, yPred);
  return ops.equal(labels.cast(predictions.dtype), predictions).cast('float32');
}

/** Whether predictions lie on the labels' side of the threshold. */
export function binaryAccuracy(yTrue: Tensor, yPred: Tensor, { threshold = 0.5 } = {}): Tensor {
  const [labels, predictions] = matchRanks(yTrue, yPred);
  const decided = ops.greater(predictions, threshold);
  return ops.equal(labels, decided.cast(labels.dtype)).cast('float32');
}

/** Whether the largest prediction is the labelled class; labels are one-hot. */
export function categoricalAccuracy(yTrue: Tensor, yPred: Tensor): Tensor {
  return ops.equal(ops.argmax(yTrue, -1), ops.argmax(yPred, -1)).cast('float32');
}

/** Class numbers without an axis of size 1 at the end that the predictions have as classes. */
function classNumbers(yTrue: Tensor, yPred: Tensor): Tensor {
  const extra = yTrue.rank === yPred.rank && yTrue.shape.at(-1) === 1;
  return (extra ? ops.squeeze(yTrue, -1) : yTrue).cast('int32');
}

/** Whether the largest prediction is the labelled class; labels are class numbers. */
export function sparseCategoricalAccuracy(yTrue: Tensor, yPred: Tensor): Tensor {
  return ops.equal(classNumbers(yTrue, yPred), ops.argmax(yPred, -1)).cast('float32');
}

/** Whether the labelled class is among the k largest predictions; labels are one-hot. */
export function topKCategoricalAccuracy(yTrue: Tensor, yPred: Tensor, { k = 5 } = {}): Tensor {
  return ops.inTopK(ops.argmax(yTrue, -1), yPred, k).cast('float32');
}

/**
 * Whether the labelled class is among the k largest predictions; labels are class numbers. With
 * `fromSortedIds` predictions are class numbers themselves, the best first.
 */
export function sparseTopKCategoricalAccuracy(
  yTrue: Tensor,
  yPred: Tensor,
  { k = 5, fromSortedIds = false } = {},
): Tensor {
  if (!fromSortedIds) {
    return ops.inTopK(classNumbers(yTrue, yPred), yPred, k).cast('float32');
  }
  const labels = ops.expandDims(yTrue.rank === yPred.rank ? ops.squeeze(yTrue, -1) : yTrue, -1);
  const [best] = ops.split(yPred, [Math.min(k, yPred.node.shape.at(-1)!)], -1);
  return ops.any(ops.equal(labels.cast('int32'), best.cast('int32')), -1).cast('float32');
}

/** {@link accuracy} */
export class Accuracy extends MeanOfFunction {
  static override readonly className = 'Accuracy';

  constructor(options: MetricOptions = {}) {
    super({ ...options, name: options.name ?? 'accuracy' });
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return accuracy(yTrue, yPred);
  }
}

export interface BinaryAccuracyOptions extends MetricOptions {
  /** Predictions above it count as 1. */
  readonly threshold?: number;
}

/** {@link binaryAccuracy} */
export class BinaryAccuracy extends MeanOfFunction {
  static override readonly className = 'BinaryAccuracy';
  readonly threshold: number;

  constructor(options: BinaryAccuracyOptions = {}) {
    super({ ...options, name: options.name ?? 'binary_accuracy' });
    this.threshold = options.threshold ?? 0.5;
    if (!(this.threshold > 0 && this.threshold < 1)) {
      fail('BinaryAccuracy', `threshold is ${this.threshold}; expected a number between 0 and 1`);
    }
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return binaryAccuracy(yTrue, yPred, this);
  }

  override getConfig() {
    return { ...super.getConfig(), threshold: this.threshold };
  }
}

/** {@link categoricalAccuracy} */
export class CategoricalAccuracy extends MeanOfFunction {
  static override readonly className = 'CategoricalAccuracy';

  constructor(options: MetricOptions = {}) {
    super({ ...options, name: options.name ?? 'categorical_accuracy' });
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalAccuracy(yTrue, yPred);
  }
}

/** {@link sparseCategoricalAccuracy} */
export class SparseCategoricalAccuracy extends MeanOfFunction {
  static override readonly className = 'SparseCategoricalAccuracy';

  constructor(options: MetricOptions = {}) {
    super({ ...options, name: options.name ?? 'sparse_categorical_accuracy' });
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return sparseCategoricalAccuracy(yTrue, yPred);
  }
}

export interface TopKOptions extends MetricOptions {
  /** How many of the largest predictions count. */
  readonly k?: number;
}

function expectCount(metric: string, k: number): void {
  if (!(Number.isInteger(k) && k >= 1)) {
    fail(metric, `k is ${k}; expected a whole number of 1 or more`);
  }
}

/** {@link topKCategoricalAccuracy} */
export class TopKCategoricalAccuracy extends MeanOfFunction {
  static override readonly className = 'TopKCategoricalAccuracy';
  readonly k: number;

  constructor(options: TopKOptions = {}) {
    super({ ...options, name: options.name ?? 'top_k_categorical_accuracy' });
    this.k = options.k ?? 5;
    expectCount('TopKCategoricalAccuracy', this.k);
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return topKCategoricalAccuracy(yTrue, yPred, this);
  }

  override getConfig() {
    return { ...super.getConfig(), k: this.k };
  }
}

export interface SparseTopKOptions extends TopKOptions {
  /** Whether predictions are class numbers, the best first, instead of scores. */
  readonly fromSortedIds?: boolean;
}

/** {@link sparseTopKCategoricalAccuracy} */
export class SparseTopKCategoricalAccuracy extends MeanOfFunction {
  static override readonly className = 'SparseTopKCategoricalAccuracy';
  readonly k: number;
  readonly fromSortedIds: boolean;

  constructor(options: SparseTopKOptions = {}) {
    super({ ...options, name: options.name ?? 'sparse_top_k_categorical_accuracy' });
    this.k = options.k ?? 5;
    this.fromSortedIds = options.fromSortedIds ?? false;
    expectCount('SparseTopKCategoricalAccuracy', this.k);
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return sparseTopKCategoricalAccuracy(yTrue, yPred, this);
  }

  override getConfig() {
    const own = this.fromSortedIds ? { fromSortedIds: true } : {};
    return { ...super.getConfig(), k: this.k, ...own };
  }
}
