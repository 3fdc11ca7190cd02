import { type DType, isFloat } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { getMask } from '../layers/mask.ts';
import { snakeCaseClass } from '../names.ts';
import { divideNoNaN, matchRanks } from '../rank.ts';
import { type Configurable, classNameOf } from '../registry.ts';

export type Reduction = 'sumOverBatchSize' | 'sum' | 'mean' | 'meanWithSampleWeight' | 'none';

/** What every loss takes; each has options of its own besides. */
export interface LossOptions {
  /**
   * How the numbers of a batch become one: their sum divided by how many there are (the default; weights
   * do not change the divisor), their plain sum, or their sum divided by the sum of the weights.
   */
  readonly reduction?: Reduction | 'sum_over_batch_size' | 'mean_with_sample_weight' | null;
  readonly name?: string;
  /** The dtype to compute in; by default that of the predictions, float32 for integers. */
  readonly dtype?: DType | null;
}

/**
 * A loss compares labels with predictions: one number a sample, reduced to the scalar that training
 * makes small. Weights multiply the numbers before they are reduced.
 *
 * A loss of your own defines `perSample`; a plain function of labels and predictions will do as well.
 */
export abstract class Loss implements Configurable {
  /** Options that are not in its configuration. @internal */
  static readonly options: readonly string[] = ['dtype'];
  readonly name: string;
  readonly reduction: Reduction;
  readonly dtype: DType | undefined;

  constructor(options: LossOptions = {}) {
    this.name = options.name ?? snakeCaseClass(classNameOf(this));
    this.reduction = reductionOf(options.reduction);
    this.dtype = options.dtype ?? undefined;
  }

  /**
   * The loss of each sample (and position): the shape of the labels without the reduced axes. Labels
   * come in the dtype of the predictions, and with their rank where the two differ by an axis of size 1.
   */
  abstract perSample(yTrue: Tensor, yPred: Tensor): Tensor;

  /** The loss of a batch. `sampleWeight` has one number a sample, or one a position. */
  call(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Tensor {
    const inMask = getMask(yPred);
    const dtype = this.dtype ?? (isFloat(yPred.dtype) ? yPred.dtype : 'float32');
    const [labels, predictions] = matchRanks(yTrue.cast(dtype), yPred.cast(dtype));
    const values = this.perSample(labels, predictions);
    const outMask = getMask(values);
    const mask = inMask && outMask ? ops.logicalAnd(inMask, outMask) : (inMask ?? outMask);
    return reduceWeighted(values, sampleWeight, mask, this.reduction);
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
  // Keras 2 wrote 'auto' for the default.
  if (spec === undefined || (spec as string) === 'auto') return 'sumOverBatchSize';
  if (spec === null) return 'none';
  const found = Object.entries(toKeras).find(([name, keras]) => spec === name || spec === keras);
  if (!found) {
    fail('loss', `reduction is '${spec}'; expected one of ${Object.keys(toKeras).join(', ')}`);
  }
  return found[0] as Reduction;
}

/** Values times weights, reduced to one number (or not at all). */
function reduceWeighted(
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
    weight = weight ? product(valid, weight) : valid;
  }
  const weighted = weight ? product(values, weight) : values;
  if (reduction === 'none' || weighted.rank === 0) return weighted;
  const total = weighted.sum();
  if (reduction === 'sum') return total;
  if (reduction === 'meanWithSampleWeight' && weight) return divideNoNaN(total, weight.sum());
  // A batch without samples has the loss 0.
  return weighted.size === null || weighted.size === 0
    ? divideNoNaN(total, ops.onesLike(weighted).sum())
    : total.div(weighted.size);
}

/** Values times weights; weights with one number a sample are spread over the other axes. */
function product(values: Tensor, weight: Tensor): Tensor {
  let [a, b] = matchRanks(values, weight);
  while (b.rank >= 1 && b.rank < a.rank) b = ops.expandDims(b, -1);
  while (a.rank >= 1 && a.rank < b.rank) a = ops.expandDims(a, -1);
  return a.mul(b);
}
