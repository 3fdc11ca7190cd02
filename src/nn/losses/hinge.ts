import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matchPair } from '../rank.ts';
import { Loss } from './loss.ts';

/** Margins, as in support vector machines (Cortes and Vapnik 1995). */

/** Labels in {-1, 1}: unchanged, unless all of them are 0 or 1. */
function toSigns(labels: Tensor): Tensor {
  const binary = ops.all(ops.logicalOr(ops.equal(labels, 0), ops.equal(labels, 1)));
  return ops.where(binary, labels.mul(2).sub(1), labels);
}

function margins(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  return ops.subtract(1, toSigns(labels).mul(predictions)).relu();
}

/** `mean(max(1 - y p, 0))` over the last axis; labels -1 and 1, or 0 and 1. */
export function hinge(yTrue: Tensor, yPred: Tensor): Tensor {
  return margins(yTrue, yPred).mean(-1);
}

/** `mean(max(1 - y p, 0)^2)` over the last axis; labels -1 and 1, or 0 and 1. */
export function squaredHinge(yTrue: Tensor, yPred: Tensor): Tensor {
  return margins(yTrue, yPred).square().mean(-1);
}

/** `max(1 + highest wrong score - right score, 0)`; labels are one-hot. */
export function categoricalHinge(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const right = labels.mul(predictions).sum(-1);
  const wrong = ops.subtract(1, labels).mul(predictions).max(-1);
  return wrong.sub(right).add(1).relu();
}

/** {@link hinge} */
export class Hinge extends Loss {
  static readonly className = 'Hinge';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return hinge(yTrue, yPred);
  }
}

/** {@link squaredHinge} */
export class SquaredHinge extends Loss {
  static readonly className = 'SquaredHinge';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return squaredHinge(yTrue, yPred);
  }
}

/** {@link categoricalHinge} */
export class CategoricalHinge extends Loss {
  static readonly className = 'CategoricalHinge';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalHinge(yTrue, yPred);
  }
}
