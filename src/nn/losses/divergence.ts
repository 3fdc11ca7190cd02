import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matchPair } from '../rank.ts';
import { Loss } from './loss.ts';

/** Distances between distributions. */

const EPSILON = 1e-7;

/** `sum(y log(y / p))` over the last axis (Kullback and Leibler 1951); both clipped to [1e-7, 1]. */
export function klDivergence(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const y = ops.clip(labels, EPSILON, 1);
  const p = ops.clip(predictions, EPSILON, 1);
  return y.mul(y.div(p).log()).sum(-1);
}

/** `mean(p - y log p)` over the last axis: the likelihood of counts y whose expected number is p. */
export function poisson(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  return predictions.sub(labels.mul(predictions.add(EPSILON).log())).mean(-1);
}

/** {@link klDivergence} */
export class KLDivergence extends Loss {
  static readonly className = 'KLDivergence';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return klDivergence(yTrue, yPred);
  }
}

/** {@link poisson} */
export class Poisson extends Loss {
  static readonly className = 'Poisson';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return poisson(yTrue, yPred);
  }
}
