import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import type { Axes, Operand } from '../build.ts';
import * as build from '../build.ts';
import { linspace } from './creation.ts';
import { mean } from './reduction.ts';
import { moveaxis } from './shape.ts';
import {
  expectInteger,
  flat,
  floatOf,
  floatsOf,
  guardedSqrt,
  joinAxes,
  keptShape,
  numberOf,
} from './shared.ts';
import { searchsorted, sort } from './sorting.ts';

/** Order statistics, covariance and counts. The number of bins must be known, since shapes are static. */

export type QuantileMethod = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';

/** Where between its neighbours `below` and `above` a quantile lies: 0 to 1. @internal */
export function interpolate(
  method: QuantileMethod,
  below: Node,
  above: Node,
  fraction: Node,
): Node {
  switch (method) {
    case 'lower':
      return below;
    case 'higher':
      return build.select(build.greater(fraction, 0), above, below);
    case 'midpoint':
      return build.select(
        build.greater(fraction, 0),
        build.mul(build.add(below, above), 0.5),
        below,
      );
    default:
      return build.add(below, build.mul(build.sub(above, below), fraction));
  }
}

/** Positions q * (count - 1) in a sorted axis: the index below, the one above, and the way between. */
function positions(
  q: number | readonly number[] | Node,
  values: Node,
  method: QuantileMethod,
): { below: Node; above: Node; fraction: Node } {
  const count = values.shape.at(-1)!;
  if (!build.isNode(q) && count >= 0) {
    const exact = [q].flat().map((share) => (share as number) * (count - 1));
    const at = exact.map((p) => {
      if (method !== 'nearest') return p;
      // Halves go to the even neighbour.
      const low = Math.floor(p);
      const rest = p - low;
      return rest === 0.5 ? low + (low % 2) : Math.round(p);
    });
    const shape = typeof q === 'number' ? [] : [q.length];
    const below = at.map((p) => Math.floor(p));
    return {
      below: build.literal(below, shape, 'int32'),
      above: build.literal(
        below.map((b) => Math.min(b + 1, count - 1)),
        shape,
        'int32',
      ),
      fraction: build.literal(
        at.map((p, i) => p - below[i]),
        shape,
        values.dtype,
      ),
    };
  }
  const share = build.isNode(q)
    ? build.cast(q, values.dtype)
    : build.literal([q].flat() as number[], typeof q === 'number' ? [] : [q.length], values.dtype);
  const last = build.sub(build.dimension(values, -1), 1);
  const exact = build.mul(share, build.cast(last, values.dtype));
  const at = method === 'nearest' ? build.round(exact) : exact;
  const low = build.floor(at);
  const below = build.cast(low, 'int32');
  return {
    below,
    above: build.minimum(build.add(below, 1), last),
    fraction: build.sub(at, low),
  };
}

/** Fails for shares outside 0 to 1. @internal */
export function expectShares(operation: string, q: number | readonly number[]): void {
  const shares = [q].flat() as number[];
  if (shares.every((share) => share >= 0 && share <= 1)) return;
  const percent = operation.replace('quantile', 'percentile');
  fail(operation, `received q = ${q}; expected shares of 0 to 1 (${percent} takes 0 to 100)`);
}

/** Shares of 0 to 1 of shares in percent. @internal */
export const sharesOfPercent = (q: number | readonly number[]): number | readonly number[] =>
  typeof q === 'number' ? q / 100 : q.map((p) => p / 100);

/**
 * The value below which the share `q` (0 to 1) of the elements lies. Several shares, a vector, give a
 * first axis of results. Between two elements: 'linear' interpolates, 'lower', 'higher', 'nearest' take
 * one, 'midpoint' their mean.
 */
export function quantile(
  x: Operand,
  q: number | readonly number[] | Node,
  axis: Axes = null,
  method: QuantileMethod = 'linear',
  keepDims = false,
): Node {
  const node = floatOf(x);
  if (!build.isNode(q)) expectShares('quantile', q);
  const values = sort(joinAxes(node, axis, 'quantile'), -1);
  const { below, above, fraction } = positions(q, values, method);
  if (below.shape.length > 1) {
    fail('quantile', `q is ${formatShape(below.shape)}; expected a scalar or a vector`);
  }
  // Shares are the last axis after gathering, the first axis of the result.
  const found = interpolate(
    method,
    build.gather(values, below, -1),
    build.gather(values, above, -1),
    fraction,
  );
  const first = below.shape.length === 0 ? found : moveaxis(found, -1, 0);
  return keepDims
    ? build.reshape(first, [...below.shape, ...keptShape(node.shape, axis, 'quantile')])
    : first;
}

/** {@link quantile} with the share in percent. */
export function percentile(
  x: Operand,
  q: number | readonly number[] | Node,
  axis: Axes = null,
  method: QuantileMethod = 'linear',
  keepDims = false,
): Node {
  const share = build.isNode(q) ? build.div(q, 100) : sharesOfPercent(q);
  return quantile(x, share, axis, method, keepDims);
}

/** The middle element, or the mean of the two in the middle. */
export function median(x: Operand, axis: Axes = null, keepDims = false): Node {
  return quantile(x, 0.5, axis, 'linear', keepDims);
}

/**
 * Covariance of variables, one a row of x [variables, observations] (one a column without `rowvar`):
 * [variables, variables], a scalar for a vector. Divided by the number of observations less `ddof`.
 */
