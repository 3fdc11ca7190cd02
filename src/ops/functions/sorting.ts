import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, normalizeAxis } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { expectInteger, flat, numberOf, staticSize } from './shared.ts';

/** Order: sorting, ranking and searching. Equal elements keep their order. Indices are int32. */

/** Indices that sort x along `axis` in rising (or falling) order; null sorts all elements. */
export function argsort(x: Operand, axis: number | null = -1, descending = false): Node {
  const node = numberOf(x);
  return axis === null
    ? build.argSort(flat(node, 'argsort'), 0, descending)
    : build.argSort(node, axis, descending);
}

/** x sorted along `axis` in rising (or falling) order; null sorts all elements. */
export function sort(x: Operand, axis: number | null = -1, descending = false): Node {
  const node = build.toNode(x);
  const values = axis === null ? flat(node, 'sort') : node;
  const order = build.argSort(values, axis ?? 0, descending);
  return build.gatherAlong(values, order, axis ?? 0);
}

/** The `k` largest elements along the last axis, largest first, and their indices: [values, indices]. */
export function topK(x: Operand, k: number): [Node, Node] {
  const node = numberOf(x);
  const length = node.shape.at(-1);
  if (length === undefined || !Number.isInteger(k) || k < 0 || k > length) {
    fail(
      'topK',
      `received k = ${k} for ${formatShape(node.shape)}; expected an integer of at most the size of the last axis`,
    );
  }
  // The largest alone needs no sorting.
  const indices =
    k === 1
      ? build.reshape(build.argMax(node, -1), [...node.shape.slice(0, -1), 1])
      : build.sliceAxis(build.argSort(node, -1, true), -1, 0, k);
  return [build.gatherAlong(node, indices, -1), indices];
}

/**
 * Whether the class of each target is among the `k` highest predictions of its row: targets [batch],
 * predictions [batch, classes], bool [batch]. Classes that tie with the target do not push it out;
 * predictions that are not finite count as wrong.
 */
export function inTopK(targets: Operand, predictions: Operand, k: number): Node {
  const scores = numberOf(predictions);
  const index = build.cast(build.toNode(targets, 'int32'), 'int32');
  if (scores.shape.length !== index.shape.length + 1) {
    fail(
      'inTopK',
      `received targets ${formatShape(index.shape)} and predictions ${formatShape(scores.shape)}; expected [batch] and [batch, classes]`,
    );
  }
  const own = build.gatherAlong(scores, build.reshape(index, [...index.shape, 1]), -1);
  const above = build.sum(build.cast(build.greater(scores, own), 'int32'), -1);
  const finite = build.less(build.abs(build.reshape(own, index.shape)), Number.POSITIVE_INFINITY);
  return build.logicalAnd(build.less(above, k), finite);
}

/**
 * Positions at which `values` would have to be inserted into a rising vector to keep it sorted: before
 * equal elements ('left') or behind them ('right'). A binary search of all values at once, one step for
 * each doubling of the vector.
 */
export function searchsorted(
  sortedSequence: Operand,
  values: Operand,
  side: 'left' | 'right' = 'left',
): Node {
  const [sequence, wanted] = build.promote(sortedSequence, values).map(numberOf);
  if (sequence.shape.length !== 1) {
    fail(
      'searchsorted',
      `the sorted sequence is ${formatShape(sequence.shape)}; expected a vector`,
    );
  }
  const length = staticSize('searchsorted', sequence.shape[0], 'the sorted sequence');
  let position: Node = build.filled(wanted.shape, 0, 'int32');
  for (let step = 2 ** Math.floor(Math.log2(Math.max(length, 1))); step >= 1; step /= 2) {
    const candidate = build.add(position, step);
    const last = build.gather(sequence, build.sub(build.minimum(candidate, length), 1), 0);
    const before = side === 'left' ? build.less(last, wanted) : build.lessEqual(last, wanted);
    const moves = build.logicalAnd(before, build.lessEqual(candidate, length));
    position = build.select(moves, candidate, position);
  }
  return position;
}

/**
 * The number of the bin of each element: i where bins[i - 1] <= x < bins[i], 0 below and the number of
 * bins above; with `right` the upper bound belongs to the bin. `bins` rises.
 */
export function digitize(x: Operand, bins: Operand, right = false): Node {
  return searchsorted(bins, x, right ? 'left' : 'right');
}

