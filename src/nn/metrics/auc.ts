import { fail } from '../../graph/errors.ts';
import { formatShape } from '../../graph/shape.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { divideNoNaN } from '../rank.ts';
import { Metric, type MetricOptions } from './metric.ts';
import { EPSILON, evenThresholds, updateCounts } from './thresholds.ts';

const curves = ['ROC', 'PR', 'PRGAIN'] as const;
const methods = ['interpolation', 'minoring', 'majoring'] as const;

export type AUCCurve = (typeof curves)[number];
export type AUCSummation = (typeof methods)[number];

export interface AUCOptions extends MetricOptions {
  /** How many thresholds from 0 to 1 approximate the curve. */
  readonly numThresholds?: number;
  /** True over false positive rate, precision over recall, or their gains (Flach and Kull 2015). */
  readonly curve?: AUCCurve | Lowercase<AUCCurve>;
  /** Trapezoids ('interpolation'), the lower or the higher end of each step. */
  readonly summationMethod?: AUCSummation;
  /** Thresholds of your own between 0 and 1, in place of `numThresholds`. */
  readonly thresholds?: readonly number[] | null;
  /** Compute the area for each label of the last axis, and average. */
  readonly multiLabel?: boolean;
  readonly numLabels?: number | null;
  /** Weights of the labels: in the average with `multiLabel`, else of each label's predictions. */
  readonly labelWeights?: readonly number[] | null;
  /** Whether predictions are scores before the sigmoid. */
  readonly fromLogits?: boolean;
}

interface Counts {
  readonly truePositives: Variable;
  readonly falsePositives: Variable;
  readonly trueNegatives: Variable;
  readonly falseNegatives: Variable;
}

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((k) => k.toLowerCase() === value.toLowerCase());
  return found ?? fail('AUC', `${option} is '${value}'; expected ${known.join(', ')}`);
}

/** Rows 0 to n - 2 and rows 1 to n - 1: the two ends of each step of the curve. */
function ends(x: Tensor): [before: Tensor, after: Tensor] {
  const last = x.node.shape[0] - 1;
  const [before] = ops.split(x, [last]);
  const [, after] = ops.split(x, [1]);
  return [before, after];
}

/**
 * The area under a curve of a binary classifier over all its thresholds: for ROC the probability that a
 * positive sample scores higher than a negative one. The curve is approximated at 200 thresholds.
 */
export class AUC extends Metric {
  static readonly className = 'AUC';
  readonly numThresholds: number;
  readonly curve: AUCCurve;
  readonly summationMethod: AUCSummation;
  /** All thresholds, one below 0 and one above 1 included. */
  readonly thresholds: readonly number[];
  readonly multiLabel: boolean;
  readonly numLabels: number | null;
  readonly labelWeights: readonly number[] | null;
  readonly fromLogits: boolean;
  readonly #given: readonly number[] | null;
  #counts: Counts | undefined;

  constructor(options: AUCOptions = {}) {
    super(options);
    this.curve = oneOf('curve', options.curve ?? 'ROC', curves);
    this.summationMethod = oneOf(
      'summationMethod',
      options.summationMethod ?? 'interpolation',
      methods,
    );
    this.#given = options.thresholds ? [...options.thresholds].sort((a, b) => a - b) : null;
    this.numThresholds = this.#given ? this.#given.length + 2 : (options.numThresholds ?? 200);
    if (!(Number.isInteger(this.numThresholds) && this.numThresholds >= 2)) {
      fail('AUC', `numThresholds is ${this.numThresholds}; expected a whole number of 2 or more`);
    }
    this.thresholds = this.#given
      ? [-EPSILON, ...this.#given, 1 + EPSILON]
      : evenThresholds(this.numThresholds, EPSILON);
    this.multiLabel = options.multiLabel ?? false;
    this.numLabels = options.numLabels ?? null;
    this.labelWeights = options.labelWeights ?? null;
    this.fromLogits = options.fromLogits ?? false;
    if (!this.multiLabel) {
      if (this.numLabels) fail('AUC', 'numLabels is only for multiLabel: true; leave it out');
      this.#counts = this.#makeCounts([]);
    } else if (this.numLabels) {
      this.#counts = this.#makeCounts([this.numLabels]);
    }
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const { multiLabel, thresholds } = this;
    if (multiLabel && yPred.rank !== 2) {
      fail(
        'AUC',
        `predictions are ${formatShape(yPred.node.shape)}; expected [samples, labels] with multiLabel`,
      );
    }
    this.#counts ??= this.#makeCounts([yPred.node.shape[1]]);
    updateCounts(this.#counts, yTrue, this.fromLogits ? yPred.sigmoid() : yPred, {
      thresholds,
      multiLabel,
      sampleWeight,
      labelWeights: multiLabel ? null : this.labelWeights,
    });
  }

