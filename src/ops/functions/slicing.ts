import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, type Shape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { expandDims } from './shape.ts';
import { staticSize } from './shared.ts';

/** Boxes and strided ranges of an array, read and replaced. */

function expectLength(operation: string, x: Node, ...lists: (readonly unknown[])[]): void {
  for (const list of lists) {
    if (list.length !== x.shape.length) {
      fail(
        operation,
        `received ${list.length} entries for ${formatShape(x.shape)}; expected one for each of its ${x.shape.length} axes`,
      );
    }
  }
}

/**
 * The box of `sizes` elements from `startIndices`, as keras.ops.slice. A start may be an int32 scalar
 * that is known only when the graph runs; it is then moved inside where the box would reach beyond the
 * end. The size -1 takes what is left of an axis, and is the only one for a symbolic batch axis.
 */
export function slice(
  x: Operand,
  startIndices: readonly (number | Node)[],
  sizes: readonly number[],
): Node {
  const node = build.toNode(x);
  expectLength('slice', node, startIndices, sizes);
  const starts = startIndices.map((s, i) => {
    if (typeof s !== 'number') return 0;
    return s < 0 ? s + staticSize('slice', node.shape[i], `axis ${i}`) : s;
  });
  const limits = node.shape.map((d, i) => {
    if (sizes[i] === -1 || typeof startIndices[i] !== 'number') return d;
    return starts[i] + sizes[i];
  });
  let box = build.slice(node, starts, limits);
  for (const [axis, start] of startIndices.entries()) {
    if (typeof start === 'number') continue;
    const length = staticSize('slice', node.shape[axis], `axis ${axis}`);
    const inside = build.minimum(
      build.maximum(build.cast(start, 'int32'), 0),
      length - sizes[axis],
    );
    const positions = build.add(build.iota([sizes[axis]], 0), build.reshape(inside, []));
    box = build.gather(box, positions, axis);
  }
  return box;
}

/** One axis from `begin` to `end` (without it) by `step`, each null for the natural default. */
function range(
  x: Node,
  axis: number,
  begin: number | null | undefined,
  end: number | null | undefined,
  step: number,
): Node {
  if (!Number.isInteger(step) || step === 0) {
    fail('stridedSlice', `step ${step} of axis ${axis}; expected an integer other than 0`);
  }
  const [from, to] = [begin ?? null, end ?? null];
  if (from === null && to === null && step === 1) return x;
  if (from === null && to === null && step === -1) return build.reverse(x, axis);
  const length = staticSize(
    'stridedSlice',
    x.shape[axis],
    `axis ${axis} of ${formatShape(x.shape)}`,
  );
  // Python's rules: negative positions count from the end, and what lies outside is cut off.
  const position = (p: number, least: number, most: number) =>
    Math.min(Math.max(p < 0 ? p + length : p, least), most);
  if (step > 0) {
    const start = from === null ? 0 : position(from, 0, length);
    const limit = to === null ? length : position(to, 0, length);
    return build.sliceAxis(x, axis, start, Math.max(start, limit), step);
  }
  const start = from === null ? length - 1 : position(from, -1, length - 1);
  const limit = to === null ? -1 : position(to, -1, length - 1);
  // Position p is position length - 1 - p of the reversed axis.
  const first = length - 1 - start;
  const last = Math.max(first, length - 1 - limit);
  return build.sliceAxis(build.reverse(x, axis), axis, first, last, -step);
}

/**
 * `x[begin[0]:end[0]:strides[0], ...]` with Python's rules: null takes the natural end, negative
 * positions count from the back, what lies outside is cut off, negative strides run backwards. Fewer
 * entries than axes leave the last axes whole. A symbolic batch axis is taken whole or reversed.
 */
export function stridedSlice(
  x: Operand,
  begin: readonly (number | null)[],
  end: readonly (number | null)[],
  strides: readonly number[] | null = null,
): Node {
  const node = build.toNode(x);
  const count = Math.max(begin.length, end.length);
  if (count > node.shape.length) {
    fail(
      'stridedSlice',
      `received ${count} ranges for ${formatShape(node.shape)}; expected at most one for each axis`,
    );
  }
  let result = node;
  for (let axis = 0; axis < count; axis++) {
    result = range(result, axis, begin[axis], end[axis], strides?.[axis] ?? 1);
  }
  return result;
}

/** What may stand for an axis in {@link getItem}. */
export type Index = number | string | null | Node;

/**
 * Indexing in the manner of Python: `getItem(x, 0, '1:-1', '...', '::2', null)`. A number picks a
 * position and drops the axis, a text `begin:end:step` takes a range, '...' stands for the axes not
 * named, null adds an axis of size 1, an int32 tensor (one at most) takes those positions and puts its
 * axes in the place of the axis.
 */