/** Running sum along `axis`; over all elements in row-major order without one. Booleans count as int32. */
export function cumsum(x: Operand, axis: number | null = null): Node {
  const node = numberOf(x);
  return axis === null ? build.cumSum(flat(node, 'cumsum'), 0) : build.cumSum(node, axis);
}

/**
 * Running product along `axis`; over all elements in row-major order without one. Doubles the reach of
 * every product in each step, so n elements take log2(n) steps; exact gradients, zeros included.
 */
export function cumprod(x: Operand, axis: number | null = null): Node {
  const node = numberOf(x);
  let product = axis === null ? flat(node, 'cumprod') : node;
  const at = normalizeAxis('cumprod', axis ?? 0, product.shape.length);
  const length = staticSize('cumprod', product.shape[at], `axis ${at}`);
  for (let reach = 1; reach < length; reach *= 2) {
    const low = product.shape.map((_, i) => (i === at ? reach : 0));
    const earlier = build.pad(
      build.sliceAxis(product, at, 0, length - reach),
      low,
      low.map(() => 0),
      { value: 1 },
    );
    product = build.mul(product, earlier);
  }
  return product;
}

/** Differences of neighbours along `axis`, taken `n` times; each time one element fewer. */
export function diff(x: Operand, n = 1, axis = -1): Node {
  let node = numberOf(x);
  const at = normalizeAxis('diff', axis, node.shape.length);
  for (let i = 0; i < n; i++) {
    const length = staticSize('diff', node.shape[at], `axis ${at} of ${formatShape(node.shape)}`);
    if (length === 0) break;
    node = build.sub(
      build.sliceAxis(node, at, 1, length),
      build.sliceAxis(node, at, 0, length - 1),
    );
  }
  return node;
}

/**
 * Indices along `axis` such that the element at `kth` stands where sorting would put it, smaller ones before
 * it and larger ones behind.
 */
export function argpartition(x: Operand, kth: number, axis: number | null = -1): Node {
  const node = numberOf(x);
  const length = axis === null ? flat(node, 'argpartition').shape[0] : node.shape.at(axis)!;
  if (!(Number.isInteger(kth) && kth >= -length && kth < length)) {
    fail('argpartition', `kth is ${kth}; expected a whole number below ${length}`);
  }
  return argsort(node, axis);
}

/**
 * The distinct elements of x in rising order, as far as `size` of them reach: [values, index, inverse,
 * counts]. `size` is the number of results, since shapes do not depend on values; places that are left have
 * `fillValue`, index 0 and count 0, and elements beyond the `size` smallest have no place. `index` [size]
 * is where a value occurs first among all elements in order, `inverse` (shape of x) which of the values an
 * element is, `counts` [size] how often a value occurs; all int32.
 */
export function unique(
  x: Operand,
  size: number,
  fillValue: Operand = 0,
): [values: Node, index: Node, inverse: Node, counts: Node] {
  expectInteger('unique', 'size', size, 1);
  const node = numberOf(x);
  const values = flat(node, 'unique');
  const [length] = values.shape;
  if (length === 0) fail('unique', `received ${formatShape(node.shape)}, which has no elements`);
  const order = build.argSort(values, 0);
  const sorted = build.gather(values, order, 0);
  const places = build.iota([length], 0);
  const before = build.gather(sorted, build.maximum(build.sub(places, 1), 0), 0);
  const isFirst = build.logicalOr(build.equal(places, 0), build.notEqual(sorted, before));
  const rank = build.sub(build.cumSum(build.cast(isFirst, 'int32'), 0), 1);
  const slot = build.minimum(rank, size);
  const collect = (what: Node): Node => {
    const slots = build.filled([size + 1], 0, what.dtype);
    return build.sliceAxis(build.scatterAdd(slots, slot, what, 0), 0, 0, size);
  };
  const counts = collect(build.filled([length], 1, 'int32'));
  const index = collect(build.select(isFirst, order, 0));
  const found = build.gather(values, index, 0);
  const inverse = build.gather(rank, build.argSort(order, 0), 0);
  return [
    build.select(
      build.greater(counts, 0),
      found,
      build.cast(build.toNode(fillValue, node.dtype), node.dtype),
    ),
    index,
    build.reshape(inverse, node.shape),
    counts,
  ];
}
