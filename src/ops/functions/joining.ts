import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, normalizeAxis } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { atleast1d, atleast2d, atleast3d, expandDims, flatten } from './shape.ts';
import { expectInteger, expectTable, staticSize } from './shared.ts';

/** Joining, splitting and repeating, under NumPy's names. Of several dtypes the widest wins. */

const nodesOf = (arrays: readonly Operand[]): Node[] => arrays.map((x) => build.toNode(x));

/** One after another along an axis that exists; null joins the flattened arrays. */
export function concatenate(arrays: readonly Operand[], axis: number | null = 0): Node {
  const nodes = nodesOf(arrays);
  return axis === null ? build.concatenate(nodes.map(flatten), 0) : build.concatenate(nodes, axis);
}

/** `x2` behind `x1` along an axis; both flattened without one. */
export function append(x1: Operand, x2: Operand, axis: number | null = null): Node {
  return concatenate([x1, x2], axis);
}

/** Arrays of one shape along a new axis. */
export function stack(arrays: readonly Operand[], axis = 0): Node {
  return build.concatenate(
    nodesOf(arrays).map((x) => expandDims(x, axis)),
    axis,
  );
}

/** Side by side: along axis 1, vectors along axis 0. */
export function hstack(arrays: readonly Operand[]): Node {
  const nodes = arrays.map(atleast1d);
  return build.concatenate(nodes, nodes[0]?.shape.length === 1 ? 0 : 1);
}

/** One below the other along axis 0; vectors count as rows. */
export function vstack(arrays: readonly Operand[]): Node {
  return build.concatenate(arrays.map(atleast2d), 0);
}

/** One behind the other along axis 2. */
export function dstack(arrays: readonly Operand[]): Node {
  return build.concatenate(arrays.map(atleast3d), 2);
}

function splitAt(x: Node, bounds: readonly number[], axis: number, operation: string): Node[] {
  const length = staticSize(operation, x.shape[axis], `axis ${axis} of ${formatShape(x.shape)}`);
  const from = (at: number) => Math.min(Math.max(at < 0 ? at + length : at, 0), length);
  const starts = [0, ...bounds.map(from)];
  const limits = [...bounds.map(from), length];
  return starts.map((start, i) => build.sliceAxis(x, axis, start, Math.max(start, limits[i]), 1));
}

/**
 * Parts along an axis: a number asks for that many equal parts (an error if they are not), a list for
 * cuts before those positions.
 */
export function split(x: Operand, indicesOrSections: number | readonly number[], axis = 0): Node[] {
  const node = build.toNode(x);
  const at = normalizeAxis('split', axis, node.shape.length);
  if (typeof indicesOrSections !== 'number') return splitAt(node, indicesOrSections, at, 'split');
  const length = staticSize('split', node.shape[at], `axis ${at} of ${formatShape(node.shape)}`);
  if (!(indicesOrSections >= 1) || length % indicesOrSections !== 0) {
    fail(
      'split',
      `axis ${at} of ${formatShape(node.shape)} does not divide into ${indicesOrSections} equal parts; use arraySplit`,
    );
  }
  return arraySplit(node, indicesOrSections, at);
}

/** Parts along an axis as {@link split}, where the first parts have one element more if they are not equal. */
export function arraySplit(
  x: Operand,
  indicesOrSections: number | readonly number[],
  axis = 0,
): Node[] {
  const node = build.toNode(x);
  const at = normalizeAxis('arraySplit', axis, node.shape.length);
  if (typeof indicesOrSections !== 'number') {
    return splitAt(node, indicesOrSections, at, 'arraySplit');
  }
  const sections = expectInteger('arraySplit', 'the number of parts', indicesOrSections, 1);
  const length = staticSize(
    'arraySplit',
    node.shape[at],
    `axis ${at} of ${formatShape(node.shape)}`,
  );
  const each = Math.floor(length / sections);
  const longer = length % sections;
  const bounds = Array.from(
    { length: sections - 1 },
    (_, i) => (i + 1) * each + Math.min(i + 1, longer),
  );
  return splitAt(node, bounds, at, 'arraySplit');
}

