import { allocate } from '../../../graph/dtype.ts';
import type { Node } from '../../../graph/node.ts';
import { broadcastShapes } from '../../../graph/shape.ts';
import * as b from '../../../ops/build.ts';
import * as f from '../../../ops/functions/index.ts';
import type { OperatorContext, OperatorTable } from './context.ts';

/** Operators that rearrange, cut, join and pick. */

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

const ints = (values: readonly number[]): Node =>
  b.constant(Int32Array.from(values), [values.length], 'int32');

function axisOf(c: OperatorContext, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  return at >= 0 && at < Math.max(rank, 1)
    ? at
    : c.refuse(`axis ${axis} is outside of ${rank} axes`);
}

function reshape(c: OperatorContext): Node {
  const x = c.first;
  const wanted = c.listOrKnown('shape', 1) ?? c.refuse('the shape is missing');
  const copies = c.int('allowzero', 0) === 0;
  const shape = wanted.map((d, i) => (d === 0 && copies ? x.shape[i] : d));
  const rest = shape.indexOf(-1);
  if (rest >= 0) shape[rest] = sizeOf(x.shape) / sizeOf(shape.filter((_, i) => i !== rest));
  if (sizeOf(shape) !== sizeOf(x.shape) || shape.some((d) => !Number.isInteger(d) || d < 0)) {
    c.refuse(`[${x.shape.join(', ')}] does not fill [${wanted.join(', ')}]`);
  }
  return b.reshape(x, shape);
}

function flatten(c: OperatorContext): Node {
  const { shape } = c.first;
  const axis = c.int('axis', 1);
  const at = axis < 0 ? axis + shape.length : axis;
  return b.reshape(c.first, [sizeOf(shape.slice(0, at)), sizeOf(shape.slice(at))]);
}

function slice(c: OperatorContext): Node {
  const x = c.first;
  const starts = c.listOrKnown('starts', 1) ?? c.refuse('starts are missing');
  const ends = c.listOrKnown('ends', 2) ?? c.refuse('ends are missing');
  const axes = c.listOrKnown('axes', 3) ?? starts.map((_, i) => i);
  const steps = c.known(4) ?? starts.map(() => 1);
  let node = x;
  starts.forEach((start, i) => {
    const axis = axisOf(c, axes[i], x.shape.length);
    const size = node.shape[axis];
    const step = steps[i];
    if (!step) c.refuse('a step is zero');
    const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high);
    const from = start < 0 ? start + size : start;
    const to = ends[i] < 0 ? ends[i] + size : ends[i];
    if (step > 0) {
      const low = clamp(from, 0, size);
      node = b.sliceAxis(node, axis, low, Math.max(low, clamp(to, 0, size)), step);
      return;
    }
    // Backwards: the same elements in order, then reversed.
    const first = clamp(from, -1, size - 1);
    const last = ends[i] < -size ? -1 : clamp(to, -1, size - 1);
    const count = Math.max(0, Math.ceil((first - last) / -step));
    const low = first + (count - 1) * step;
    const ordered =
      count === 0 ? b.sliceAxis(node, axis, 0, 0) : b.sliceAxis(node, axis, low, first + 1, -step);
    node = b.reverse(ordered, [axis]);
  });
  return node;
}

function squeeze(c: OperatorContext): Node {
  const { shape } = c.first;
  const axes = c.listOrKnown('axes', 1)?.map((a) => axisOf(c, a, shape.length));
  const kept = shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1));
  return b.reshape(c.first, kept);
}

function unsqueeze(c: OperatorContext): Node {
  const axes = c.listOrKnown('axes', 1) ?? c.refuse('the axes are missing');
  const rank = c.first.shape.length + axes.length;
  const at = new Set(axes.map((a) => axisOf(c, a, rank)));
  const rest = [...c.first.shape];
  return b.reshape(
    c.first,
    Array.from({ length: rank }, (_, i) => (at.has(i) ? 1 : rest.shift()!)),
  );
}

function split(c: OperatorContext): Node[] {
  const x = c.first;
  const axis = axisOf(c, c.int('axis', 0), x.shape.length);
  const count = c.node.outputs.length;
  const size = x.shape[axis];
  const even = Math.ceil(size / count);
  const sizes =
    c.listOrKnown('split', 1) ??
    Array.from({ length: count }, (_, i) => Math.min(even, size - i * even));
  let at = 0;
  return sizes.map((n) => {
    const part = b.sliceAxis(x, axis, at, at + n);
    at += n;
    return part;
  });
}

