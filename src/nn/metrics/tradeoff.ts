import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { divideNoNaN } from '../rank.ts';
import { classNameOf } from '../registry.ts';
import { Metric, type MetricOptions } from './metric.ts';
import { evenThresholds, updateCounts } from './thresholds.ts';

/** The best that one share can be while another does not fall below a value, over all thresholds. */

interface TradeoffOptions extends MetricOptions {
  /** How many thresholds from 0 to 1 are tried. */
  readonly numThresholds?: number;
  /** Look at this class alone. */
  readonly classId?: number | null;
}

/** Shares at each threshold. */
interface Shares {
  readonly sensitivity: Tensor;
  readonly specificity: Tensor;
  readonly precision: Tensor;
}

abstract class Tradeoff extends Metric {
  readonly numThresholds: number;
  readonly classId: number | null;
  readonly truePositives: Variable;
  readonly falsePositives: Variable;
  readonly trueNegatives: Variable;
  readonly falseNegatives: Variable;
  readonly #thresholds: readonly number[];
  readonly #least: number;

  constructor(options: TradeoffOptions, what: string, least: number) {
    super(options);
    const metric = classNameOf(this);
    this.numThresholds = options.numThresholds ?? 200;
    this.classId = options.classId ?? null;
    if (!(Number.isInteger(this.numThresholds) && this.numThresholds >= 1)) {
      fail(metric, `numThresholds is ${this.numThresholds}; expected a whole number of 1 or more`);
    }
    if (!(least >= 0 && least <= 1)) {
      fail(metric, `${what} is ${least}; expected a number from 0 to 1`);
    }
    this.#least = least;
    this.#thresholds = evenThresholds(this.numThresholds);
    const count = [this.numThresholds];
    this.truePositives = this.addVariable('true_positives', count);
    this.falsePositives = this.addVariable('false_positives', count);
    this.trueNegatives = this.addVariable('true_negatives', count);
    this.falseNegatives = this.addVariable('false_negatives', count);
  }

  /** The share to make large, and the one that is bounded from below. */
  protected abstract choose(shares: Shares): readonly [wanted: Tensor, bounded: Tensor];

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const { classId } = this;
    updateCounts(this, yTrue, yPred, { thresholds: this.#thresholds, classId, sampleWeight });
  }

  result(): Tensor {
    const [tp, fp] = [this.truePositives.value, this.falsePositives.value] as Tensor[];
    const [tn, fn] = [this.trueNegatives.value, this.falseNegatives.value] as Tensor[];
    const [wanted, bounded] = this.choose({
      sensitivity: divideNoNaN(tp, tp.add(fn)),
      specificity: divideNoNaN(tn, tn.add(fp)),
      precision: divideNoNaN(tp, tp.add(fp)),
    });
    return ops.where(ops.greaterEqual(bounded, this.#least), wanted, 0).max();
  }

  override getConfig(): Record<string, unknown> {
    const { numThresholds, classId } = this;
    return { ...super.getConfig(), numThresholds, classId };
  }
}

export interface SensitivityAtSpecificityOptions extends TradeoffOptions {
  readonly specificity: number;
}

/** The highest sensitivity (TP / (TP + FN)) with at least this specificity (TN / (TN + FP)). */
export class SensitivityAtSpecificity extends Tradeoff {
  static readonly className = 'SensitivityAtSpecificity';
  readonly specificity: number;

  constructor(options: SensitivityAtSpecificityOptions) {
    super(options, 'specificity', options.specificity);
    this.specificity = options.specificity;
  }

  protected choose({ sensitivity, specificity }: Shares) {
    return [sensitivity, specificity] as const;
  }

  override getConfig() {
    return { ...super.getConfig(), specificity: this.specificity };
  }
}

export interface SpecificityAtSensitivityOptions extends TradeoffOptions {
  readonly sensitivity: number;
}

/** The highest specificity (TN / (TN + FP)) with at least this sensitivity (TP / (TP + FN)). */
export class SpecificityAtSensitivity extends Tradeoff {
  static readonly className = 'SpecificityAtSensitivity';
  readonly sensitivity: number;

  constructor(options: SpecificityAtSensitivityOptions) {
    super(options, 'sensitivity', options.sensitivity);
    this.sensitivity = options.sensitivity;
  }

  protected choose({ sensitivity, specificity }: Shares) {
    return [specificity, sensitivity] as const;
  }

  override getConfig() {
    return { ...super.getConfig(), sensitivity: this.sensitivity };
  }
}

export interface PrecisionAtRecallOptions extends TradeoffOptions {
  readonly recall: number;
}

/** The highest precision (TP / (TP + FP)) with at least this recall (TP / (TP + FN)). */
export class PrecisionAtRecall extends Tradeoff {
  static readonly className = 'PrecisionAtRecall';
  readonly recall: number;

  constructor(options: PrecisionAtRecallOptions) {
    super(options, 'recall', options.recall);
    this.recall = options.recall;
  }

  protected choose({ precision, sensitivity }: Shares) {
    return [precision, sensitivity] as const;
  }

  override getConfig() {
    return { ...super.getConfig(), recall: this.recall };
  }
}

export interface RecallAtPrecisionOptions extends TradeoffOptions {
  readonly precision: number;
}

/** The highest recall (TP / (TP + FN)) with at least this precision (TP / (TP + FP)). */
export class RecallAtPrecision extends Tradeoff {
  static readonly className = 'RecallAtPrecision';
  readonly precision: number;

  constructor(options: RecallAtPrecisionOptions) {
    super(options, 'precision', options.precision);
    this.precision = options.precision;
  }

  protected choose({ precision, sensitivity }: Shares) {
    return [sensitivity, precision] as const;
  }

  override getConfig() {
    return { ...super.getConfig(), precision: this.precision };
  }
}