export function getItem(x: Operand, ...indices: Index[]): Node {
  let node = build.toNode(x);
  const named = indices.filter((i) => i !== '...' && i !== null).length;
  const dots = indices.filter((i) => i === '...').length;
  if (named > node.shape.length || dots > 1) {
    fail(
      'getItem',
      `received ${named} indices and ${dots} ellipses for ${formatShape(node.shape)}; expected at most ${node.shape.length} and 1`,
    );
  }
  if (indices.filter(build.isNode).length > 1) {
    fail('getItem', 'received two tensors as indices; use gatherNd to pick points');
  }
  const rank = node.shape.length;
  let axis = 0;
  for (const index of indices) {
    if (index === '...') {
      axis += rank - named;
    } else if (index === null) {
      node = expandDims(node, axis++);
    } else if (typeof index === 'number') {
      const length = staticSize('getItem', node.shape[axis], `axis ${axis}`);
      const at = index < 0 ? index + length : index;
      if (!(Number.isInteger(at) && at >= 0 && at < length)) {
        fail(
          'getItem',
          `index ${index} is outside axis ${axis} of ${formatShape(node.shape)}; negative indices count from the end`,
        );
      }
      const rest = node.shape.filter((_, i) => i !== axis);
      node = build.reshape(build.sliceAxis(node, axis, at, at + 1), rest);
    } else if (typeof index === 'string') {
      const parts = index.split(':').map((p) => (p.trim() === '' ? null : Number(p)));
      if (
        parts.length < 2 ||
        parts.length > 3 ||
        parts.some((p) => p !== null && !Number.isInteger(p))
      ) {
        fail('getItem', `"${index}" is no range; expected begin:end or begin:end:step`);
      }
      node = range(node, axis++, parts[0], parts[1], parts[2] ?? 1);
    } else {
      node = build.gather(node, index, axis);
      axis += index.shape.length;
    }
  }
  return node;
}

/** A box of zeros and ones: true where `update` of `sizes` elements at `starts` covers `shape`. */
function staticBox(
  shape: Shape,
  starts: readonly number[],
  update: Node,
): { values: Node; covered: Node } {
  const high = shape.map((d, i) => (d === update.shape[i] ? 0 : d - starts[i] - update.shape[i]));
  const values = build.pad(update, starts, high);
  const ones = build.filled(update.shape, 1, 'int32');
  return { values, covered: build.cast(build.pad(ones, starts, high), 'bool') };
}

/**
 * x with the box from `startIndices` replaced by `updates`, as keras.ops.slice_update. Starts are
 * numbers or int32 scalars; those known only at run time are moved inside as in {@link slice}. The
 * replaced elements of x have gradient 0.
 */
export function sliceUpdate(
  x: Operand,
  startIndices: readonly (number | Node)[],
  updates: Operand,
): Node {
  const node = build.toNode(x);
  const update = build.cast(build.toNode(updates, node.dtype), node.dtype);
  expectLength('sliceUpdate', node, startIndices, update.shape);
  if (
    update.shape.some(
      (d, i) => d < 0 !== node.shape[i] < 0 || Math.abs(d) > Math.abs(node.shape[i]),
    )
  ) {
    fail(
      'sliceUpdate',
      `updates ${formatShape(update.shape)} do not fit into ${formatShape(node.shape)}; expected the same number of axes, none of them longer`,
    );
  }
  // Axes that the updates fill have nothing to move; the others are placed by index where the start is a node.
  const starts = startIndices.map((s, i) => {
    if (update.shape[i] === node.shape[i]) return 0;
    if (typeof s !== 'number') return null;
    const at = s < 0 ? s + node.shape[i] : s;
    if (at < 0 || at + update.shape[i] > node.shape[i]) {
      fail(
        'sliceUpdate',
        `updates ${formatShape(update.shape)} from ${s} reach beyond axis ${i} of ${formatShape(node.shape)}`,
      );
    }
    return at;
  });
  let spread = update;
  let inside: Node = build.scalar(true, 'bool');
  for (const [axis, start] of starts.entries()) {
    if (start !== null) continue;
    const [length, size] = [node.shape[axis], update.shape[axis]];
    const given = build.reshape(build.cast(startIndices[axis] as Node, 'int32'), []);
    const first = build.minimum(build.maximum(given, 0), length - size);
    const position = build.sub(build.iota([length], 0), first);
    const within = build.logicalAnd(build.greaterEqual(position, 0), build.less(position, size));
    spread = build.gather(spread, build.minimum(build.maximum(position, 0), size - 1), axis);
    inside = build.logicalAnd(
      inside,
      build.reshape(
        within,
        node.shape.map((_, i) => (i === axis ? length : 1)),
      ),
    );
  }
  const box = staticBox(
    node.shape,
    starts.map((s) => s ?? 0),
    spread,
  );
  return build.select(build.logicalAnd(box.covered, inside), box.values, node);
}
