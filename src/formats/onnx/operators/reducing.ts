import type { Node } from '../../../graph/node.ts';
import * as b from '../../../ops/build.ts';
import * as f from '../../../ops/functions/index.ts';
import type { Operator, OperatorContext, OperatorTable } from './context.ts';

/** Reductions, products and normalizations. */

type Reduction = (x: Node, axes: readonly number[], keepDims: boolean) => Node;

/** Axes are an attribute in old versions, an input in new ones; none means all, or none at all. */
function reducing(reduce: Reduction): Operator {
  return (c) => {
    const { length: rank } = c.first.shape;
    const given = c.listOrKnown('axes', 1);
    if ((!given || given.length === 0) && c.int('noop_with_empty_axes', 0) === 1) return c.first;
    const axes =
      given && given.length > 0
        ? given.map((a) => (a < 0 ? a + rank : a))
        : Array.from({ length: rank }, (_, i) => i);
    return reduce(c.first, axes, c.int('keepdims', 1) === 1);
  };
}

function arg(c: OperatorContext, largest: boolean): Node {
  const x = c.first;
  const axis = (c.int('axis', 0) + x.shape.length) % x.shape.length;
  const last = c.int('select_last_index', 0) === 1;
  const source = last ? b.reverse(x, [axis]) : x;
  const index = largest ? b.argMax(source, axis) : b.argMin(source, axis);
  const found = last ? b.sub(x.shape[axis] - 1, index) : index;
  const kept = x.shape.map((d, i) => (i === axis ? 1 : d));
  return c.int('keepdims', 1) === 1 ? b.reshape(found, kept) : found;
}

/** Before version 13 the axes from `axis` on counted as one. */
function softmax(fn: (x: Node, axis?: number) => Node): Operator {
  return (c) => {
    const { shape } = c.first;
    if (c.opset >= 13) return fn(c.first, c.int('axis', -1));
    const axis = (c.int('axis', 1) + shape.length) % shape.length;
    const size = (s: readonly number[]) => s.reduce((n, d) => n * d, 1);
    const flat = b.reshape(c.first, [size(shape.slice(0, axis)), size(shape.slice(axis))]);
    return b.reshape(fn(flat, 1), shape);
  };
}

function gemm(c: OperatorContext): Node {
  const product = b.matMul(c.input(0), c.input(1), {
    transposeA: c.int('transA', 0) === 1,
    transposeB: c.int('transB', 0) === 1,
  });
  const alpha = c.int('alpha', 1);
  const scaled = alpha === 1 ? product : b.mul(product, alpha);
  const bias = c.inputs[2];
  if (!bias) return scaled;
  const beta = c.int('beta', 1);
  return b.add(scaled, beta === 1 ? bias : b.mul(bias, beta));
}

function fusedMatMul(c: OperatorContext): Node {
  const product = b.matMul(c.input(0), c.input(1), {
    transposeA: c.int('transA', 0) === 1,
    transposeB: c.int('transB', 0) === 1,
  });
  return b.mul(product, c.int('alpha', 1));
}

/** Values for the channels, axis 1, of [N, C, ...]. */
const channels = (x: Node, value: Node): Node =>
  b.reshape(
    value,
    x.shape.map((d, i) => (i === 1 ? d : 1)),
  );

function batchNormalization(c: OperatorContext): Node {
  const x = c.first;
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => channels(x, c.input(i)));
  const factor = b.mul(scale, f.rsqrt(b.add(variance, c.int('epsilon', 1e-5))));
  return b.add(b.mul(b.sub(x, mean), factor), bias);
}

/** (x - mean) / deviation over some axes. */
function standardized(x: Node, axes: readonly number[], epsilon: number): Node {
  const mean = f.mean(x, axes, true);
  const centered = b.sub(x, mean);
  const variance = f.mean(b.mul(centered, centered), axes, true);
  return b.mul(centered, f.rsqrt(b.add(variance, epsilon)));
}

function instanceNormalization(c: OperatorContext): Node {
  const x = c.first;
  const axes = x.shape.map((_, i) => i).slice(2);
  const normal = standardized(x, axes, c.int('epsilon', 1e-5));
  return b.add(b.mul(normal, channels(x, c.input(1))), channels(x, c.input(2)));
}

