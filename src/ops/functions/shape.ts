import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import {
  broadcastShapes,
  formatDim,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sizeOf,
} from '../../graph/shape.ts';
import type { Axes, Operand } from '../build.ts';
import * as build from '../build.ts';

/** The same elements under another shape or in another order, under NumPy's names. */

/**
 * Sizes of the axes: numbers, or an int32 scalar where the size follows the batch.
 */
export function shape(x: Operand): (number | Node)[] {
  const node = build.toNode(x);
  return node.shape.map((d, i) => (d < 0 ? build.dimension(node, i) : d));
}

/** Number of axes. */
export function ndim(x: Operand): number {
  return build.toNode(x).shape.length;
}

/** Number of elements; an int32 scalar where it follows the batch. */
export function size(x: Operand): number | Node {
  const node = build.toNode(x);
  const axes = node.shape.map((_, i) => i);
  return node.shape.some((d) => d < 0)
    ? build.countOf(node, axes, 'int32')
    : sizeOf(node.shape, 'size');
}

/**
 * The same elements in row-major order under `newShape`. One size may be -1: it takes what the others
 * leave, so that `reshape(x, [-1, 784])` of [batch, 28, 28] is [batch, 784]. Sizes whose product is not
 * the number of elements are an error.
 */
export function reshape(x: Operand, newShape: Shape): Node {
  const node = build.toNode(x);
  const open = newShape.indexOf(-1);
  if (newShape.some((d) => !Number.isInteger(d)) || open !== newShape.lastIndexOf(-1)) {
    fail(
      'reshape',
      `received the shape [${newShape.join(', ')}]; expected integers, at most one of them -1`,
    );
  }
  if (open < 0) return build.reshape(node, newShape);
  const total = sizeOf(node.shape, 'reshape');
  const known = sizeOf(
    newShape.filter((_, i) => i !== open),
    'reshape',
  );
  const rest = total / known;
  if (!Number.isInteger(rest)) {
    fail(
      'reshape',
      `${formatShape(node.shape)} has ${formatDim(total)} elements, which ${formatDim(known)} does not divide; the sizes of [${newShape.join(', ')}] must fit`,
    );
  }
  return build.reshape(
    node,
    newShape.map((d, i) => (i === open ? rest : d)),
  );
}

/** All elements in one axis, in row-major order. */
export function flatten(x: Operand): Node {
  const node = build.toNode(x);
  return build.reshape(node, [sizeOf(node.shape, 'flatten')]);
}

/** The same as {@link flatten}. */
export const ravel = flatten;

/** x with new axes of size 1 at the positions `axis` of the result. */
export function expandDims(x: Operand, axis: number | readonly number[]): Node {
  const node = build.toNode(x);
  const count = typeof axis === 'number' ? 1 : axis.length;
  const rank = node.shape.length + count;
  const added = normalizeAxes('expandDims', axis, rank);
  const old = [...node.shape];
  return build.reshape(
    node,
    Array.from({ length: rank }, (_, i) => (added.includes(i) ? 1 : old.shift()!)),
  );
}

/** x without the axes of size 1, or without those named; a named axis of another size is an error. */
export function squeeze(x: Operand, axis: Axes = null): Node {
  const node = build.toNode(x);
  const removed =
    axis === null || axis === undefined
      ? node.shape.map((_, i) => i).filter((i) => node.shape[i] === 1)
      : normalizeAxes('squeeze', axis, node.shape.length);
  for (const i of removed) {
    if (node.shape[i] !== 1) {
      fail(
        'squeeze',
        `axis ${i} of ${formatShape(node.shape)} has ${formatDim(node.shape[i])} elements; expected 1`,
      );
    }
  }
  return build.reshape(
    node,
    node.shape.filter((_, i) => !removed.includes(i)),
  );
}

/** The axes in the order `axes` (axis i of the result is axis `axes[i]` of x); reversed by default. */
export function transpose(x: Operand, axes: readonly number[] | null = null): Node {
  const node = build.toNode(x);
  const rank = node.shape.length;
  const order =
    axes === null
      ? Array.from({ length: rank }, (_, i) => rank - 1 - i)
      : axes.map((a) => normalizeAxis('transpose', a, rank));
  return build.transpose(node, order);
}

/** The axes `source` moved to the positions `destination`; the others keep their order. */
export function moveaxis(
  x: Operand,
  source: number | readonly number[],
  destination: number | readonly number[],
): Node {
  const node = build.toNode(x);
  const rank = node.shape.length;
  const from = [source].flat().map((a) => normalizeAxis('moveaxis', a as number, rank));
  const to = [destination].flat().map((a) => normalizeAxis('moveaxis', a as number, rank));
  if (
    from.length !== to.length ||
    new Set(from).size !== from.length ||
    new Set(to).size !== to.length
  ) {
    fail(
      'moveaxis',
      `axes [${from.join(', ')}] do not pair up with positions [${to.join(', ')}]; name as many distinct ones`,
    );
  }
  const others = node.shape.map((_, i) => i).filter((i) => !from.includes(i));
  const order = node.shape.map((_, i) => (to.includes(i) ? from[to.indexOf(i)] : others.shift()!));
  return build.transpose(node, order);
}