/** Parts along axis 1; of a vector along axis 0. See {@link split}. */
export function hsplit(x: Operand, indicesOrSections: number | readonly number[]): Node[] {
  const node = build.toNode(x);
  return split(node, indicesOrSections, node.shape.length === 1 ? 0 : 1);
}

/** Parts along axis 0. See {@link split}. */
export function vsplit(x: Operand, indicesOrSections: number | readonly number[]): Node[] {
  return split(x, indicesOrSections, 0);
}

/** Parts along axis 2. See {@link split}. */
export function dsplit(x: Operand, indicesOrSections: number | readonly number[]): Node[] {
  return split(x, indicesOrSections, 2);
}

/** The slices along an axis, each without it. `num` may state how many there are, as a check. */
export function unstack(x: Operand, num: number | null = null, axis = 0): Node[] {
  const node = build.toNode(x);
  const at = normalizeAxis('unstack', axis, node.shape.length);
  const length = staticSize('unstack', node.shape[at], `axis ${at} of ${formatShape(node.shape)}`);
  if (num !== null && num !== length) {
    fail(
      'unstack',
      `axis ${at} of ${formatShape(node.shape)} has ${length} slices; expected ${num}`,
    );
  }
  const rest = node.shape.filter((_, i) => i !== at);
  // Every slice is an operation, which takes as much as a long list.
  expectTable('unstack', length * 128);
  return Array.from({ length }, (_, i) => build.reshape(build.sliceAxis(node, at, i, i + 1), rest));
}

/** The whole of x repeated `repeats[i]` times along axis i; a number repeats the last axis. */
export function tile(x: Operand, repeats: number | readonly number[]): Node {
  const node = build.toNode(x);
  const asked = typeof repeats === 'number' ? [repeats] : repeats;
  for (const n of asked) expectInteger('tile', 'a number of repeats', n);
  const rank = Math.max(asked.length, node.shape.length);
  const times = [...new Array<number>(rank - asked.length).fill(1), ...asked];
  const shape = [...new Array<number>(rank - node.shape.length).fill(1), ...node.shape];
  const apart = build.reshape(
    node,
    shape.flatMap((d, i) => (times[i] === 1 ? [d] : [1, d])),
  );
  const spread = build.broadcastTo(
    apart,
    shape.flatMap((d, i) => (times[i] === 1 ? [d] : [times[i], d])),
  );
  return build.reshape(
    spread,
    shape.map((d, i) => d * times[i]),
  );
}

/**
 * Each element repeated in place along an axis (over the flattened array without one): a number for all,
 * or one number for each position of the axis.
 */
export function repeat(
  x: Operand,
  repeats: number | readonly number[],
  axis: number | null = null,
): Node {
  const node = axis === null ? flatten(x) : build.toNode(x);
  const at = normalizeAxis('repeat', axis ?? 0, node.shape.length);
  if (typeof repeats === 'number') {
    expectInteger('repeat', 'the number of repeats', repeats);
    const before = node.shape.slice(0, at + 1);
    const after = node.shape.slice(at + 1);
    const apart = build.reshape(node, [...before, 1, ...after]);
    const spread = build.broadcastTo(apart, [...before, repeats, ...after]);
    return build.reshape(spread, [...before.slice(0, -1), before[at] * repeats, ...after]);
  }
  const length = staticSize('repeat', node.shape[at], `axis ${at} of ${formatShape(node.shape)}`);
  if (repeats.length !== length && repeats.length !== 1) {
    fail(
      'repeat',
      `received ${repeats.length} numbers of repeats for ${length} positions; expected one each`,
    );
  }
  const total = repeats.reduce((sum, times) => sum + times, 0);
  expectTable('repeat', repeats.length === 1 ? total * length : total);
  const indices = Array.from({ length }, (_, i) => {
    const times = repeats[repeats.length === 1 ? 0 : i];
    return new Array<number>(expectInteger('repeat', 'a number of repeats', times)).fill(i);
  }).flat();
  return build.gather(node, build.literal(indices, [indices.length], 'int32'), at);
}
