import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, type Shape, sameShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { flatPositions, indicesOf, layFlat } from './indexing.ts';
import { flat, numberOf, staticSize } from './shared.ts';

/** Values written or added at places named by index, and reductions of segments. */

/** Target laid flat, position of each update and updates one a position: a scatter along one axis. */
function flattened(
  operation: string,
  x: Node,
  indices: Operand,
  updates: Operand,
): { target: Node; positions: Node; values: Node } {
  const index = indicesOf(indices);
  const positions = flatPositions(x, index, operation);
  const depth = index.shape.at(-1)!;
  const rest = x.shape.slice(depth);
  const expected: Shape = [...positions.shape, ...rest];
  const given = build.cast(build.toNode(updates, x.dtype), x.dtype);
  const values = given.shape.length === 0 ? build.broadcastTo(given, expected) : given;
  if (!sameShape(values.shape, expected)) {
    fail(
      operation,
      `updates are ${formatShape(values.shape)}; indices ${formatShape(index.shape)} into ${formatShape(x.shape)} need ${formatShape(expected)}`,
    );
  }
  const laid = flat(positions, operation);
  return {
    target: layFlat(x, depth, operation),
    positions: laid,
    values: build.reshape(values, [laid.shape[0], ...rest]),
  };
}

/**
 * x with `updates` added at the points that indices [..., depth] name; points named twice take both.
 * Updates have the shape [..., remaining axes of x], or are one number.
 */
export function scatterAdd(x: Operand, indices: Operand, updates: Operand): Node {
  const node = numberOf(x);
  const { target, positions, values } = flattened('scatterAdd', node, indices, updates);
  return build.reshape(build.scatterAdd(target, positions, values, 0), node.shape);
}

/** Zeros of `shape` with `values` added at the points that indices [..., depth] name, as keras.ops.scatter. */
export function scatter(indices: Operand, values: Operand, shape: Shape): Node {
  const given = numberOf(values);
  return scatterAdd(build.filled(shape, 0, given.dtype), indices, given);
}

/**
 * x with the points that indices [..., depth] name replaced by `updates`; of a point named twice the
 * last update stays. The replaced elements of x, and updates that were overwritten, have gradient 0.
 */
export function scatterUpdate(x: Operand, indices: Operand, updates: Operand): Node {
  const source = build.toNode(x);
  const node = numberOf(source);
  const { target, positions, values } = flattened('scatterUpdate', node, indices, updates);
  const count = positions.shape[0];
  let places = positions;
  let last = values;
  if (count !== 1) {
    // Sorted (stably) by place, the last update of a place is the one before a different place.
    const order = build.argSort(positions, 0);
    places = build.gather(positions, order, 0);
    const next = build.add(build.iota([count], 0), 1);
    const end = build.dimension(places, 0);
    const following = build.gather(places, build.minimum(next, build.sub(end, 1)), 0);
    const stays = build.logicalOr(build.equal(next, end), build.notEqual(places, following));
    const column = build.reshape(
      stays,
      values.shape.map((d, i) => (i === 0 ? d : 1)),
    );
    last = build.select(column, build.gather(values, order, 0), 0);
  }
  const zeros = build.filled(target.shape, 0, node.dtype);
  const touched = build.scatterAdd(
    build.filled([target.shape[0]], 0, 'int32'),
    places,
    build.filled([count], 1, 'int32'),
    0,
  );
  const mask = build.reshape(
    build.greater(touched, 0),
    target.shape.map((d, i) => (i === 0 ? d : 1)),
  );
  const replaced = build.select(mask, build.scatterAdd(zeros, places, last, 0), target);
  return build.cast(build.reshape(replaced, source.shape), source.dtype);
}

/** Segment numbers in [0, numSegments], where the last stands for all that lie outside. */
function segmentNumbers(operation: string, data: Node, ids: Operand, numSegments: number): Node {
  const segments = build.cast(build.toNode(ids, 'int32'), 'int32');
  if (segments.shape.length !== 1 || segments.shape[0] !== data.shape[0]) {
    fail(
      operation,
      `segment ids are ${formatShape(segments.shape)}; expected one for each of the first axis of ${formatShape(data.shape)}`,
    );
  }
  const inside = build.logicalAnd(
    build.greaterEqual(segments, 0),
    build.less(segments, numSegments),
  );
  return build.select(inside, segments, numSegments);
}

