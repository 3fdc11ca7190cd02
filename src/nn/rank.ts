import { ops } from '../tensor/lift.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Labels of shape [n] and predictions of shape [n, 1] (or the reverse) are meant to match: the one with
 * the extra axis of size 1 loses it, unless the other is a vector, which then gains it (Keras's rule).
 */
export function matchRanks(a: Tensor, b: Tensor): [Tensor, Tensor] {
  if (a.rank === b.rank + 1 && a.shape.at(-1) === 1) {
    return b.rank === 1 ? [a, ops.expandDims(b, -1)] : [ops.squeeze(a, -1), b];
  }
  if (b.rank === a.rank + 1 && b.shape.at(-1) === 1) {
    return a.rank === 1 ? [ops.expandDims(a, -1), b] : [a, ops.squeeze(b, -1)];
  }
  return [a, b];
}

/** `a / b`, and 0 where b is 0. */
export function divideNoNaN(a: Tensor, b: Tensor): Tensor {
  const zero = ops.equal(b, 0);
  return ops.where(zero, 0, a.div(ops.where(zero, 1, b)));
}
