import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import { scalar, type Tensor } from '../../tensor/tensor.ts';
import { getMask } from '../layers/mask.ts';
import { snakeCaseClass } from '../names.ts';
import { divideNoNaN, matchRanks } from '../rank.ts';
import { type Configurable, classNameOf } from '../registry.ts';

/**
 * A loss compares labels with predictions: one number a sample, reduced to the scalar that training
 * makes small. Weights multiply the numbers before they are reduced.
 */

export type Reduction = 'sumOverBatchSize' | 'sum' | 'mean' | 'meanWithSampleWeight' | 'none';

export interface LossOptions {
  /**
   * How the numbers of a batch become one: their sum divided by how many there are (the default; weights
   * do not change the divisor), their plain sum, or their sum divided by the sum of the weights.
   */
  readonly reduction?: Reduction | 'sum_over_batch_size' | 'mean_with_sample_weight' | null;
  readonly name?: string;
}

export abstract class Loss implements Configurable {
  readonly name: string;
  readonly reduction: Reduction;

  constructor(options: LossOptions = {}) {
    this.name = options.name ?? snakeCaseClass(classNameOf(this));
    this.reduction = reductionOf(options.reduction);
  }

  /** The loss of each sample (and position): the shape of the labels without the reduced axes. */
  abstract perSample(yTrue: Tensor, yPred: Tensor): Tensor;

  /** The loss of a batch. `sampleWeight` has one number a sample, or one a position. */
  call(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Tensor {
    const [labels, predictions] = matchRanks(yTrue, yPred);
    const mask = getMask(yPred);
    return reduceWeighted(this.perSample(labels, predictions), sampleWeight, mask, this.reduction);
  }

  getConfig(): Record<string, unknown> {
    return { name: this.name, reduction: toKeras[this.reduction] };
  }
}

const toKeras: Record<Reduction, string> = {
  sumOverBatchSize: 'sum_over_batch_size',
  meanWithSampleWeight: 'mean_with_sample_weight',
  sum: 'sum',
  mean: 'mean',
  none: 'none',
};

function reductionOf(spec: LossOptions['reduction']): Reduction {
  if (spec === undefined) return 'sumOverBatchSize';
  if (spec === null) return 'none';
  const found = Object.entries(toKeras).find(([name, keras]) => spec === name || spec === keras);
  // Keras 2 wrote 'auto' for the default.
  if ((spec as string) === 'auto') return 'sumOverBatchSize';
  if (!found) {
    fail('loss', `reduction is '${spec}'; expected one of ${Object.keys(toKeras).join(', ')}`);
  }
  return found[0] as Reduction;
}

/** Values times weights, reduced to one number (or not at all). */
export function reduceWeighted(
  values: Tensor,
  sampleWeight: Tensor | undefined,
  mask: Tensor | undefined,
  reduction: Reduction,
): Tensor {
  let weight = sampleWeight?.cast(values.dtype);
  if (mask) {
    let valid: Tensor = mask.cast(values.dtype);
    if (reduction === 'sumOverBatchSize' || reduction === 'mean') {
      // Masked positions do not count: the others are scaled up to make the divisor right.
      const total = ops.onesLike(valid).sum();
      valid = valid.mul(divideNoNaN(total, valid.sum()));
    }
    if (weight) {
      const [a, b] = matchRanks(valid, weight);
      weight = a.mul(b);
    } else {
      weight = valid;
    }
  }
  let weighted = values;
  if (weight) {
    const [v, w] = matchRanks(values, alignRank(weight, values));
    weighted = v.mul(w);
  }
  if (reduction === 'none') return weighted;
  const total = weighted.sum();
  if (reduction === 'sum') return total;
  if (reduction === 'meanWithSampleWeight' && weight) return divideNoNaN(total, weight.sum());
  const count = weighted.size;
  return count === null
    ? divideNoNaN(total, ops.onesLike(weighted).sum())
    : count === 0
      ? scalar(0)
      : total.div(count);
}

/** Weights with one number a sample, spread over the other axes of the values. */
function alignRank(weight: Tensor, values: Tensor): Tensor {
  let out = weight;
  while (out.rank >= 1 && out.rank < values.rank) out = ops.expandDims(out, -1);
  return out;
}
