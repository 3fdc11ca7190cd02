import { fail } from '../../graph/errors.ts';
import { formatShape } from '../../graph/shape.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Metric, type MetricOptions } from './metric.ts';

const EPSILON = 1e-7;

export type Average = 'micro' | 'macro' | 'weighted' | null;

export interface F1ScoreOptions extends MetricOptions {
  /**
   * null gives the score of each class; 'micro' counts all classes together, 'macro' is the mean of the
   * classes, 'weighted' their mean by how often they occur.
   */
  readonly average?: Average;
  /** Scores above it are positive; without one the largest score of each sample is. */
  readonly threshold?: number | null;
}

export interface FBetaScoreOptions extends F1ScoreOptions {
  /** How many times more recall counts than precision. */
  readonly beta?: number;
}

interface Counts {
  readonly truePositives: Variable;
  readonly falsePositives: Variable;
  readonly falseNegatives: Variable;
  /** Number (or weight) of samples of each class. */
  readonly support: Variable;
}

/**
 * The weighted harmonic mean of precision and recall, `(1 + b^2) P R / (b^2 P + R)` (van Rijsbergen 1979).
 * Labels and predictions are [samples, classes], labels one-hot or of several ones.
 */
export class FBetaScore extends Metric {
  static readonly className: string = 'FBetaScore';
  readonly average: Average;
  readonly beta: number;
  readonly threshold: number | null;
  #counts: Counts | undefined;

  constructor(options: FBetaScoreOptions = {}) {
    super({ ...options, name: options.name ?? 'fbeta_score' });
    const { average = null, beta = 1, threshold = null } = options;
    if (![null, 'micro', 'macro', 'weighted'].includes(average)) {
      fail('FBetaScore', `average is '${average}'; expected 'micro', 'macro', 'weighted' or null`);
    }
    if (!(beta > 0)) fail('FBetaScore', `beta is ${beta}; expected a positive number`);
    if (threshold !== null && !(threshold > 0 && threshold <= 1)) {
      fail('FBetaScore', `threshold is ${threshold}; expected a number above 0 and up to 1`);
    }
    this.average = average;
    this.beta = beta;
    this.threshold = threshold;
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    if (yTrue.rank !== 2 || yPred.rank !== 2) {
      fail(
        'FBetaScore',
        `labels are ${formatShape(yTrue.node.shape)}, predictions ${formatShape(yPred.node.shape)}; expected [samples, classes] for both`,
      );
    }
    const shape = this.average === 'micro' ? [] : [yPred.node.shape[1]];
    this.#counts ??= {
      truePositives: this.addVariable('true_positives', shape),
      falsePositives: this.addVariable('false_positives', shape),
      falseNegatives: this.addVariable('false_negatives', shape),
      support: this.addVariable('intermediate_weights', shape),
    };
    const labels: Tensor = yTrue.cast(this.dtype);
    const positive = this.#decide(yPred.cast(this.dtype)).cast(this.dtype);
    const weight = sampleWeight && ops.expandDims(sampleWeight.cast(this.dtype), 1);
    const count = (x: Tensor): Tensor => {
      const weighted = weight ? x.mul(weight) : x;
      return this.average === 'micro' ? weighted.sum() : weighted.sum(0);
    };
    this.#counts.truePositives.assignAdd(count(positive.mul(labels)));
    this.#counts.falsePositives.assignAdd(count(positive.mul(ops.subtract(1, labels))));
    this.#counts.falseNegatives.assignAdd(count(ops.subtract(1, positive).mul(labels)));
    this.#counts.support.assignAdd(count(labels));
  }

  result(): Tensor {
    if (!this.#counts) return ops.zeros([]);
    const positives: Tensor = this.#counts.truePositives.value;
    const share = (others: Variable) =>
      positives.div(positives.add(others.value as Tensor).add(EPSILON));
    const precision = share(this.#counts.falsePositives);
    const recall = share(this.#counts.falseNegatives);
    const squared = this.beta ** 2;
    const mean = precision.mul(recall).div(precision.mul(squared).add(recall).add(EPSILON));
    const scores = mean.mul(1 + squared);
    if (this.average === null) return scores;
    if (this.average !== 'weighted') return scores.mean();
    const support: Tensor = this.#counts.support.value;
    return scores.mul(support.div(support.sum().add(EPSILON))).sum();
  }

  override getConfig(): Record<string, unknown> {
    const { average, beta, threshold } = this;
    return { ...super.getConfig(), average, beta, threshold };
  }

  #decide(scores: Tensor): Tensor {
    if (this.threshold !== null) return ops.greater(scores, this.threshold);
    // Rows of zeros have no positive class.
    const largest = ops.greaterEqual(scores, scores.max(-1, true));
    return ops.logicalAnd(largest, ops.greater(scores.abs(), 1e-9));
  }
}

/** The harmonic mean of precision and recall, `2 P R / (P + R)`. */
export class F1Score extends FBetaScore {
  static override readonly className = 'F1Score';

  constructor(options: F1ScoreOptions = {}) {
    super({ ...options, beta: 1, name: options.name ?? 'f1_score' });
  }

  override getConfig() {
    const { beta: _, ...config } = super.getConfig();
    return config;
  }
}
