import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/**
 * Activation functions, from the lectures and from Keras. All work element by element but softmax,
 * logSoftmax and sparsemax, which run over an axis, and glu, which halves one. What the ops floor has
 * already is taken from there, with Keras's arguments as options.
 */

/** x itself. */
const linear = (x: Tensor): Tensor => x;

/** 1 from 0 on, 0 below: the perceptron's (Rosenblatt 1958). Its gradient is 0 everywhere. */
const binaryStep = (x: Tensor): Tensor => ops.cast(ops.greaterEqual(x, 0), x.dtype);

/** 0 below -1/2, 1 above 1/2, straight between. */
const piecewiseLinear = (x: Tensor): Tensor => ops.clip(x.add(0.5), 0, 1);

/** The lectures' rigid sigmoid: clip((z + 1) / 2, 0, 1). */
const rigidSigmoid = (x: Tensor): Tensor => ops.clip(x.add(1).div(2), 0, 1);

/** Keras 2's hard sigmoid: clip(0.2 x + 0.5, 0, 1). Keras 3's is `hardSigmoid`. */
const hardSigmoidKeras2 = (x: Tensor): Tensor => ops.clip(x.mul(0.2).add(0.5), 0, 1);

/** e^(-x^2). */
const gaussian = (x: Tensor): Tensor => x.square().neg().exp();

/**
 * max(x, 0), generalized: `maxValue` at and above that value, x from `threshold` up,
 * `negativeSlope * (x - threshold)` below.
 */
const relu = (
  x: Tensor,
  { negativeSlope = 0, maxValue = null as number | null, threshold = 0 } = {},
): Tensor => ops.relu(x, negativeSlope, maxValue, threshold);

/** x above 0, `negativeSlope * x` below (Maas et al. 2013). The LeakyReLU layer's slope is 0.3. */
const leakyRelu = (x: Tensor, { negativeSlope = 0.2 } = {}): Tensor =>
  ops.leakyRelu(x, negativeSlope);

/** x above 0, `alpha (e^x - 1)` below (Clevert et al. 2016). */
const elu = (x: Tensor, { alpha = 1 } = {}): Tensor => ops.elu(x, alpha);

/** x above 0, `alpha (e^(x / alpha) - 1)` below (Barron 2017). */
const celu = (x: Tensor, { alpha = 1 } = {}): Tensor => ops.celu(x, alpha);

/** x times the normal distribution function (Hendrycks and Gimpel 2016), or its tanh approximation. */
const gelu = (x: Tensor, { approximate = false } = {}): Tensor => ops.gelu(x, approximate);

/** The first half of an axis times the sigmoid of the second (Dauphin et al. 2017). */
const glu = (x: Tensor, { axis = -1 } = {}): Tensor => ops.glu(x, axis);

/** x where |x| exceeds the threshold, else 0. */
const hardShrink = (x: Tensor, { threshold = 0.5 } = {}): Tensor => ops.hardShrink(x, threshold);

/** x moved towards 0 by the threshold, 0 where |x| does not exceed it. */
const softShrink = (x: Tensor, { threshold = 0.5 } = {}): Tensor => ops.softShrink(x, threshold);

/** (x + sqrt(x^2 + b)) / 2 (Barron 2021). */
const squareplus = (x: Tensor, { b = 4 } = {}): Tensor => ops.squareplus(x, b);

/** x where it exceeds the threshold, else `defaultValue`. */
const threshold = (
  x: Tensor,
  options: { readonly threshold: number; readonly defaultValue: number },
): Tensor => {
  // By name it comes without options, and there are no sensible ones to assume.
  if (options === undefined) {
    fail(
      'threshold',
      'the options are missing; pass a function, (x) => activations.threshold(x, { threshold, defaultValue })',
    );
  }
  return ops.threshold(x, options.threshold, options.defaultValue);
};

/**
 * e^(x/T) / sum(e^(x/T)) along one axis or several together, without overflow. A temperature above 1
 * evens the probabilities out, one below sharpens them.
 */
const softmax = (
  x: Tensor,
  { axis = -1 as number | readonly number[], temperature = 1 } = {},
): Tensor => {
  if (!(temperature > 0)) {
    fail('softmax', `the temperature is ${temperature}; expected a positive number`);
  }
  return ops.softmax(temperature === 1 ? x : x.div(temperature), axis);
};

/** The logarithm of softmax, exact for small probabilities. */
const logSoftmax = (x: Tensor, { axis = -1 as number | readonly number[] } = {}): Tensor =>
  ops.logSoftmax(x, axis);

/** The nearest point of the probability simplex (Martins and Astudillo 2016): softmax with exact zeros. */
const sparsemax = (x: Tensor, { axis = -1 } = {}): Tensor => ops.sparsemax(x, axis);

export const activationFunctions = {
  // The lectures'.
  binaryStep,
  piecewiseLinear,
  rigidSigmoid,
  gaussian,
  // Keras's.
  celu,
  elu,
  /** e^x. */
  exponential: (x: Tensor): Tensor => ops.exponential(x),
  gelu,
  glu,
  hardShrink,
  /** relu6(x + 3) / 6: 0 below -3, 1 above 3, straight between. */
  hardSigmoid: (x: Tensor): Tensor => ops.hardSigmoid(x),
  hardSigmoidKeras2,
  /** x times hardSigmoid(x) (Howard et al. 2019). */
  hardSilu: (x: Tensor): Tensor => ops.hardSilu(x),
  /** x between -1 and 1, the nearer bound outside. */
  hardTanh: (x: Tensor): Tensor => ops.hardTanh(x),
  leakyRelu,
  linear,
  /** log(sigmoid(x)), exact where the sigmoid vanishes. */
  logSigmoid: (x: Tensor): Tensor => ops.logSigmoid(x),
  logSoftmax,
  /** x tanh(softplus(x)) (Misra 2019). */
  mish: (x: Tensor): Tensor => ops.mish(x),
  relu,
  /** min(max(x, 0), 6). */
  relu6: (x: Tensor): Tensor => ops.relu6(x),
  /** Scaled ELU of self-normalizing networks (Klambauer et al. 2017); use it with lecunNormal. */
  selu: (x: Tensor): Tensor => ops.selu(x),
  /** 1 / (1 + e^-x), the logistic function. */
  sigmoid: (x: Tensor): Tensor => ops.sigmoid(x),
  /** x sigmoid(x), also called swish (Ramachandran et al. 2017). */
  silu: (x: Tensor): Tensor => ops.silu(x),
  softmax,
  softShrink,
  /** log(1 + e^x), without overflow. */
  softplus: (x: Tensor): Tensor => ops.softplus(x),
  /** x / (1 + |x|). */
  softsign: (x: Tensor): Tensor => ops.softsign(x),
  /** 0 below -1, (x + 1)^2 / 4 up to 1, x above. */
  sparsePlus: (x: Tensor): Tensor => ops.sparsePlus(x),
  /** (x + 1) / 2 between -1 and 1; 0 below, 1 above. */
  sparseSigmoid: (x: Tensor): Tensor => ops.sparseSigmoid(x),
  sparsemax,
  squareplus,
  /** Hyperbolic tangent. */
  tanh: (x: Tensor): Tensor => ops.tanh(x),
  /** x - tanh(x). */
  tanhShrink: (x: Tensor): Tensor => ops.tanhShrink(x),
  threshold,
};