function layerNormalization(c: OperatorContext): readonly Node[] {
  const x = c.first;
  const axis = (c.int('axis', -1) + x.shape.length) % x.shape.length;
  const axes = x.shape.map((_, i) => i).slice(axis);
  const mean = f.mean(x, axes, true);
  const centered = b.sub(x, mean);
  const variance = f.mean(b.mul(centered, centered), axes, true);
  const inverse = f.rsqrt(b.add(variance, c.int('epsilon', 1e-5)));
  const scaled = b.mul(b.mul(centered, inverse), c.input(1));
  return [c.inputs[2] ? b.add(scaled, c.inputs[2]) : scaled, mean, inverse];
}

function groupNormalization(c: OperatorContext): Node {
  const x = c.first;
  const groups = c.int('num_groups', 1);
  const [n, depth, ...space] = x.shape;
  const apart = b.reshape(x, [n, groups, depth / groups, ...space]);
  const axes = apart.shape.map((_, i) => i).slice(2);
  const normal = b.reshape(standardized(apart, axes, c.int('epsilon', 1e-5)), x.shape);
  // Version 18 had one scale a group, later ones have one a channel.
  const spread = (v: Node) => (v.shape[0] === depth ? v : f.repeat(v, depth / groups, 0));
  return b.add(b.mul(normal, channels(x, spread(c.input(1)))), channels(x, spread(c.input(2))));
}

/** Local response normalization over channels (Krizhevsky et al. 2012). */
function lrn(c: OperatorContext): Node {
  const x = c.first;
  const size = c.int('size', 1);
  const low = Math.floor((size - 1) / 2);
  const none = x.shape.map(() => 0);
  const padded = b.pad(
    b.mul(x, x),
    none.map((_, i) => (i === 1 ? low : 0)),
    none.map((_, i) => (i === 1 ? size - 1 - low : 0)),
  );
  const parts = Array.from({ length: size }, (_, i) => b.sliceAxis(padded, 1, i, i + x.shape[1]));
  const sum = parts.reduce((s, p) => b.add(s, p));
  const base = b.add(b.mul(sum, c.int('alpha', 1e-4) / size), c.int('bias', 1));
  return b.div(x, b.pow(base, c.int('beta', 0.75)));
}

/** 1 at the first largest element along an axis, 0 elsewhere. */
const hardmax = (x: Node, axis = -1): Node =>
  f.oneHot(b.argMax(x, axis < 0 ? axis + x.shape.length : axis), x.shape.at(axis)!, axis);

export const reducingOperators: OperatorTable = {
  ReduceSum: reducing(b.sum),
  ReduceProd: reducing(b.prod),
  ReduceMax: reducing(b.max),
  ReduceMin: reducing(b.min),
  ReduceMean: reducing(f.mean),
  ReduceL1: reducing((x, axes, keep) => b.sum(b.abs(x), axes, keep)),
  ReduceL2: reducing((x, axes, keep) => b.sqrt(b.sum(b.mul(x, x), axes, keep))),
  ReduceSumSquare: reducing((x, axes, keep) => b.sum(b.mul(x, x), axes, keep)),
  ReduceLogSum: reducing((x, axes, keep) => b.log(b.sum(x, axes, keep))),
  ReduceLogSumExp: reducing(f.logsumexp),
  ArgMax: (c) => arg(c, true),
  ArgMin: (c) => arg(c, false),
  Softmax: softmax(b.softmax),
  LogSoftmax: softmax(b.logSoftmax),
  Hardmax: softmax(hardmax),
  MatMul: (c) => f.matmul(c.input(0), c.input(1)),
  Gemm: gemm,
  FusedMatMul: fusedMatMul,
  Einsum: (c) => f.einsum(c.text('equation', ''), ...c.inputs.map((_, i) => c.input(i))),
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  LRN: lrn,
  LpNormalization: (c) => f.normalize(c.first, c.int('axis', -1), c.int('p', 2), 0),
  MeanVarianceNormalization: (c) => standardized(c.first, c.list('axes') ?? [0, 2, 3], 1e-9),
};