function pad(c: OperatorContext): Node {
  const x = c.first;
  const rank = x.shape.length;
  const pads = c.listOrKnown('pads', 1) ?? c.list('paddings') ?? c.refuse('the pads are missing');
  const axes = c.known(3)?.map((a) => axisOf(c, a, rank)) ?? x.shape.map((_, i) => i);
  const value = c.inputs[2] ? (c.known(2)?.[0] ?? 0) : c.int('value', 0);
  const widths = x.shape.map(() => [0, 0] as [number, number]);
  axes.forEach((axis, i) => {
    widths[axis] = [pads[i], pads[i + axes.length]];
  });
  // Negative pads cut off.
  const cut = widths.reduce(
    (node, [low, high], axis) =>
      low < 0 || high < 0
        ? b.sliceAxis(node, axis, Math.max(0, -low), node.shape[axis] - Math.max(0, -high))
        : node,
    x,
  );
  const grown = widths.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as const);
  const mode = c.text('mode', 'constant');
  if (mode !== 'constant' && mode !== 'edge' && mode !== 'reflect' && mode !== 'wrap') {
    return c.refuse(`the mode '${mode}' is not supported`);
  }
  return f.pad(cut, grown, mode, value);
}

function expand(c: OperatorContext): Node {
  const shape = c.known(1) ?? c.refuse('the shape is missing');
  return b.broadcastTo(c.first, broadcastShapes(c.title, c.first.shape, shape));
}

/** Indices may be negative in ONNX, as they may here. */
function gatherElements(c: OperatorContext): Node {
  const axis = axisOf(c, c.int('axis', 0), c.first.shape.length);
  return b.gatherAlong(c.first, positive(c.input(1), c.first.shape[axis]), axis);
}

const positive = (indices: Node, size: number): Node =>
  b.select(b.less(indices, 0), b.add(indices, size), indices);

function gatherNd(c: OperatorContext): Node {
  if (c.int('batch_dims', 0) !== 0) c.refuse('batch_dims are not supported');
  return f.gatherNd(c.first, c.input(1));
}

/** Values written to positions of a copy; with reduction 'add', added there. */
function scatterElements(c: OperatorContext): Node {
  const x = c.first;
  const axis = axisOf(c, c.int('axis', 0), x.shape.length);
  const indices = positive(c.input(1), x.shape[axis]);
  const updates = c.input(2);
  const reduction = c.text('reduction', 'none');
  if (reduction === 'add') return b.scatterAddAlong(x, indices, updates, axis);
  if (reduction !== 'none') c.refuse(`the reduction '${reduction}' is not supported`);
  const written = b.scatterAddAlong(b.filled(x.shape, 0, x.dtype), indices, updates, axis);
  const ones = b.filled(updates.shape, 1, 'int32');
  const touched = b.scatterAddAlong(b.filled(x.shape, 0, 'int32'), indices, ones, axis);
  return b.select(b.greater(touched, 0), written, x);
}

function scatterNd(c: OperatorContext): Node {
  const reduction = c.text('reduction', 'none');
  const [x, indices, updates] = [c.first, c.input(1), c.input(2)];
  if (reduction === 'add') return f.scatterAdd(x, indices, updates);
  if (reduction !== 'none') c.refuse(`the reduction '${reduction}' is not supported`);
  return f.scatterUpdate(x, indices, updates);
}

/** Blocks of channels as pixels. */
function depthToSpace(c: OperatorContext): Node {
  const [n, depth, h, w] = c.first.shape;
  const size = c.int('blocksize', 1);
  const rest = depth / size ** 2;
  const columns = c.text('mode', 'DCR') === 'DCR';
  const split = columns ? [n, size, size, rest, h, w] : [n, rest, size, size, h, w];
  const order = columns ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
  const moved = b.transpose(b.reshape(c.first, split), order);
  return b.reshape(moved, [n, rest, h * size, w * size]);
}

function spaceToDepth(c: OperatorContext): Node {
  const [n, depth, h, w] = c.first.shape;
  const size = c.int('blocksize', 1);
  const split = [n, depth, h / size, size, w / size, size];
  const moved = b.transpose(b.reshape(c.first, split), [0, 3, 5, 1, 2, 4]);
  return b.reshape(moved, [n, depth * size ** 2, h / size, w / size]);
}

const LARGEST = 1 << 26;

