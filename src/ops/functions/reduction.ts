import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { normalizeAxes } from '../../graph/shape.ts';
import type { Axes, Operand } from '../build.ts';
import * as build from '../build.ts';
import { flat, floatOf, guardedPower, guardedSqrt, keptShape, numberOf } from './shared.ts';

/**
 * From many elements to few. `axis` is one axis, several, or null for all; negative axes count from the
 * back. The reduced axes vanish, or stay with size 1 with `keepDims`. An axis out of range is an error.
 * A symbolic batch axis can be reduced like any other: counts follow the batch size.
 */

/** Sum of the elements; booleans are counted (int32). */
export function sum(x: Operand, axis: Axes = null, keepDims = false): Node {
  return build.sum(build.toNode(x), axis, keepDims);
}

/** Product of the elements. */
export function prod(x: Operand, axis: Axes = null, keepDims = false): Node {
  return build.prod(build.toNode(x), axis, keepDims);
}

/** A reduction of numbers that booleans pass through as booleans. */
function extreme(reduce: typeof build.max, x: Operand, axis: Axes, keepDims: boolean): Node {
  const node = build.toNode(x);
  return build.cast(reduce(node, axis, keepDims), node.dtype);
}

/** The largest element. Where several tie, they share the gradient. */
export function max(x: Operand, axis: Axes = null, keepDims = false): Node {
  return extreme(build.max, x, axis, keepDims);
}

/** The smallest element. Where several tie, they share the gradient. */
export function min(x: Operand, axis: Axes = null, keepDims = false): Node {
  return extreme(build.min, x, axis, keepDims);
}

/** The same as {@link max}. */
export const amax = max;

/** The same as {@link min}. */
export const amin = min;

/** The distance from the smallest to the largest element. */
export function ptp(x: Operand, axis: Axes = null, keepDims = false): Node {
  const node = numberOf(x);
  return build.sub(build.max(node, axis, keepDims), build.min(node, axis, keepDims));
}

function argument(
  operation: string,
  find: typeof build.argMax,
  x: Operand,
  axis: number | null,
  keepDims: boolean,
): Node {
  const node = build.toNode(x);
  const found = axis === null ? find(flat(node, operation), 0) : find(node, axis);
  return keepDims ? build.reshape(found, keptShape(node.shape, axis, operation)) : found;
}

/** Index (int32) of the first largest element along one axis; null for the index into all elements in order. */
export function argmax(x: Operand, axis: number | null = null, keepDims = false): Node {
  return argument('argmax', build.argMax, x, axis, keepDims);
}

/** Index (int32) of the first smallest element along one axis; null for the index into all elements in order. */
export function argmin(x: Operand, axis: number | null = null, keepDims = false): Node {
  return argument('argmin', build.argMin, x, axis, keepDims);
}

/** How many elements a reduction of x over `axis` joins. */
function count(x: Node, axis: Axes, operation: string): Node {
  return build.countOf(x, normalizeAxes(operation, axis, x.shape.length), x.dtype);
}

/** Arithmetic mean; integers and booleans give float32. */
export function mean(x: Operand, axis: Axes = null, keepDims = false): Node {
  const node = floatOf(x);
  return build.div(build.sum(node, axis, keepDims), count(node, axis, 'mean'));
}

/** Variance about the mean, divided by the number of elements (not by one less). */
export function variance(x: Operand, axis: Axes = null, keepDims = false): Node {
  const node = floatOf(x);
  const deviation = build.sub(node, mean(node, axis, true));
  return mean(build.mul(deviation, deviation), axis, keepDims);
}

export { variance as var };

/** Standard deviation: the root of {@link variance}. Of equal elements it is 0, and so is its gradient. */
export function std(x: Operand, axis: Axes = null, keepDims = false): Node {
  return guardedSqrt(variance(x, axis, keepDims));
}

/** Mean and variance over the axes, as [mean, variance]. */
export function moments(x: Operand, axes: Axes = null, keepDims = false): [Node, Node] {
  const node = floatOf(x);
  const center = mean(node, axes, true);
  const deviation = build.sub(node, center);
  const spread = mean(build.mul(deviation, deviation), axes, keepDims);
  return [keepDims ? center : build.reshape(center, spread.shape), spread];
}

/**
 * Mean weighted by `weights`, which have the shape of x or, with one axis, its length; all alike without.
 * Weights that sum to 0 give an infinity or NaN.
 */
