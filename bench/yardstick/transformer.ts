import { blockSizes, type Workload, workloads } from '../workloads.ts';
import { type TrainingGraph, TrainingGraphWriter } from './training-graph.ts';

/** Keras's epsilon of a layer normalization. */
const EPSILON = 1e-3;

/** The encoder block's step: attention and two dense layers, each with a way around and a normalization. */
export function transformer(workload: Workload = workloads.transformer): TrainingGraph {
  const { batch } = workload;
  const { steps, width, heads, hidden, classes } = blockSizes;
  const rows = batch * steps;
  const key = width / heads;
  const g = new TrainingGraphWriter(workload);
  const mul = (x: string, y: string): string => g.op('Mul', [x, y]);
  const add = (x: string, y: string): string => g.op('Add', [x, y]);
  const less = (x: string, y: string): string => g.op('Sub', [x, y]);
  const product = (x: string, y: string): string => g.op('MatMul', [x, y]);
  /** The mean over the last axis, which stays with length 1. */
  const mean = (x: string): string => g.op('ReduceMean', [x, g.integers(-1)], { keepdims: 1 });

  const dense = (name: string, inputs: number, units: number) => {
    const w = g.weights(`w-${name}`, [inputs, units]);
    const b = g.zeros(`b-${name}`, [units]);
    return {
      forward: (x: string) => g.op('Gemm', [x, w, b]),
      /** Updates the weights; `d` [n, units] is the gradient of what `forward` made of x [n, inputs]. */
      update: (x: string, d: string, n: number) => {
        g.adam(w, [inputs, units], g.op('Gemm', [x, d], { transA: 1 }));
        g.adam(b, [units], g.sumRows(d, n, units));
      },
      back: (d: string) => g.op('Gemm', [d, w], { transB: 1 }),
    };
  };
  const normalization = (name: string) => {
    const factor = g.factors(`g-${name}`, [width]);
    const shift = g.zeros(`s-${name}`, [width]);
    return (x: string) => {
      const centered = less(x, mean(x));
      const variance = mean(mul(centered, centered));
      const deviation = g.op('Sqrt', [add(variance, g.constant(EPSILON))]);
      const normal = g.op('Div', [centered, deviation]);
      return {
        y: add(mul(normal, factor), shift),
        back: (d: string) => {
          g.adam(factor, [width], g.sumRows(mul(d, normal), rows, width));
          g.adam(shift, [width], g.sumRows(d, rows, width));
          const dn = mul(d, factor);
          const along = mul(normal, mean(mul(dn, normal)));
          return g.op('Div', [less(less(dn, mean(dn)), along), deviation]);
        },
      };
    };
  };
  /** [rows, width] to [batch, heads, steps, key], and back. */
  const toHeads = (x: string): string =>
    g.transpose(g.reshape(x, batch, steps, heads, key), 0, 2, 1, 3);
  const fromHeads = (x: string): string => g.reshape(g.transpose(x, 0, 2, 1, 3), rows, width);
  const turn = (x: string): string => g.transpose(x, 0, 1, 3, 2);

  const query = dense('query', width, width);
  const keys = dense('key', width, width);
  const values = dense('value', width, width);
  const project = dense('project', width, width);
  const widen = dense('widen', width, hidden);
  const narrow = dense('narrow', hidden, width);
  const classify = dense('classify', width, classes);
  const scale = g.constant(1 / Math.sqrt(key));

  const x = g.reshape('x', rows, width);
  const q = mul(toHeads(query.forward(x)), scale);
  const k = toHeads(keys.forward(x));
  const v = toHeads(values.forward(x));
  const weights = g.op('Softmax', [product(q, turn(k))], { axis: -1 });
  const mixed = fromHeads(product(weights, v));
  const first = normalization('first')(add(x, project.forward(mixed)));
  const inner = g.op('Relu', [widen.forward(first.y)]);
  const second = normalization('second')(add(first.y, narrow.forward(inner)));
  const pooled = g.op('ReduceMean', [g.reshape(second.y, batch, steps, width), g.integers(1)], {
    keepdims: 0,
  });

  const d = g.softmaxLoss(classify.forward(pooled));
  classify.update(pooled, d, batch);
  const even = g.filled(1 / steps, 1, steps, 1);
  const dPooled = mul(g.reshape(classify.back(d), batch, 1, width), even);
  const dSecond = second.back(g.reshape(dPooled, rows, width));
  narrow.update(inner, dSecond, rows);
  const dInner = g.maskRelu(narrow.back(dSecond), inner);
  widen.update(first.y, dInner, rows);
  const dFirst = first.back(add(dSecond, widen.back(dInner)));
  project.update(mixed, dFirst, rows);

  const dMixed = toHeads(project.back(dFirst));
  const dWeights = product(dMixed, turn(v));
  const dv = product(turn(weights), dMixed);
  const along = mul(dWeights, weights);
  const total = g.op('ReduceSum', [along, g.integers(-1)], { keepdims: 1 });
  const dScores = less(along, mul(weights, total));
  const dq = mul(product(dScores, k), scale);
  const dk = product(turn(dScores), q);
  query.update(x, fromHeads(dq), rows);
  keys.update(x, fromHeads(dk), rows);
  values.update(x, fromHeads(dv), rows);
  return g.finish();
}