function filled(c: OperatorContext): Node {
  const shape = c.known(0) ?? c.refuse('the shape is missing');
  if (shape.some((d) => d < 0) || sizeOf(shape) > LARGEST) {
    c.refuse(`[${shape.join(', ')}] is no shape of a size that can be made`);
  }
  const value = c.node.attributes.get('value');
  const given = typeof value === 'object' && 'data' in value ? value : undefined;
  return b.filled(shape, given?.data[0] ?? 0, given?.dtype ?? 'float32');
}

function range(c: OperatorContext): Node {
  const [start, limit, step] = [0, 1, 2].map(
    (i) => c.known(i)?.[0] ?? c.refuse('a bound is missing'),
  );
  const count = Math.max(0, Math.ceil((limit - start) / step));
  if (!(count <= LARGEST)) c.refuse(`${count} numbers are too many`);
  const data = allocate(c.first.dtype, count);
  for (let i = 0; i < count; i++) data[i] = start + i * step;
  return b.constant(data, [count], c.first.dtype);
}

function constantNode(c: OperatorContext): Node {
  const { attributes } = c.node;
  for (const [name, value] of attributes) {
    if (typeof value === 'object' && 'data' in value) {
      return b.constant(value.data, value.shape, value.dtype);
    }
    if (name === 'value_float') return b.scalar(value as number, 'float32');
    if (name === 'value_int') return b.scalar(value as number, 'int32');
    if (name === 'value_floats') {
      const list = value as readonly number[];
      return b.constant(Float32Array.from(list), [list.length], 'float32');
    }
    if (name === 'value_ints') return ints(value as readonly number[]);
  }
  return c.refuse('its value is not supported');
}

function oneHot(c: OperatorContext): Node {
  const depth = c.known(1)?.[0] ?? c.refuse('the depth is missing');
  const values = c.input(2);
  const [off, on] = [b.sliceAxis(values, 0, 0, 1), b.sliceAxis(values, 0, 1, 2)].map((v) =>
    b.reshape(v, []),
  );
  const indices = positive(b.cast(c.first, 'int32'), depth);
  const hot = f.oneHot(indices, depth, c.int('axis', -1), 'bool');
  return b.select(hot, on, off);
}

function trilu(c: OperatorContext): Node {
  const k = c.inputs[1] ? (c.known(1)?.[0] ?? 0) : 0;
  return c.int('upper', 1) ? f.triu(c.first, k) : f.tril(c.first, k);
}

function topK(c: OperatorContext): readonly Node[] {
  const x = c.first;
  const k = c.known(1)?.[0] ?? c.int('k', 1);
  const axis = axisOf(c, c.int('axis', -1), x.shape.length);
  const order = b.sliceAxis(b.argSort(x, axis, c.int('largest', 1) === 1), axis, 0, k);
  return [b.gatherAlong(x, order, axis), order];
}

export const shaping: OperatorTable = {
  Reshape: reshape,
  Flatten: flatten,
  Slice: slice,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Split: split,
  Pad: pad,
  Expand: expand,
  Transpose: (c) => {
    const { length } = c.first.shape;
    const perm = c.list('perm') ?? Array.from({ length }, (_, i) => length - 1 - i);
    return b.transpose(c.first, perm);
  },
  Concat: (c) => {
    const nodes = c.inputs.map((_, i) => c.input(i));
    return b.concatenate(nodes, axisOf(c, c.int('axis', 1), nodes[0].shape.length));
  },
  Tile: (c) => f.tile(c.first, c.known(1) ?? c.refuse('the repeats are missing')),
  Gather: (c) => {
    const axis = axisOf(c, c.int('axis', 0), c.first.shape.length);
    return b.gather(c.first, c.input(1), axis);
  },
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: scatterElements,
  Scatter: scatterElements,
  ScatterND: scatterNd,
  Shape: (c) => {
    const { shape } = c.first;
    return ints(shape.slice(c.int('start', 0), c.int('end', shape.length)));
  },
  Size: (c) => b.scalar(sizeOf(c.first.shape), 'int32'),
  Constant: constantNode,
  ConstantOfShape: filled,
  Range: range,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  OneHot: oneHot,
  Trilu: trilu,
  TopK: topK,
  CumSum: (c) =>
    b.cumSum(c.first, axisOf(c, c.known(1)?.[0] ?? 0, c.first.shape.length), {
      exclusive: c.int('exclusive', 0) === 1,
      reverse: c.int('reverse', 0) === 1,
    }),
  EyeLike: (c) => {
    const [rows, columns] = c.first.shape;
    return f.eye(rows, columns, c.int('k', 0));
  },
};