export function cov(x: Operand, rowvar = true, ddof = 1): Node {
  const given = floatOf(x);
  if (given.shape.length > 2) {
    fail('cov', `received ${formatShape(given.shape)}; expected a vector or a matrix`);
  }
  if (given.shape.length < 2) {
    const row = build.reshape(given, [1, build.sizeOf(given.shape, 'cov')]);
    return build.reshape(cov(row, true, ddof), []);
  }
  const node = rowvar ? given : build.transpose(given, [1, 0]);
  const deviation = build.sub(node, mean(node, 1, true));
  const count = build.sub(build.countOf(node, [1], node.dtype), ddof);
  return build.div(build.matMul(deviation, deviation, { transposeB: true }), count);
}

/** Correlation coefficients of variables, laid out as for {@link cov}; NaN for a constant variable. */
export function corrcoef(x: Operand, rowvar = true): Node {
  const covariance = cov(x, rowvar);
  if (covariance.shape.length === 0) return build.div(covariance, covariance);
  const n = covariance.shape[0];
  const spread = guardedSqrt(
    build.sum(build.mul(covariance, build.cast(identityMask(n), covariance.dtype)), 1),
  );
  const scaled = build.div(
    build.div(covariance, build.reshape(spread, [n, 1])),
    build.reshape(spread, [1, n]),
  );
  return build.maximum(build.minimum(scaled, 1), -1);
}

const identityMask = (n: number): Node => build.equal(build.iota([n, 1], 0), build.iota([1, n], 1));

/**
 * How often each integer of [0, minlength) occurs in x, or the sum of the `weights` at its places. The
 * result has `minlength` elements; others are not counted, since shapes do not depend on values.
 */
export function bincount(x: Operand, weights: Operand | null = null, minlength = 0): Node {
  if (!(Number.isInteger(minlength) && minlength > 0)) {
    fail(
      'bincount',
      `minlength is ${minlength}; expected the number of bins, which cannot follow the largest value because shapes are static`,
    );
  }
  const node = flat(build.cast(build.toNode(x, 'int32'), 'int32'), 'bincount');
  const weight = weights === null ? build.filled(node.shape, 1, 'int32') : numberOf(weights);
  const inside = build.logicalAnd(build.greaterEqual(node, 0), build.less(node, minlength));
  const bins = build.scatterAdd(
    build.filled([minlength + 1], 0, weight.dtype),
    build.select(inside, node, minlength),
    flat(weight, 'bincount'),
    0,
  );
  return build.sliceAxis(bins, 0, 0, minlength);
}

/**
 * Counts of the elements in `bins` bins of equal width and the bounds of the bins: [counts, edges], int32
 * [bins] and [bins + 1]. Each bin holds its lower bound, the last both. `range` is [least, largest], by
 * default those of x (one wider if they are equal); elements outside are not counted.
 */
export function histogram(
  x: Operand,
  bins = 10,
  range: readonly [number, number] | null = null,
): [Node, Node] {
  expectInteger('histogram', 'bins', bins, 1);
  const node = flat(floatOf(x), 'histogram');
  let [low, high]: readonly Operand[] = range ?? [build.min(node), build.max(node)];
  if (range !== null && !(range[0] <= range[1])) {
    fail('histogram', `the range [${range.join(', ')}] is empty; expected [least, largest]`);
  }
  if (range === null || range[0] === range[1]) {
    const widened = build.select(build.equal(low, high), 0.5, 0);
    [low, high] = [build.sub(low, widened), build.add(high, widened)];
  }
  const edges = build.cast(linspace(low, high, bins + 1), node.dtype);
  const [least, largest] = floatsOf(low, high);
  const place = build.sub(searchsorted(edges, node, 'right'), 1);
  const inside = build.logicalAnd(build.greaterEqual(node, least), build.lessEqual(node, largest));
  const bin = build.select(inside, build.minimum(place, bins - 1), -1);
  return [bincount(bin, null, bins), edges];
}

/** Integral of y over `axis` by the trapezoidal rule, at points `x` along it or `dx` apart. */
export function trapezoid(y: Operand, x: Operand | null = null, dx: Operand = 1, axis = -1): Node {
  const node = floatOf(y);
  const length = node.shape.at(axis) ?? 0;
  if (length < 1) {
    fail(
      'trapezoid',
      `axis ${axis} of ${formatShape(node.shape)} must have a fixed size of 1 or more`,
    );
  }
  const upper = (v: Node, at: number) => build.sliceAxis(v, at, 1, length);
  const lower = (v: Node, at: number) => build.sliceAxis(v, at, 0, length - 1);
  const heights = build.mul(build.add(upper(node, axis), lower(node, axis)), 0.5);
  let widths: Operand = dx;
  if (x !== null) {
    const points = floatOf(x);
    const at = points.shape.length === 1 ? 0 : axis;
    const steps = build.sub(upper(points, at), lower(points, at));
    const place = axis < 0 ? axis + node.shape.length : axis;
    widths =
      points.shape.length === 1
        ? build.reshape(
            steps,
            node.shape.map((_, i) => (i === place ? length - 1 : 1)),
          )
        : steps;
  }
  return build.sum(build.mul(heights, widths), axis);
}

/** Peak signal-to-noise ratio in decibels: `20 log10(max) - 10 log10(mean (x1 - x2)^2)`. */
export function psnr(x1: Operand, x2: Operand, maxValue: number): Node {
  const [a, b] = floatsOf(x1, x2);
  if (formatShape(a.shape) !== formatShape(b.shape)) {
    fail(
      'psnr',
      `received ${formatShape(a.shape)} and ${formatShape(b.shape)}; expected the same shapes`,
    );
  }
  const difference = build.sub(a, b);
  const error = mean(build.mul(difference, difference));
  return build.sub(20 * Math.log10(maxValue), build.mul(build.log(error), 10 / Math.LN10));
}
