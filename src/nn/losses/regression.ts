import type { Tensor } from '../../tensor/tensor.ts';
import { Loss } from './loss.ts';

/** Losses of real-valued predictions; each is a mean over the last axis. */

/** `mean((y - p)^2)`: maximum likelihood under Gaussian noise. */
export function meanSquaredError(yTrue: Tensor, yPred: Tensor): Tensor {
  return yPred.sub(yTrue.cast(yPred.dtype)).square().mean(-1);
}

/** `mean(|y - p|)`: maximum likelihood under Laplace noise; aims at the median. */
export function meanAbsoluteError(yTrue: Tensor, yPred: Tensor): Tensor {
  return yPred.sub(yTrue.cast(yPred.dtype)).abs().mean(-1);
}

export class MeanSquaredError extends Loss {
  static readonly className = 'MeanSquaredError';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanSquaredError(yTrue, yPred);
  }
}

export class MeanAbsoluteError extends Loss {
  static readonly className = 'MeanAbsoluteError';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanAbsoluteError(yTrue, yPred);
  }
}