  result(): Tensor {
    if (!this.#counts) return ops.zeros([]);
    const { truePositives, falsePositives, trueNegatives, falseNegatives } = this.#counts;
    const [tp, fp] = [truePositives.value, falsePositives.value] as Tensor[];
    const [tn, fn] = [trueNegatives.value, falseNegatives.value] as Tensor[];
    if (this.curve === 'PR' && this.summationMethod === 'interpolation') {
      return this.#average(interpolatedPrecision(tp, fp, fn));
    }
    const [x, y] = coordinates[this.curve](tp, fp, tn, fn);
    const [x0, x1] = ends(x);
    return this.#average(x0.sub(x1).mul(heights[this.summationMethod](...ends(y))));
  }

  override getConfig() {
    const { numThresholds, curve, summationMethod, multiLabel, numLabels } = this;
    const own = this.#given ? { thresholds: this.#given } : {};
    return {
      ...super.getConfig(),
      numThresholds,
      curve,
      summationMethod,
      multiLabel,
      numLabels,
      labelWeights: this.labelWeights,
      fromLogits: this.fromLogits,
      ...own,
    };
  }

  #makeCounts(labels: readonly number[]): Counts {
    const shape = [this.numThresholds, ...labels];
    return {
      truePositives: this.addVariable('true_positives', shape),
      falsePositives: this.addVariable('false_positives', shape),
      trueNegatives: this.addVariable('true_negatives', shape),
      falseNegatives: this.addVariable('false_negatives', shape),
    };
  }

  /** The sum of the areas of all steps, averaged over the labels. */
  #average(areas: Tensor): Tensor {
    if (!this.multiLabel) return areas.sum();
    const byLabel = areas.sum(0);
    if (!this.labelWeights) return byLabel.mean();
    const weights: Tensor = ops.array(this.labelWeights as number[]);
    return divideNoNaN(byLabel.mul(weights).sum(), weights.sum());
  }
}

type Coordinates = (tp: Tensor, fp: Tensor, tn: Tensor, fn: Tensor) => [x: Tensor, y: Tensor];

const coordinates: Record<AUCCurve, Coordinates> = {
  ROC: (tp, fp, tn, fn) => [divideNoNaN(fp, fp.add(tn)), divideNoNaN(tp, tp.add(fn))],
  PR: (tp, fp, _tn, fn) => [divideNoNaN(tp, tp.add(fn)), divideNoNaN(tp, tp.add(fp))],
  PRGAIN: (tp, fp, tn, fn) => {
    const odds = divideNoNaN(tp.add(fn), tn.add(fp));
    const gain = (wrong: Tensor) => ops.subtract(1, odds.mul(divideNoNaN(wrong, tp)));
    // Without true positives the gains diverge: recall's counts as 0, precision's as 1.
    const none = ops.equal(tp, 0);
    return [ops.where(none, 0, gain(fn)).relu(), ops.where(none, 1, gain(fp))];
  },
};

const heights: Record<AUCSummation, (before: Tensor, after: Tensor) => Tensor> = {
  interpolation: (before, after) => before.add(after).div(2),
  minoring: (before, after) => ops.minimum(before, after),
  majoring: (before, after) => ops.maximum(before, after),
};

/**
 * Areas under the precision-recall curve where true and predicted positives vary linearly between two
 * thresholds (Davis and Goadrich 2006): precision itself does not. With slope s of true over predicted
 * positives P the area is `s (dTP + intercept log(P_A / P_B)) / positives`.
 */
function interpolatedPrecision(tp: Tensor, fp: Tensor, fn: Tensor): Tensor {
  const [tpBefore, tpAfter] = ends(tp);
  const [before, after] = ends(tp.add(fp));
  const gained = tpBefore.sub(tpAfter);
  const slope = divideNoNaN(gained, before.sub(after).relu());
  const intercept = tpAfter.sub(slope.mul(after));
  const both = ops.logicalAnd(ops.greater(before, 0), ops.greater(after, 0));
  const ratio = ops.where(both, divideNoNaN(before, after.relu()), 1);
  const [, missed] = ends(fn);
  const area = slope.mul(gained.add(intercept.mul(ratio.log())));
  return divideNoNaN(area, tpAfter.add(missed).relu());
}
