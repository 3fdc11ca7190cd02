import { isFloat } from '../graph/dtype.ts';
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

/** Labels and predictions as floats of the predictions' dtype, with matching ranks. */
export function matchPair(yTrue: Tensor, yPred: Tensor): [Tensor, Tensor] {
  const predictions: Tensor = isFloat(yPred.dtype) ? yPred : yPred.cast('float32');
  return matchRanks(yTrue.cast(predictions.dtype), predictions);
}

/** `a / b`, and 0 where b is 0. */
export function divideNoNaN(a: Tensor, b: Tensor): Tensor {
  return ops.divideNoNan(a, b);
}