/** Two axes exchanged. */
export function swapaxes(x: Operand, axis1: number, axis2: number): Node {
  const node = build.toNode(x);
  const rank = node.shape.length;
  const [a, b] = [axis1, axis2].map((axis) => normalizeAxis('swapaxes', axis, rank));
  return build.transpose(
    node,
    node.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
  );
}

/** x repeated along axes of size 1 and new leading axes to `newShape`. */
export function broadcastTo(x: Operand, newShape: Shape): Node {
  return build.broadcastTo(build.toNode(x), newShape);
}

/** All arrays stretched to their common shape. */
export function broadcastArrays(arrays: readonly Operand[]): Node[] {
  const nodes = arrays.map((x) => build.toNode(x));
  const common = broadcastShapes('broadcastArrays', ...nodes.map((n) => n.shape));
  return nodes.map((n) => build.broadcastTo(n, common));
}

/** x with one axis or more: a scalar becomes a vector of 1. */
export function atleast1d(x: Operand): Node {
  const node = build.toNode(x);
  return node.shape.length >= 1 ? node : build.reshape(node, [1]);
}

/** x with two axes or more: a vector becomes one row. */
export function atleast2d(x: Operand): Node {
  const node = atleast1d(x);
  return node.shape.length >= 2 ? node : build.reshape(node, [1, ...node.shape]);
}

/** x with three axes or more: [n] becomes [1, n, 1], [m, n] becomes [m, n, 1]. */
export function atleast3d(x: Operand): Node {
  const node = atleast2d(x);
  return node.shape.length >= 3 ? node : build.reshape(node, [...node.shape, 1]);
}

/**
 * Coordinates of the grid that vectors span, one array each of the shape of the grid. With 'xy' the
 * first vector runs along the columns (axis 1), with 'ij' along the rows.
 */
export function meshgrid(arrays: readonly Operand[], indexing: 'xy' | 'ij' = 'xy'): Node[] {
  const nodes = arrays.map((x) => flatten(x));
  const rank = nodes.length;
  const axisOf = (i: number) => (indexing === 'xy' && rank > 1 && i < 2 ? 1 - i : i);
  const grid = new Array<number>(rank);
  for (const [i, node] of nodes.entries()) grid[axisOf(i)] = node.shape[0];
  return nodes.map((node, i) =>
    build.broadcastTo(
      build.reshape(
        node,
        grid.map((d, axis) => (axis === axisOf(i) ? d : 1)),
      ),
      grid,
    ),
  );
}

/** The elements in reverse order along the axes (all by default). */
export function flip(x: Operand, axis: Axes = null): Node {
  return build.reverse(build.toNode(x), axis);
}

/** The columns (axis 1) in reverse order. */
export function fliplr(x: Operand): Node {
  return flip(x, 1);
}

/** The rows (axis 0) in reverse order. */
export function flipud(x: Operand): Node {
  return flip(x, 0);
}

/** Turned by `k` quarter turns in the plane of two axes, from the first towards the second. */
export function rot90(x: Operand, k = 1, axes: readonly [number, number] = [0, 1]): Node {
  const node = build.toNode(x);
  const [first, second] = axes.map((a) => normalizeAxis('rot90', a, node.shape.length));
  if (first === second) {
    fail('rot90', `received axes [${axes.join(', ')}]; expected two different ones`);
  }
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return node;
  if (turns === 2) return build.reverse(node, [first, second]);
  const order = node.shape.map((_, i) => (i === first ? second : i === second ? first : i));
  return turns === 1
    ? build.transpose(build.reverse(node, second), order)
    : build.reverse(build.transpose(node, order), second);
}

/** The elements moved on by `shift` along an axis; what leaves at the end comes back at the front. */
function rollAxis(x: Node, shift: number, axis: number): Node {
  const length = x.shape[axis];
  if (length === 0 || shift === 0) return x;
  if (length < 0) {
    const positions = build.sub(build.iota([length], 0), shift);
    return build.gather(x, build.mod(positions, build.dimension(x, axis)), axis);
  }
  const start = (((length - shift) % length) + length) % length;
  return build.concatenate(
    [build.sliceAxis(x, axis, start, length), build.sliceAxis(x, axis, 0, start)],
    axis,
  );
}

/**
 * The elements moved on by `shift` places along `axis`, round the end; without an axis, in row-major
 * order. Several axes take one shift each, or all the same.
 */
export function roll(x: Operand, shift: number | readonly number[], axis: Axes = null): Node {
  const node = build.toNode(x);
  if (axis === null || axis === undefined) {
    const by = [shift].flat().reduce<number>((a, s) => a + (s as number), 0);
    return build.reshape(rollAxis(flatten(node), by, 0), node.shape);
  }
  const axes = [axis].flat() as number[];
  const shifts = [shift].flat() as number[];
  if (shifts.length !== 1 && shifts.length !== axes.length) {
    fail('roll', `received ${shifts.length} shifts for ${axes.length} axes; expected one each`);
  }
  return axes.reduce(
    (value, a, i) =>
      rollAxis(
        value,
        shifts[shifts.length === 1 ? 0 : i],
        normalizeAxis('roll', a, node.shape.length),
      ),
    node,
  );
}
