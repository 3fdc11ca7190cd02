import type { DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, normalizeAxis, type Shape, sameShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { erfinv } from './elementary.ts';
import { expectInteger, floatOf } from './shared.ts';

/**
 * Random arrays as functions of a key (int32 [2]): the same key gives the same numbers on every engine,
 * so use a key once. All are made from uniform numbers with 24 random bits. Shapes may hold the symbolic
 * batch (-1). Parameters broadcast to the shape where they are operands.
 */

/** `count` independent keys made from one. */
export function splitKey(key: Node, count = 2): Node[] {
  expectInteger('splitKey', 'count', count, 1);
  const bits = build.mul(build.randomUniform(key, [count, 2]), 2 ** 24);
  const keys = build.cast(bits, 'int32');
  return Array.from({ length: count }, (_, i) =>
    build.reshape(build.sliceAxis(keys, 0, i, i + 1), [2]),
  );
}

/** Uniform numbers, independent along a new first axis of `count`. */
function uniforms(key: Node, count: number, shape: Shape): Node[] {
  const all = build.randomUniform(key, [count, ...shape]);
  return Array.from({ length: count }, (_, i) =>
    build.reshape(build.sliceAxis(all, 0, i, i + 1), shape),
  );
}

/** Numbers spread evenly over [minval, maxval). */
export function uniform(
  key: Node,
  shape: Shape,
  minval: Operand = 0,
  maxval: Operand = 1,
  dtype: DType = 'float32',
): Node {
  let node = build.randomUniform(key, shape);
  if (minval !== 0 || maxval !== 1) {
    node = build.add(build.mul(node, build.sub(maxval, minval)), minval);
  }
  return build.cast(node, dtype);
}

/** Standard normal numbers from pairs of uniform ones (Box and Muller, 1958). */
function standardNormal(first: Node, second: Node): Node {
  // 1 - u lies in (0, 1], where the logarithm is finite.
  const radius = build.sqrt(build.mul(build.log(build.sub(1, first)), -2));
  return build.mul(radius, build.cos(build.mul(second, 2 * Math.PI)));
}

/** Normal numbers of a mean and a standard deviation. */
export function normal(
  key: Node,
  shape: Shape,
  mean: Operand = 0,
  stddev: Operand = 1,
  dtype: DType = 'float32',
): Node {
  const [first, second] = uniforms(key, 2, shape);
  const node = standardNormal(first, second);
  return build.cast(build.add(build.mul(node, stddev), mean), dtype);
}

const WITHIN_TWO_SIGMA = 0.9544997361036416; // erf(sqrt(2))

/**
 * Normal numbers within two standard deviations of the mean, by the inverse of the distribution
 * function. Their own standard deviation is .8796 of `stddev`.
 */
export function truncatedNormal(
  key: Node,
  shape: Shape,
  mean: Operand = 0,
  stddev: Operand = 1,
  dtype: DType = 'float32',
): Node {
  // Centred on the intervals of the 24 bits, so that the numbers are symmetric about the mean.
  const centred = build.add(build.mul(build.randomUniform(key, shape), 2), 2 ** -24 - 1);
  const node = build.mul(erfinv(build.mul(centred, WITHIN_TWO_SIGMA)), Math.SQRT2);
  const inside = build.minimum(build.maximum(node, -2), 2);
  return build.cast(build.add(build.mul(inside, stddev), mean), dtype);
}

/** 1 with a probability, else 0. */
export function bernoulli(
  key: Node,
  shape: Shape,
  probability: Operand = 0.5,
  dtype: DType = 'float32',
): Node {
  return build.cast(build.less(build.randomUniform(key, shape), probability), dtype);
}

/** Integers (int32) spread evenly over [minval, maxval), at most 2^24 of them. */
export function randint(key: Node, shape: Shape, minval: number, maxval: number): Node {
  const count = maxval - minval;
  if (!Number.isInteger(minval) || !(Number.isInteger(count) && count >= 1 && count <= 2 ** 24)) {
    fail(
      'randint',
      `received [${minval}, ${maxval}); expected integers with 1 to 2^24 numbers between them`,
    );
  }
  const scaled = build.mul(build.randomUniform(key, shape), count);
  const index = build.minimum(build.cast(scaled, 'int32'), count - 1);
  return minval === 0 ? index : build.add(index, minval);
}

/** Gumbel numbers -log(-log(u)): added to logits, the largest is a draw from their softmax. */
export function gumbel(key: Node, shape: Shape): Node {
  // Half of the last bit keeps u away from 0; the largest sum rounds to 1, which the clip takes back.
  const raised = build.add(build.randomUniform(key, shape), 2 ** -25);
  const u = build.minimum(raised, 1 - 2 ** -24);
  return build.neg(build.log(build.neg(build.log(u))));
}

/**
 * Class numbers (int32) drawn with the probabilities softmax(logits): logits [batch, classes] give
 * [batch, numSamples].
 */
export function categorical(key: Node, logits: Operand, numSamples = 1): Node {
  const node = floatOf(logits);
  if (node.shape.length !== 2) {
    fail('categorical', `logits are ${formatShape(node.shape)}; expected [batch, classes]`);
  }
  expectInteger('categorical', 'numSamples', numSamples, 1);
  const [batch, classes] = node.shape;
  const noise = gumbel(key, [batch, numSamples, classes]);
  return build.argMax(build.add(noise, build.reshape(node, [batch, 1, classes])), 2);
}

/**
 * x with a share `rate` of its elements replaced by 0 and the others divided by 1 - rate, so that the
 * mean stays (Srivastava et al., 2014). `noiseShape` broadcasts to x: elements along its axes of size 1
 * are dropped together; null stands for the size of x.
 */
export function dropout(
  key: Node,
  x: Operand,
  rate: number,
  noiseShape: readonly (number | null)[] | null = null,
): Node {
  const node = floatOf(x);
  if (!(rate >= 0 && rate <= 1)) {
    fail('dropout', `received rate ${rate}; expected a share of 0 to 1`);
  }
  const shape = noiseShape ? noiseShape.map((d, i) => d ?? node.shape[i]) : node.shape;
  if (shape.length !== node.shape.length) {
    fail(
      'dropout',
      `noiseShape has ${shape.length} axes for ${formatShape(node.shape)}; expected one for each axis`,
    );
  }
  if (rate === 0) return node;
  if (rate === 1) return build.mul(node, 0);
  const kept = build.greaterEqual(build.randomUniform(key, shape), rate);
  return build.select(kept, build.mul(node, 1 / (1 - rate)), 0);
}

/** The slices along `axis` in random order. */
export function shuffle(key: Node, x: Operand, axis = 0): Node {
  const node = build.toNode(x);
  const at = normalizeAxis('shuffle', axis, node.shape.length);
  return build.gather(node, build.argSort(build.randomUniform(key, [node.shape[at]]), 0), at);
}

// Each candidate is accepted with a probability of at least .95, so all eight fail once in 10^10 draws.
const GAMMA_CANDIDATES = 8;

/**
 * Gamma numbers of shape parameter `alpha` and scale 1 (Marsaglia and Tsang, 2000): the first accepted
 * of eight candidates. A constant to differentiation.
 */
export function gamma(key: Node, shape: Shape, alpha: Operand): Node {
  const parameter = build.broadcastTo(floatOf(alpha), shape);
  // Below 1, a draw for alpha + 1 is scaled by u^(1 / alpha).
  const small = build.less(parameter, 1);
  const d = build.sub(build.select(small, build.add(parameter, 1), parameter), 1 / 3);
  const c = build.div(1, build.sqrt(build.mul(d, 9)));
  const noise = build.randomUniform(key, [3 * GAMMA_CANDIDATES + 1, ...shape]);
  const part = (i: number) =>
    build.sliceAxis(noise, 0, i * GAMMA_CANDIDATES, (i + 1) * GAMMA_CANDIDATES);
  const x = standardNormal(part(0), part(1));
  const root = build.add(build.mul(x, c), 1);
  const positive = build.greater(root, 0);
  const safe = build.select(positive, root, 1);
  const v = build.mul(build.mul(safe, safe), safe);
  const bound = build.add(
    build.mul(build.mul(x, x), 0.5),
    build.mul(d, build.add(build.sub(1, v), build.log(v))),
  );
  const accepted = build.logicalAnd(positive, build.less(build.log(build.sub(1, part(2))), bound));
  const first = build.argMax(build.cast(accepted, 'int32'), 0);
  const chosen = build.reshape(build.gatherAlong(v, build.reshape(first, [1, ...shape]), 0), shape);
  const last = build.sliceAxis(noise, 0, 3 * GAMMA_CANDIDATES, 3 * GAMMA_CANDIDATES + 1);
  const boost = build.pow(build.sub(1, build.reshape(last, shape)), build.div(1, parameter));
  return build.stopGradient(build.mul(build.mul(d, chosen), build.select(small, boost, 1)));
}

/** Beta numbers of the parameters `alpha` and `beta`, from two gamma numbers. A constant to differentiation. */
export function beta(key: Node, shape: Shape, alpha: Operand, beta: Operand): Node {
  const [first, second] = splitKey(key, 2);
  const a = gamma(first, shape, alpha);
  return build.div(a, build.add(a, gamma(second, shape, beta)));
}

/**
 * How many of `counts` trials succeed, each with a probability: float32. Every trial is drawn, so the
 * cost grows with `counts`.
 */
export function binomial(key: Node, shape: Shape, counts: number, probability: Operand): Node {
  expectInteger('binomial', 'counts', counts);
  if (counts === 0) return build.filled(shape, 0);
  const chance = floatOf(probability);
  const trials = build.less(build.randomUniform(key, [counts, ...shape]), chance);
  if (!sameShape(trials.shape.slice(1), shape)) {
    fail(
      'binomial',
      `the probability ${formatShape(chance.shape)} does not broadcast to ${formatShape(shape)}`,
    );
  }
  return build.sum(build.cast(trials, 'float32'), 0);
}
