import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, normalizeAxes, normalizeAxis } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { axesLast, floatOf, inversePermutation, numberOf, staticSize } from './shared.ts';

/** Activation functions, element by element unless they name an axis, with Keras's definitions. */

/**
 * max(x, 0), generalized: `maxValue` at and above that value, x from `threshold` up,
 * `negativeSlope * (x - threshold)` below. The gradient at the threshold is 0.
 */
export function relu(
  x: Operand,
  negativeSlope = 0,
  maxValue: number | null = null,
  threshold = 0,
): Node {
  const node = numberOf(x);
  if (threshold === 0 && negativeSlope === 0) {
    return maxValue === null ? build.relu(node) : build.minimum(build.relu(node), maxValue);
  }
  const value = floatOf(node);
  let positive = build.select(build.greater(value, threshold), value, 0);
  if (maxValue !== null) positive = build.minimum(build.maximum(positive, 0), maxValue);
  if (negativeSlope === 0) return positive;
  const below = build.relu(build.sub(threshold, value));
  return build.sub(positive, build.mul(below, negativeSlope));
}

/** min(max(x, 0), 6). */
export function relu6(x: Operand): Node {
  return relu(x, 0, 6);
}

/** x above 0, `negativeSlope * x` below. (The LeakyReLU layer's slope is .3.) */
export function leakyRelu(x: Operand, negativeSlope = 0.2): Node {
  const node = floatOf(x);
  return build.select(build.greater(node, 0), node, build.mul(node, negativeSlope));
}

/** e^x - 1 below 0 and 0 above, without the overflow of the branch that is not taken. */
const expm1Below = (x: Node): Node => build.expm1(build.minimum(x, 0));

/** x above 0, `alpha * (e^x - 1)` below (Clevert et al., 2015). */
export function elu(x: Operand, alpha = 1): Node {
  const node = floatOf(x);
  return build.select(build.greater(node, 0), node, build.mul(expm1Below(node), alpha));
}

/** Scaled ELU of self-normalizing networks (Klambauer et al., 2017). */
export function selu(x: Operand): Node {
  return build.mul(elu(x, 1.6732632423543772), 1.0507009873554805);
}

/** max(x, 0) + min(0, alpha * (e^(x / alpha) - 1)) (Barron, 2017). */
export function celu(x: Operand, alpha = 1): Node {
  const node = floatOf(x);
  const below = build.mul(expm1Below(build.div(node, alpha)), alpha);
  return build.select(build.greater(node, 0), node, below);
}

/**
 * x times the normal distribution function (Hendrycks and Gimpel, 2016): by default the tanh
 * approximation, as keras.ops.gelu; exact without `approximate`, as keras.activations.gelu.
 */
export function gelu(x: Operand, approximate = true): Node {
  const node = floatOf(x);
  if (!approximate) {
    const share = build.add(build.erf(build.mul(node, Math.SQRT1_2)), 1);
    return build.mul(build.mul(node, 0.5), share);
  }
  // (1 + tanh(u)) / 2 is sigmoid(2 u), which keeps its digits where tanh is near -1.
  const cubic = build.add(build.mul(build.mul(build.mul(node, node), node), 0.044715), node);
  return build.mul(node, build.sigmoid(build.mul(cubic, 2 * Math.sqrt(2 / Math.PI))));
}

/** 1 / (1 + e^-x). */
export const sigmoid = build.sigmoid;

/** log(sigmoid(x)), exact where the sigmoid vanishes. */
export function logSigmoid(x: Operand): Node {
  return build.neg(build.softplus(build.neg(floatOf(x))));
}

/** log(1 + e^x), without overflow. */
export const softplus = build.softplus;

/** x / (1 + |x|). */
export function softsign(x: Operand): Node {
  const node = floatOf(x);
  return build.div(node, build.add(build.abs(node), 1));
}

/** x * sigmoid(x). */
export function silu(x: Operand): Node {
  const node = floatOf(x);
  return build.mul(node, build.sigmoid(node));
}

/** The same as {@link silu}. */
export const swish = silu;

/** x * tanh(softplus(x)) (Misra, 2019). */
export function mish(x: Operand): Node {
  const node = floatOf(x);
  return build.mul(node, build.tanh(build.softplus(node)));
}

/** relu6(x + 3) / 6: 0 below -3, 1 above 3, straight between. */
export function hardSigmoid(x: Operand): Node {
  return build.div(relu6(build.add(floatOf(x), 3)), 6);
}

/** x * hardSigmoid(x). */
export function hardSilu(x: Operand): Node {
  const node = floatOf(x);
  return build.mul(node, hardSigmoid(node));
}

/** The same as {@link hardSilu}. */
export const hardSwish = hardSilu;

/** x between -1 and 1, the nearer bound outside. */
export function hardTanh(x: Operand): Node {
  return build.minimum(build.maximum(floatOf(x), -1), 1);
}