/**
 * Sums of the slices of the first axis that have one segment id: [numSegments, ...]. Ids outside
 * [0, numSegments) are left out; segments without slices are 0.
 */
export function segmentSum(data: Operand, segmentIds: Operand, numSegments: number): Node {
  const node = numberOf(data);
  const ids = segmentNumbers('segmentSum', node, segmentIds, numSegments);
  const zeros = build.filled([numSegments + 1, ...node.shape.slice(1)], 0, node.dtype);
  return build.sliceAxis(build.scatterAdd(zeros, ids, node, 0), 0, 0, numSegments);
}

/** How many slices every segment has, and where its last one stands when they are sorted by segment. */
function segmentEnds(ids: Node, numSegments: number): { counts: Node; ends: Node } {
  const counts = build.sliceAxis(
    build.scatterAdd(
      build.filled([numSegments + 1], 0, 'int32'),
      ids,
      build.filled(ids.shape, 1, 'int32'),
      0,
    ),
    0,
    0,
    numSegments,
  );
  return { counts, ends: build.sub(build.cumSum(counts, 0), 1) };
}

/** `x` [numSegments, ...] with a value in place of the segments without slices. */
function fillEmpty(x: Node, counts: Node, value: number): Node {
  const filled = build.reshape(
    build.greater(counts, 0),
    x.shape.map((d, i) => (i === 0 ? d : 1)),
  );
  return build.select(filled, x, value);
}

function segmentExtreme(
  operation: 'segmentMax' | 'segmentMin',
  data: Operand,
  segmentIds: Operand,
  numSegments: number,
): Node {
  const node = numberOf(data);
  const ids = segmentNumbers(operation, node, segmentIds, numSegments);
  const largest = operation === 'segmentMax';
  // Sorted by value, then stably by segment: the last of a segment is the one.
  const byValue = build.argSort(node, 0, !largest);
  const bySegment = build.argSort(build.gather(ids, byValue, 0), 0);
  const sorted = build.gatherAlong(node, build.gatherAlong(byValue, bySegment, 0), 0);
  const { counts, ends } = segmentEnds(ids, numSegments);
  const found = build.gather(sorted, build.maximum(ends, 0), 0);
  const infinity = largest ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const integer = largest ? -(2 ** 31) : 2 ** 31 - 1;
  return fillEmpty(found, counts, node.dtype === 'int32' ? integer : infinity);
}

/**
 * Largest of the slices of the first axis that have one segment id, element by element:
 * [numSegments, ...]. Ids outside [0, numSegments) are left out; segments without slices are minus
 * infinity (the smallest integer for int32).
 */
export function segmentMax(data: Operand, segmentIds: Operand, numSegments: number): Node {
  return segmentExtreme('segmentMax', data, segmentIds, numSegments);
}

/** Smallest of the slices, as {@link segmentMax}; segments without slices are infinity (the largest integer). */
export function segmentMin(data: Operand, segmentIds: Operand, numSegments: number): Node {
  return segmentExtreme('segmentMin', data, segmentIds, numSegments);
}

/**
 * Products of the slices of the first axis that have one segment id: [numSegments, ...]. Ids outside
 * [0, numSegments) are left out; segments without slices are 1. Running products of the slices sorted by
 * segment, whose reach doubles in each step, as for `cumprod`; exact gradients, zeros included.
 */
export function segmentProd(data: Operand, segmentIds: Operand, numSegments: number): Node {
  const node = numberOf(data);
  const ids = segmentNumbers('segmentProd', node, segmentIds, numSegments);
  const length = staticSize('segmentProd', node.shape[0], 'the first axis');
  const order = build.argSort(ids, 0);
  const segments = build.gather(ids, order, 0);
  let product = build.gather(node, order, 0);
  for (let reach = 1; reach < length; reach *= 2) {
    const low = product.shape.map((_, i) => (i === 0 ? reach : 0));
    const none = low.map(() => 0);
    const earlier = build.pad(build.sliceAxis(product, 0, 0, length - reach), low, none, {
      value: 1,
    });
    const before = build.pad(build.sliceAxis(segments, 0, 0, length - reach), [reach], [0], {
      value: -1,
    });
    const same = build.reshape(
      build.equal(before, segments),
      low.map((_, i) => (i === 0 ? length : 1)),
    );
    product = build.mul(product, build.select(same, earlier, 1));
  }
  const { counts, ends } = segmentEnds(ids, numSegments);
  return fillEmpty(build.gather(product, build.maximum(ends, 0), 0), counts, 1);
}
