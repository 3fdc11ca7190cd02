import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { divideNoNaN } from '../rank.ts';
import { classNameOf } from '../registry.ts';
import { Metric, type MetricOptions } from './metric.ts';
import {
  type ConfusionCounts,
  thresholdList,
  thresholdOfTopK,
  updateCounts,
} from './thresholds.ts';

/** Counts of right and wrong binary decisions, and the shares computed from them. */

export interface ThresholdsOptions extends MetricOptions {
  /** Scores above it are positive; 0.5 by default. Several give one result each. */
  readonly thresholds?: number | readonly number[] | null;
}

/** The first element where there is one threshold, else all. */
const single = (x: Tensor, count: number): Tensor => (count === 1 ? ops.squeeze(x, 0) : x);

abstract class ConfusionCount extends Metric {
  readonly thresholds: readonly number[];
  readonly accumulator: Variable;
  readonly #given: ThresholdsOptions['thresholds'];
  protected abstract readonly counted: keyof ConfusionCounts;

  constructor(options: ThresholdsOptions = {}) {
    super(options);
    this.#given = options.thresholds ?? null;
    this.thresholds = thresholdList(classNameOf(this), this.#given, 0.5);
    this.accumulator = this.addVariable('accumulator', [this.thresholds.length]);
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const counts = { [this.counted]: this.accumulator };
    updateCounts(counts, yTrue, yPred, { thresholds: this.thresholds, sampleWeight });
  }

  result(): Tensor {
    return single(this.accumulator.value, this.thresholds.length);
  }

  override getConfig() {
    return { ...super.getConfig(), thresholds: this.#given };
  }
}

/** Number (or weight) of samples labelled 1 with a score above the threshold. */
export class TruePositives extends ConfusionCount {
  static readonly className = 'TruePositives';
  protected readonly counted = 'truePositives';
}

/** Number (or weight) of samples labelled 0 with a score above the threshold. */
export class FalsePositives extends ConfusionCount {
  static readonly className = 'FalsePositives';
  protected readonly counted = 'falsePositives';
}

/** Number (or weight) of samples labelled 0 with a score not above the threshold. */
export class TrueNegatives extends ConfusionCount {
  static readonly className = 'TrueNegatives';
  protected readonly counted = 'trueNegatives';
}

/** Number (or weight) of samples labelled 1 with a score not above the threshold. */
export class FalseNegatives extends ConfusionCount {
  static readonly className = 'FalseNegatives';
  protected readonly counted = 'falseNegatives';
}

export interface PrecisionOptions extends ThresholdsOptions {
  /** Count only the k largest scores of each sample as positive. */
  readonly topK?: number | null;
  /** Look at this class alone. */
  readonly classId?: number | null;
}

/** True positives as a share of what `other` adds to them. */
abstract class PositiveShare extends Metric {
  readonly thresholds: readonly number[];
  readonly topK: number | null;
  readonly classId: number | null;
  readonly truePositives: Variable;
  readonly others: Variable;
  readonly #given: ThresholdsOptions['thresholds'];
  protected abstract readonly other: 'falsePositives' | 'falseNegatives';

  constructor(options: PrecisionOptions, other: string) {
    super(options);
    this.topK = options.topK ?? null;
    this.classId = options.classId ?? null;
    this.#given = options.thresholds ?? null;
    const fallback = this.topK === null ? 0.5 : thresholdOfTopK;
    this.thresholds = thresholdList(classNameOf(this), this.#given, fallback);
    this.truePositives = this.addVariable('true_positives', [this.thresholds.length]);
    this.others = this.addVariable(other, [this.thresholds.length]);
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const { thresholds, topK, classId } = this;
    const counts = { truePositives: this.truePositives, [this.other]: this.others };
    updateCounts(counts, yTrue, yPred, { thresholds, topK, classId, sampleWeight });
  }

  result(): Tensor {
    const positives: Tensor = this.truePositives.value;
    const shares = divideNoNaN(positives, positives.add(this.others.value));
    return single(shares, this.thresholds.length);
  }

  override getConfig() {
    const { topK, classId } = this;
    return { ...super.getConfig(), thresholds: this.#given, topK, classId };
  }
}

/** The share of positive decisions that are right: `TP / (TP + FP)`, 0 where there are none. */
export class Precision extends PositiveShare {
  static readonly className = 'Precision';
  protected readonly other = 'falsePositives';

  constructor(options: PrecisionOptions = {}) {
    super(options, 'false_positives');
  }
}

/** The share of the positive samples that are found: `TP / (TP + FN)`, 0 where there are none. */
export class Recall extends PositiveShare {
  static readonly className = 'Recall';
  protected readonly other = 'falseNegatives';

  constructor(options: PrecisionOptions = {}) {
    super(options, 'false_negatives');
  }
}