export function average(
  x: Operand,
  axis: Axes = null,
  weights: Operand | null = null,
  keepDims = false,
): Node {
  if (weights === null) return mean(x, axis, keepDims);
  const node = floatOf(x);
  let weight = floatOf(weights);
  const axes = normalizeAxes('average', axis, node.shape.length);
  if (weight.shape.length === 1 && node.shape.length > 1) {
    if (axes.length !== 1) {
      fail(
        'average',
        `weights of one axis received with ${axes.length} axes; name the one axis that they belong to`,
      );
    }
    weight = build.reshape(
      weight,
      node.shape.map((_, i) => (i === axes[0] ? weight.shape[0] : 1)),
    );
  }
  const spread = build.broadcastTo(weight, node.shape);
  return build.div(
    build.sum(build.mul(node, weight), axis, keepDims),
    build.sum(spread, axis, keepDims),
  );
}

/** log(sum(e^x)) without overflow; minus infinity where all elements are. The gradient is softmax. */
export function logsumexp(x: Operand, axis: Axes = null, keepDims = false): Node {
  const node = floatOf(x);
  const largest = build.stopGradient(build.max(node, axis, true));
  const finite = build.less(build.abs(largest), Number.POSITIVE_INFINITY);
  const shift = build.select(finite, largest, 0);
  const total = build.sum(build.exp(build.sub(node, shift)), axis, keepDims);
  const none = build.equal(total, 0);
  const logarithm = build.log(build.select(none, 1, total));
  return build.select(
    none,
    Number.NEGATIVE_INFINITY,
    build.add(logarithm, build.reshape(shift, total.shape)),
  );
}

function vectorNorm(x: Node, ord: number, axis: Axes, keepDims: boolean): Node {
  const size = build.abs(x);
  if (ord === Number.POSITIVE_INFINITY) return build.max(size, axis, keepDims);
  if (ord === Number.NEGATIVE_INFINITY) return build.min(size, axis, keepDims);
  if (ord === 0) {
    return build.sum(build.cast(build.notEqual(x, 0), x.dtype), axis, keepDims);
  }
  if (ord === 1) return build.sum(size, axis, keepDims);
  if (ord === 2) return guardedSqrt(build.sum(build.mul(x, x), axis, keepDims));
  const powers = ord > 0 ? guardedPower(size, ord) : build.pow(size, ord);
  const total = build.sum(powers, axis, keepDims);
  return ord > 0 ? guardedPower(total, 1 / ord) : build.pow(total, 1 / ord);
}

function matrixNorm(
  x: Node,
  ord: number | 'fro',
  [row, column]: readonly number[],
  keepDims: boolean,
): Node {
  if (ord === 'fro') return vectorNorm(x, 2, [row, column], keepDims);
  const rows = Math.abs(ord) === Number.POSITIVE_INFINITY;
  if (!rows && Math.abs(ord) !== 1) {
    fail(
      'norm',
      `order ${ord} of a matrix needs its singular values; expected 'fro', 1, -1, Infinity or -Infinity, or one axis`,
    );
  }
  const sums = build.sum(build.abs(x), rows ? column : row, true);
  const found =
    ord > 0 ? build.max(sums, [row, column], true) : build.min(sums, [row, column], true);
  return keepDims
    ? found
    : build.reshape(
        found,
        x.shape.filter((_, i) => i !== row && i !== column),
      );
}

/**
 * The norm of vectors (one axis) or matrices (two axes), as numpy.linalg.norm. Without `ord` the root of
 * the sum of squares, over all axes by default. A vector takes any number (Infinity: largest magnitude,
 * 0: how many are not 0), a matrix 'fro', 1, -1, Infinity and -Infinity. The gradient of a norm that is
 * 0 is 0.
 */
export function norm(
  x: Operand,
  ord: number | 'fro' | null = null,
  axis: Axes = null,
  keepDims = false,
): Node {
  const node = floatOf(x);
  const rank = node.shape.length;
  if (ord === null) return vectorNorm(node, 2, axis, keepDims);
  // Two axes of a matrix norm keep their order: the first holds the rows.
  const axes =
    Array.isArray(axis) && axis.length === 2
      ? axis.flatMap((a: number) => normalizeAxes('norm', a, rank))
      : normalizeAxes('norm', axis, rank);
  if (axes.length === 2) return matrixNorm(node, ord, axes, keepDims);
  if (axes.length !== 1 || ord === 'fro') {
    fail(
      'norm',
      `order ${ord} received for ${axes.length} axes; expected one axis for a vector norm or two for a matrix norm`,
    );
  }
  return vectorNorm(node, ord, axes, keepDims);
}
