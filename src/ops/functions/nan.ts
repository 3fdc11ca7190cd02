import { isFloat } from '../../graph/dtype.ts';
import type { Node } from '../../graph/node.ts';
import type { Axes, Operand } from '../build.ts';
import * as build from '../build.ts';
import { argmax, argmin } from './reduction.ts';
import { moveaxis } from './shape.ts';
import { floatOf, guardedSqrt, joinAxes, keptShape, numberOf } from './shared.ts';
import { cumprod, cumsum } from './sorting.ts';
import { expectShares, interpolate, type QuantileMethod, sharesOfPercent } from './statistics.ts';

/** Reductions, running sums and order statistics of the elements that are numbers: NaN is passed over. */

/** x with NaN replaced, so that a reduction passes it over. */
function passOver(x: Operand, replacement: number): Node {
  const node = floatOf(x);
  return build.select(build.isNaN(node), replacement, node);
}

/** Sum of the elements that are numbers. */
export function nansum(x: Operand, axis: Axes = null, keepDims = false): Node {
  return build.sum(passOver(x, 0), axis, keepDims);
}

/** Product of the elements that are numbers. */
export function nanprod(x: Operand, axis: Axes = null, keepDims = false): Node {
  return build.prod(passOver(x, 1), axis, keepDims);
}

function countNumbers(x: Node, axis: Axes, keepDims: boolean): Node {
  return build.sum(build.cast(build.logicalNot(build.isNaN(x)), x.dtype), axis, keepDims);
}

/** Mean of the elements that are numbers; NaN where there are none. */
export function nanmean(x: Operand, axis: Axes = null, keepDims = false): Node {
  const node = floatOf(x);
  return build.div(nansum(node, axis, keepDims), countNumbers(node, axis, keepDims));
}

/** Variance of the elements that are numbers; NaN where there are none. */
export function nanvar(x: Operand, axis: Axes = null, keepDims = false): Node {
  const node = floatOf(x);
  const deviation = build.select(
    build.isNaN(node),
    0,
    build.sub(passOver(node, 0), nanmean(node, axis, true)),
  );
  const total = build.sum(build.mul(deviation, deviation), axis, keepDims);
  return build.div(total, countNumbers(node, axis, keepDims));
}

/** Standard deviation of the elements that are numbers; NaN where there are none. */
export function nanstd(x: Operand, axis: Axes = null, keepDims = false): Node {
  return guardedSqrt(nanvar(x, axis, keepDims));
}

function nanExtreme(
  reduce: typeof build.max,
  neutral: number,
  x: Operand,
  axis: Axes,
  keepDims: boolean,
): Node {
  const node = floatOf(x);
  const found = reduce(passOver(node, neutral), axis, keepDims);
  return build.select(build.equal(countNumbers(node, axis, keepDims), 0), Number.NaN, found);
}

/** The largest of the elements that are numbers; NaN where there are none. */
export function nanmax(x: Operand, axis: Axes = null, keepDims = false): Node {
  return nanExtreme(build.max, Number.NEGATIVE_INFINITY, x, axis, keepDims);
}

/** The smallest of the elements that are numbers; NaN where there are none. */
export function nanmin(x: Operand, axis: Axes = null, keepDims = false): Node {
  return nanExtreme(build.min, Number.POSITIVE_INFINITY, x, axis, keepDims);
}

function nanArgument(
  find: typeof argmax,
  neutral: number,
  x: Operand,
  axis: number | null,
  keepDims: boolean,
): Node {
  const node = numberOf(x);
  if (!isFloat(node.dtype)) return find(node, axis, keepDims);
  const found = find(passOver(node, neutral), axis, keepDims);
  // Of elements as small as the replacement the first that is a number counts.
  const isNumber = build.cast(build.logicalNot(build.isNaN(node)), 'int32');
  const first = argmax(isNumber, axis, keepDims);
  const best = find === argmax ? nanmax : nanmin;
  const none = build.isNaN(best(node, axis, keepDims));
  const onlyNeutral = build.equal(best(node, axis, keepDims), neutral);
  return build.select(none, -1, build.select(onlyNeutral, first, found));
}

/** Index (int32) of the first largest number along one axis, over all without one; -1 where there is none. */
export function nanargmax(x: Operand, axis: number | null = null, keepDims = false): Node {
  return nanArgument(argmax, Number.NEGATIVE_INFINITY, x, axis, keepDims);
}

/** Index (int32) of the first smallest number along one axis, over all without one; -1 where there is none. */
export function nanargmin(x: Operand, axis: number | null = null, keepDims = false): Node {
  return nanArgument(argmin, Number.POSITIVE_INFINITY, x, axis, keepDims);
}

/** Running sum along `axis`, over all elements without one; NaN adds nothing. */
export function nancumsum(x: Operand, axis: number | null = null): Node {
  const node = numberOf(x);
  return cumsum(isFloat(node.dtype) ? passOver(node, 0) : node, axis);
}

/** Running product along `axis`, over all elements without one; NaN changes nothing. */
export function nancumprod(x: Operand, axis: number | null = null): Node {
  const node = numberOf(x);
  return cumprod(isFloat(node.dtype) ? passOver(node, 1) : node, axis);
}

/**
 * The value below which the share `q` (0 to 1) of the numbers lies; NaN where there are none. Several
 * shares give a first axis of results. The methods are those of {@link quantile}.
 */
export function nanquantile(
  x: Operand,
  q: number | readonly number[],
  axis: Axes = null,
  method: QuantileMethod = 'linear',
  keepDims = false,
): Node {
  const node = floatOf(x);
  expectShares('nanquantile', q);
  const shares = [q].flat() as number[];
  const joined = joinAxes(node, axis, 'nanquantile');
  // Stable order puts what is no number behind the numbers, infinities included.
  const order = build.argSort(passOver(joined, Number.POSITIVE_INFINITY), -1);
  const holes = build.gatherAlong(build.cast(build.isNaN(joined), 'int32'), order, -1);
  const ranked = build.gatherAlong(order, build.argSort(holes, -1), -1);
  const sorted = build.gatherAlong(passOver(joined, 0), ranked, -1);
  const count = countNumbers(joined, -1, true);
  const last = build.maximum(build.sub(count, 1), 0);
  const share = build.literal(shares, [shares.length], node.dtype);
  const exact = build.mul(last, share);
  const at = method === 'nearest' ? build.round(exact) : exact;
  const low = build.floor(at);
  const high = build.minimum(build.add(low, 1), last);
  const value = interpolate(
    method,
    build.gatherAlong(sorted, build.cast(low, 'int32'), -1),
    build.gatherAlong(sorted, build.cast(high, 'int32'), -1),
    build.sub(at, low),
  );
  const found = build.select(build.equal(count, 0), Number.NaN, value);
  const first = moveaxis(found, -1, 0);
  const kept = keepDims ? keptShape(node.shape, axis, 'nanquantile') : first.shape.slice(1);
  return build.reshape(first, typeof q === 'number' ? kept : [shares.length, ...kept]);
}

/** {@link nanquantile} with the share in percent. */
export function nanpercentile(
  x: Operand,
  q: number | readonly number[],
  axis: Axes = null,
  method: QuantileMethod = 'linear',
  keepDims = false,
): Node {
  return nanquantile(x, sharesOfPercent(q), axis, method, keepDims);
}

/** The middle of the numbers, or the mean of the two in the middle; NaN where there are none. */
export function nanmedian(x: Operand, axis: Axes = null, keepDims = false): Node {
  return nanquantile(x, 0.5, axis, 'linear', keepDims);
}
