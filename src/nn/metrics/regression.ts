import { fail } from '../../graph/errors.ts';
import { formatShape } from '../../graph/shape.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import {
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from '../losses/regression.ts';
import { cosineSimilarity } from '../losses/similarity.ts';
import { matchRanks } from '../rank.ts';
import { meanOf } from './function-metric.ts';
import { MeanOfFunction, Metric, type MetricOptions } from './metric.ts';

/** How far real-valued predictions are from the truth. */

/** `mean((y - p)^2)`. */
export const MeanSquaredError = meanOf('MeanSquaredError', 'mean_squared_error', meanSquaredError);

/** `mean(|y - p|)`. */
export const MeanAbsoluteError = meanOf(
  'MeanAbsoluteError',
  'mean_absolute_error',
  meanAbsoluteError,
);

/** `100 mean(|y - p| / |y|)`. */
export const MeanAbsolutePercentageError = meanOf(
  'MeanAbsolutePercentageError',
  'mean_absolute_percentage_error',
  meanAbsolutePercentageError,
);

/** `mean((log(1 + p) - log(1 + y))^2)`. */
export const MeanSquaredLogarithmicError = meanOf(
  'MeanSquaredLogarithmicError',
  'mean_squared_logarithmic_error',
  meanSquaredLogarithmicError,
);

/** `mean(log(cosh(p - y)))`. */
export const LogCoshError = meanOf('LogCoshError', 'logcosh', logCosh);

/** The root of the mean squared error, in the unit of the labels. */
export class RootMeanSquaredError extends MeanOfFunction {
  static override readonly className = 'RootMeanSquaredError';

  constructor(options: MetricOptions = {}) {
    super({ ...options, name: options.name ?? 'root_mean_squared_error' });
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    const [labels, predictions] = matchRanks(yTrue.cast(this.dtype), yPred.cast(this.dtype));
    return predictions.sub(labels).square();
  }

  override result(): Tensor {
    return super.result().sqrt();
  }
}

export interface AxisOptions extends MetricOptions {
  /** The axis along which the numbers of one comparison lie. */
  readonly axis?: number;
}

/** The cosine of the angle between labels and predictions: 1 for the same direction. (The loss is its negative.) */
export class CosineSimilarity extends MeanOfFunction {
  static override readonly className = 'CosineSimilarity';
  readonly axis: number;

  constructor(options: AxisOptions = {}) {
    super({ ...options, name: options.name ?? 'cosine_similarity' });
    this.axis = options.axis ?? -1;
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return cosineSimilarity(yTrue, yPred, this).neg();
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis };
  }
}

export interface R2ScoreOptions extends MetricOptions {
  /** How the scores of several outputs become one; null keeps them apart. */
  readonly classAggregation?:
    | 'uniformAverage'
    | 'varianceWeightedAverage'
    | 'uniform_average'
    | 'variance_weighted_average'
    | null;
  /** Number of independent regressors, for the adjusted score; 0 is the plain one. */
  readonly numRegressors?: number;
}

/**
 * The share of the labels' variance that the predictions explain: `1 - sum((y - p)^2) / sum((y - mean(y))^2)`.
 * 1 is perfect, 0 is as good as predicting the mean. Labels and predictions are [samples, outputs].
 */
export class R2Score extends Metric {
  static readonly className = 'R2Score';
  readonly classAggregation: 'uniform_average' | 'variance_weighted_average' | null;
  readonly numRegressors: number;
  readonly #numSamples: Variable;
  #sums: Record<'squaredSum' | 'sum' | 'residual' | 'count', Variable> | undefined;

  constructor(options: R2ScoreOptions = {}) {
    super({ ...options, name: options.name ?? 'r2_score' });
    const { classAggregation: given = 'uniform_average', numRegressors = 0 } = options;
    const aggregation = given?.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`) ?? null;
    if (![null, 'uniform_average', 'variance_weighted_average'].includes(aggregation)) {
      fail(
        'R2Score',
        `classAggregation is '${given}'; expected 'uniformAverage', 'varianceWeightedAverage' or null`,
      );
    }
    if (!(Number.isInteger(numRegressors) && numRegressors >= 0)) {
      fail('R2Score', `numRegressors is ${numRegressors}; expected a whole number of 0 or more`);
    }
    this.classAggregation = aggregation as R2Score['classAggregation'];
    this.numRegressors = numRegressors;
    this.#numSamples = this.addVariable('num_samples', []);
  }

  updateState(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const [labels, predictions] = matchRanks(yTrue.cast(this.dtype), yPred.cast(this.dtype));
    if (labels.rank !== 2 || predictions.rank !== 2) {
      fail(
        'R2Score',
        `labels are ${formatShape(yTrue.node.shape)}, predictions ${formatShape(yPred.node.shape)}; expected [samples, outputs] for both`,
      );
    }
    const outputs = predictions.node.shape[1];
    this.#sums ??= {
      squaredSum: this.addVariable('squared_sum', [outputs]),
      sum: this.addVariable('sum', [outputs]),
      residual: this.addVariable('residual', [outputs]),
      count: this.addVariable('count', [outputs]),
    };
    const given: Tensor = sampleWeight ? sampleWeight.cast(this.dtype) : ops.ones([]);
    const column = given.rank === 1 ? ops.expandDims(given, 1) : given;
    const ones = ops.onesLike(labels);
    const weight = ones.mul(column);
    const weighted = labels.mul(weight);
    this.#sums.sum.assignAdd(weighted.sum(0));
    this.#sums.squaredSum.assignAdd(labels.mul(weighted).sum(0));
    this.#sums.residual.assignAdd(labels.sub(predictions).square().mul(weight).sum(0));
    this.#sums.count.assignAdd(weight.sum(0));
    this.#numSamples.assignAdd(ones.sum());
  }

  result(): Tensor {
    if (!this.#sums) return ops.zeros([]);
    const { squaredSum, sum, residual, count } = this.#sums;
    const total = squaredSum.value.sub(sum.value.mul(sum.value.div(count.value)));
    const raw = ops.subtract(1, residual.value.div(total));
    const scores = ops.where(ops.isinf(raw), 0, raw);
    return this.#adjusted(this.#aggregated(scores, total));
  }

  override getConfig() {
    const { classAggregation, numRegressors } = this;
    return { ...super.getConfig(), classAggregation, numRegressors };
  }

  #aggregated(scores: Tensor, variances: Tensor): Tensor {
    if (this.classAggregation === 'uniform_average') return scores.mean();
    if (this.classAggregation === null) return scores;
    return variances.mul(scores).sum().div(variances.sum());
  }

  /** Corrected for the number of regressors, where there are more samples than that. */
  #adjusted(score: Tensor): Tensor {
    if (this.numRegressors === 0) return score;
    const samples: Tensor = this.#numSamples.value;
    const left = samples.sub(this.numRegressors).sub(1);
    const enough = ops.greater(left, 0);
    const unexplained = ops.subtract(1, score).mul(samples.sub(1));
    const adjusted = ops.subtract(1, unexplained.div(ops.where(enough, left, 1)));
    return ops.where(enough, adjusted, score);
  }
}