/** x where |x| exceeds the threshold, else 0. */
export function hardShrink(x: Operand, threshold = 0.5): Node {
  const node = floatOf(x);
  return build.select(build.greater(build.abs(node), threshold), node, 0);
}

/** x moved towards 0 by the threshold, 0 where |x| does not exceed it. */
export function softShrink(x: Operand, threshold = 0.5): Node {
  const node = floatOf(x);
  return build.sub(
    build.relu(build.sub(node, threshold)),
    build.relu(build.sub(build.neg(node), threshold)),
  );
}

/** x - tanh(x). */
export function tanhShrink(x: Operand): Node {
  const node = floatOf(x);
  return build.sub(node, build.tanh(node));
}

/** (x + sqrt(x^2 + b)) / 2 (Barron, 2021). */
export function squareplus(x: Operand, b = 4): Node {
  const node = floatOf(x);
  return build.mul(build.add(node, build.sqrt(build.add(build.mul(node, node), b))), 0.5);
}

/** 0 below -1, (x + 1)^2 / 4 up to 1, x above. */
export function sparsePlus(x: Operand): Node {
  const node = floatOf(x);
  const raised = build.add(node, 1);
  const middle = build.mul(build.mul(raised, raised), 0.25);
  return build.select(
    build.lessEqual(node, -1),
    0,
    build.select(build.less(node, 1), middle, node),
  );
}

/** (x + 1) / 2 between -1 and 1; 0 below, 1 above. */
export function sparseSigmoid(x: Operand): Node {
  return build.mul(build.add(hardTanh(x), 1), 0.5);
}

/** x where it exceeds the threshold, else `defaultValue`. */
export function threshold(x: Operand, threshold: number, defaultValue: number): Node {
  const node = floatOf(x);
  return build.select(build.greater(node, threshold), node, defaultValue);
}

/** x itself; integers become float32. */
export function linear(x: Operand): Node {
  return floatOf(x);
}

/** e^x. */
export function exponential(x: Operand): Node {
  return build.exp(x);
}

/** Gated linear unit (Dauphin et al., 2016): the first half of `axis` times the sigmoid of the second. */
export function glu(x: Operand, axis = -1): Node {
  const node = floatOf(x);
  const at = normalizeAxis('glu', axis, node.shape.length);
  const length = staticSize('glu', node.shape[at], `axis ${axis}`);
  if (length % 2 !== 0) {
    fail(
      'glu',
      `axis ${axis} of ${formatShape(node.shape)} has ${length} elements; expected an even number`,
    );
  }
  const values = build.sliceAxis(node, at, 0, length / 2);
  return build.mul(values, build.sigmoid(build.sliceAxis(node, at, length / 2, length)));
}

/** A function of the last axis, over several axes of x as if they were one. */
function overAxes(
  operation: string,
  x: Operand,
  axis: number | readonly number[],
  apply: (x: Node, axis: number) => Node,
): Node {
  const node = floatOf(x);
  if (typeof axis === 'number') return apply(node, axis);
  const axes = normalizeAxes(operation, axis, node.shape.length);
  if (axes.length === 1) return apply(node, axes[0]);
  const order = axesLast(node.shape.length, axes);
  const moved = build.transpose(node, order);
  const lead = moved.shape.slice(0, node.shape.length - axes.length);
  const joined = build.sizeOf(moved.shape.slice(lead.length), operation);
  const result = apply(build.reshape(moved, [...lead, joined]), -1);
  return build.transpose(build.reshape(result, moved.shape), inversePermutation(order));
}

/** e^x / sum(e^x) along `axis`, or over several axes together: probabilities that sum to 1. */
export function softmax(x: Operand, axis: number | readonly number[] = -1): Node {
  return overAxes('softmax', x, axis, build.softmax);
}

/** The logarithm of {@link softmax}, exact for small probabilities. */
export function logSoftmax(x: Operand, axis: number | readonly number[] = -1): Node {
  return overAxes('logSoftmax', x, axis, build.logSoftmax);
}

/**
 * The nearest point of the probability simplex (Martins and Astudillo, 2016): max(x - tau, 0), where tau
 * makes the sum along `axis` 1. tau is the largest (sum of the k largest - 1) / k of all k.
 */
export function sparsemax(x: Operand, axis = -1): Node {
  const node = floatOf(x);
  const at = normalizeAxis('sparsemax', axis, node.shape.length);
  const sorted = build.gatherAlong(node, build.argSort(node, at, true), at);
  const counts = build.add(
    build.iota(
      node.shape.map((d, i) => (i === at ? d : 1)),
      at,
      node.dtype,
    ),
    1,
  );
  const tau = build.div(build.sub(build.cumSum(sorted, at), 1), counts);
  return build.relu(build.sub(node, build.max(tau, at, true)));
}
