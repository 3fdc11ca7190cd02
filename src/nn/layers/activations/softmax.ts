import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type CallOptions, Layer, type LayerOptions } from '../layer.ts';
import { getMask } from '../mask.ts';

export interface SoftmaxOptions extends LayerOptions {
  /** The axis, or axes taken together, along which the outputs sum to 1; the last by default. */
  readonly axis?: number | readonly number[];
}

/** Low enough to vanish beside any other score, finite so that a row of nothing else is no NaN. */
const MASKED = -1e9;

/**
 * Probabilities from scores. The call option `mask` (true, or above 0.5, to keep; it broadcasts to the input)
 * takes positions out: they get 0, also where nothing is left. The mask [batch, steps] that an input with
 * more axes carries only goes on to the next layer.
 */
export class Softmax extends Layer {
  static readonly className = 'Softmax';
  readonly axis: number | readonly number[];

  constructor(options: SoftmaxOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
    this.supportsMasking = true;
    this.built = true;
  }

  call(x: Tensor, { mask }: CallOptions = {}): Tensor {
    const isCarried = mask !== undefined && mask === getMask(x);
    return maskedSoftmax(x, this.axis, isCarried && mask.rank < x.rank ? undefined : mask);
  }

  override getConfig() {
    return { ...super.getConfig(), axis: this.axis };
  }
}

/** Softmax over the positions where `mask` is true, 0 elsewhere. */
export function maskedSoftmax(
  x: Tensor,
  axis: number | readonly number[],
  mask: Tensor | null | undefined,
): Tensor {
  if (!mask) return ops.softmax(x, axis);
  const keep = mask.dtype === 'bool' ? mask : ops.greater(mask, 0.5);
  return ops.where(keep, ops.softmax(ops.where(keep, x, MASKED), axis), 0);
}
