import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matchPair } from '../rank.ts';
import { Loss, type LossOptions } from './loss.ts';

/** One minus the overlap of two sets, for segmentation. */

const EPSILON = 1e-7;

export interface DiceFunctionOptions {
  /** The axes of one set; all by default, which gives a single number. */
  readonly axis?: number | readonly number[] | null;
}

export interface TverskyFunctionOptions extends DiceFunctionOptions {
  /** Weights of what the labels have and the predictions lack, and of the reverse; 1/2 each is Dice. */
  readonly alpha?: number;
  readonly beta?: number;
}

/** `1 - 2 sum(y p) / (sum(y) + sum(p))` (Dice 1945). */
export function dice(
  yTrue: Tensor,
  yPred: Tensor,
  { axis = null }: DiceFunctionOptions = {},
): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const overlap = ops.sum(labels.mul(predictions), axis);
  const sizes = ops.sum(labels, axis).add(ops.sum(predictions, axis));
  return ops.subtract(1, overlap.mul(2).div(sizes.add(EPSILON)));
}

/** `1 - sum(y p) / (sum(y p) + alpha sum(y (1 - p)) + beta sum(p (1 - y)))` (Salehi et al. 2017). */
export function tversky(
  yTrue: Tensor,
  yPred: Tensor,
  { alpha = 0.5, beta = 0.5, axis = null }: TverskyFunctionOptions = {},
): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const overlap = ops.sum(labels.mul(predictions), axis);
  const missed = ops.sum(ops.subtract(1, predictions).mul(labels), axis);
  const invented = ops.sum(predictions.mul(ops.subtract(1, labels)), axis);
  const all = overlap.add(missed.mul(alpha)).add(invented.mul(beta)).add(EPSILON);
  return ops.subtract(1, overlap.div(all));
}

export type DiceOptions = LossOptions & DiceFunctionOptions;
export type TverskyOptions = LossOptions & TverskyFunctionOptions;

/** {@link dice} */
export class Dice extends Loss {
  static readonly className = 'Dice';
  readonly axis: number | readonly number[] | null;

  constructor(options: DiceOptions = {}) {
    super(options);
    this.axis = options.axis ?? null;
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return dice(yTrue, yPred, this);
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis };
  }
}

/** {@link tversky} */
export class Tversky extends Loss {
  static readonly className = 'Tversky';
  readonly options: Required<TverskyFunctionOptions>;

  constructor(options: TverskyOptions = {}) {
    super(options);
    const { alpha = 0.5, beta = 0.5, axis = null } = options;
    this.options = { alpha, beta, axis };
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return tversky(yTrue, yPred, this.options);
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.options };
  }
}
