import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matchRanks } from '../rank.ts';
import { MeanOfFunction, type MetricOptions } from './metric.ts';

/** Shares of right answers. */

/** Labels and predictions are equal. */
export class Accuracy extends MeanOfFunction {
  static override readonly className = 'Accuracy';

  constructor(options: MetricOptions = {}) {
    super({ name: 'accuracy', ...options });
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    const [labels, predictions] = matchRanks(yTrue, yPred);
    return ops.equal(labels.cast(predictions.dtype), predictions).cast(this.dtype);
  }
}

export interface BinaryAccuracyOptions extends MetricOptions {
  /** Predictions above it count as 1. */
  readonly threshold?: number;
}

/** Predictions on the right side of a threshold, averaged over the last axis. */
export class BinaryAccuracy extends MeanOfFunction {
  static override readonly className = 'BinaryAccuracy';
  readonly threshold: number;

  constructor({ threshold = 0.5, ...options }: BinaryAccuracyOptions = {}) {
    super({ name: 'binary_accuracy', ...options });
    this.threshold = threshold;
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    const [labels, predictions] = matchRanks(yTrue, yPred);
    const decided = ops.greater(predictions, this.threshold).cast(predictions.dtype);
    return ops.equal(labels.cast(predictions.dtype), decided).cast(this.dtype);
  }

  override getConfig() {
    return { ...super.getConfig(), threshold: this.threshold };
  }
}

/** The largest prediction is the labelled class; labels are one-hot. */
export class CategoricalAccuracy extends MeanOfFunction {
  static override readonly className = 'CategoricalAccuracy';

  constructor(options: MetricOptions = {}) {
    super({ name: 'categorical_accuracy', ...options });
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return ops.equal(ops.argmax(yTrue, -1), ops.argmax(yPred, -1)).cast(this.dtype);
  }
}

/** The largest prediction is the labelled class; labels are class numbers. */
export class SparseCategoricalAccuracy extends MeanOfFunction {
  static override readonly className = 'SparseCategoricalAccuracy';

  constructor(options: MetricOptions = {}) {
    super({ name: 'sparse_categorical_accuracy', ...options });
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    const labels = yTrue.rank === yPred.rank ? ops.squeeze(yTrue, -1) : yTrue;
    return ops.equal(labels.cast('int32'), ops.argmax(yPred, -1)).cast(this.dtype);
  }
}
