import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matchPair } from '../rank.ts';
import { Loss, type LossOptions } from './loss.ts';

/** Losses of real-valued predictions; each is a mean over the last axis. */

const EPSILON = 1e-7;

/** `mean((y - p)^2)`: maximum likelihood under Gaussian noise. */
export function meanSquaredError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  return predictions.sub(labels).square().mean(-1);
}

/** `mean(|y - p|)`: maximum likelihood under Laplace noise; aims at the median. */
export function meanAbsoluteError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  return predictions.sub(labels).abs().mean(-1);
}

/** `100 mean(|y - p| / |y|)`, labels near 0 counting as 1e-7. */
export function meanAbsolutePercentageError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const size = ops.maximum(labels.abs(), EPSILON);
  return labels.sub(predictions).div(size).abs().mean(-1).mul(100);
}

/** `mean((log(1 + p) - log(1 + y))^2)`, for values that spread over orders of magnitude; both at least 1e-7. */
export function meanSquaredLogarithmicError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const logarithm = (x: Tensor) => ops.maximum(x, EPSILON).add(1).log();
  return logarithm(predictions).sub(logarithm(labels)).square().mean(-1);
}

export interface HuberFunctionOptions {
  /** The error at which the loss turns from quadratic to linear. */
  readonly delta?: number;
}

/**
 * `e^2 / 2` for errors e up to delta, `delta (|e| - delta / 2)` beyond (Huber 1964): like the squared
 * error, but outliers do not dominate.
 */
export function huber(
  yTrue: Tensor,
  yPred: Tensor,
  { delta = 1 }: HuberFunctionOptions = {},
): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const error = predictions.sub(labels).abs();
  const inner = ops.minimum(error, delta);
  return inner.mul(error.sub(inner.mul(0.5))).mean(-1);
}

/** `mean(log(cosh(p - y)))`: about e^2 / 2 for small errors, |e| - log 2 for large ones. */
export function logCosh(yTrue: Tensor, yPred: Tensor): Tensor {
  const [labels, predictions] = matchPair(yTrue, yPred);
  const error = predictions.sub(labels);
  return error
    .add(ops.softplus(error.mul(-2)))
    .sub(Math.LN2)
    .mean(-1);
}

/** {@link meanSquaredError} */
export class MeanSquaredError extends Loss {
  static readonly className = 'MeanSquaredError';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanSquaredError(yTrue, yPred);
  }
}

/** {@link meanAbsoluteError} */
export class MeanAbsoluteError extends Loss {
  static readonly className = 'MeanAbsoluteError';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanAbsoluteError(yTrue, yPred);
  }
}

/** {@link meanAbsolutePercentageError} */
export class MeanAbsolutePercentageError extends Loss {
  static readonly className = 'MeanAbsolutePercentageError';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanAbsolutePercentageError(yTrue, yPred);
  }
}

/** {@link meanSquaredLogarithmicError} */
export class MeanSquaredLogarithmicError extends Loss {
  static readonly className = 'MeanSquaredLogarithmicError';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanSquaredLogarithmicError(yTrue, yPred);
  }
}

export type HuberOptions = LossOptions & HuberFunctionOptions;

/** {@link huber} */
export class Huber extends Loss {
  static readonly className = 'Huber';
  readonly delta: number;

  constructor(options: HuberOptions = {}) {
    super({ ...options, name: options.name ?? 'huber_loss' });
    this.delta = options.delta ?? 1;
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return huber(yTrue, yPred, this);
  }

  override getConfig() {
    return { ...super.getConfig(), delta: this.delta };
  }
}

/** {@link logCosh} */
export class LogCosh extends Loss {
  static readonly className = 'LogCosh';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return logCosh(yTrue, yPred);
  }
}
