import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, normalizeAxis, sizeOf } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { floorDivide, mod } from './arithmetic.ts';
import { flat } from './shared.ts';

/**
 * Elements chosen by index. Indices are integers (others are truncated); negative ones count from the
 * back; one outside the axis is an error when the graph runs.
 */

/** Indices as an int32 node: a tensor, a number or a list of numbers. */
export function indicesOf(indices: Operand | readonly number[]): Node {
  return Array.isArray(indices)
    ? build.literal(indices, [indices.length], 'int32')
    : build.cast(build.toNode(indices as Operand, 'int32'), 'int32');
}

/**
 * The slices of x at the indices along `axis`; the axes of the indices take the place of that axis.
 * Without an axis, elements of x in row-major order.
 */
export function take(
  x: Operand,
  indices: Operand | readonly number[],
  axis: number | null = null,
): Node {
  const node = build.toNode(x);
  return axis === null
    ? build.gather(flat(node, 'take'), indicesOf(indices), 0)
    : build.gather(node, indicesOf(indices), axis);
}

/** The slices of x at the indices along `axis`: {@link take} with the first axis by default. */
export function gather(x: Operand, indices: Operand | readonly number[], axis = 0): Node {
  return take(x, indices, axis);
}

/**
 * One element for each index: the index replaces the coordinate of `axis`, the other coordinates are
 * those of the index (sizes of 1 stretch). The form of the results of argsort and argmax with keepDims.
 * Without an axis, elements of x in row-major order.
 */
export function takeAlongAxis(x: Operand, indices: Operand, axis: number | null = -1): Node {
  let node = build.toNode(x);
  let index = indicesOf(indices);
  if (axis === null)
    return build.gather(flat(node, 'takeAlongAxis'), flat(index, 'takeAlongAxis'), 0);
  const rank = node.shape.length;
  const at = normalizeAxis('takeAlongAxis', axis, rank);
  if (index.shape.length !== rank) {
    fail(
      'takeAlongAxis',
      `indices ${formatShape(index.shape)} and ${formatShape(node.shape)} must have the same number of axes`,
    );
  }
  const stretch = (d: number, other: number, i: number) => (i !== at && d === 1 ? other : d);
  const shape = index.shape.map((d, i) => stretch(d, node.shape[i], i));
  node = build.broadcastTo(
    node,
    node.shape.map((d, i) => stretch(d, shape[i], i)),
  );
  index = build.broadcastTo(index, shape);
  return build.gatherAlong(node, index, at);
}

/**
 * Points of the first axes of an array of this shape, [..., depth] coordinates, as positions in those
 * axes laid flat. Negative coordinates count from the back.
 */
export function flatPositions(x: Node, indices: Node, operation: string): Node {
  const depth = indices.shape.at(-1);
  if (depth === undefined || depth < 0 || depth > x.shape.length) {
    fail(
      operation,
      `indices ${formatShape(indices.shape)} hold ${depth ?? 'no'} coordinates each; expected at most ${x.shape.length} for ${formatShape(x.shape)}`,
    );
  }
  const points = indices.shape.slice(0, -1);
  let position: Node = build.filled(points, 0, 'int32');
  for (let axis = 0; axis < depth; axis++) {
    const raw = build.reshape(build.sliceAxis(indices, -1, axis, axis + 1), points);
    const length = build.dimension(x, axis);
    const coordinate = build.select(build.less(raw, 0), build.add(raw, length), raw);
    position = axis === 0 ? coordinate : build.add(build.mul(position, length), coordinate);
  }
  return position;
}

/** The first `depth` axes of x laid flat. */
export function layFlat(x: Node, depth: number, operation: string): Node {
  const lead = sizeOf(x.shape.slice(0, depth), operation);
  return build.reshape(x, [lead, ...x.shape.slice(depth)]);
}

/**
 * The points that indices [..., depth] name by their coordinates in the first `depth` axes of x, each
 * with the rest of its axes: [..., remaining axes of x].
 */
export function gatherNd(x: Operand, indices: Operand): Node {
  const node = build.toNode(x);
  const index = indicesOf(indices);
  const position = flatPositions(node, index, 'gatherNd');
  return build.gather(layFlat(node, index.shape.at(-1)!, 'gatherNd'), position, 0);
}

/**
 * Class numbers as vectors with a 1 at the class and 0 elsewhere along a new axis; a number outside
 * [0, numClasses) gives zeros only.
 */
export function oneHot(
  x: Operand,
  numClasses: number,
  axis = -1,
  dtype: Node['dtype'] = 'float32',
): Node {
  const index = build.cast(build.toNode(x, 'int32'), 'int32');
  const rank = index.shape.length + 1;
  const at = normalizeAxis('oneHot', axis, rank);
  const classes = build.iota(
    Array.from({ length: rank }, (_, i) => (i === at ? numClasses : 1)),
    at,
  );
  const spread = build.reshape(index, [...index.shape.slice(0, at), 1, ...index.shape.slice(at)]);
  return build.cast(build.equal(spread, classes), dtype);
}

/**
 * Sets of class numbers as vectors with a 1 at every class that occurs: [batch, n] gives
 * [batch, numClasses], a vector gives a vector.
 */
export function multiHot(
  x: Operand,
  numClasses: number,
  axis = -1,
  dtype: Node['dtype'] = 'float32',
): Node {
  const node = build.toNode(x, 'int32');
  const hot = oneHot(node, numClasses, axis, 'int32');
  const joined = node.shape.length > 1 ? 1 : 0;
  return build.cast(build.greater(build.sum(hot, joined), 0), dtype);
}

/** For positions in a flattened array of a shape, the index along each of its axes. */
export function unravelIndex(indices: Operand, shape: readonly number[]): Node[] {
  const index = build.cast(build.toNode(indices, 'int32'), 'int32');
  if (!shape.every((d) => Number.isInteger(d) && d > 0)) {
    fail('unravelIndex', `the shape is [${shape.join(', ')}]; expected positive whole numbers`);
  }
  let step = shape.reduce((n, d) => n * d, 1);
  return shape.map((size) => {
    step /= size;
    return mod(floorDivide(index, step), size);
  });
}
