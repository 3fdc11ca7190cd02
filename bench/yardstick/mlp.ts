import { workloads } from '../workloads.ts';
import { nextName, type TrainingGraph, TrainingGraphWriter } from './training-graph.ts';

/** The network's weights, and the inputs of its layers with the logits at their end. */
function forward(g: TrainingGraphWriter) {
  const sizes = [784, 1024, 1024, 1024, 10];
  const layers = sizes.slice(1).map((units, i) => {
    const inputs = sizes[i] as number;
    return { inputs, units, w: g.weights(`w${i}`, [inputs, units]), b: g.zeros(`b${i}`, [units]) };
  });
  const activations = ['x'];
  for (const [i, { w, b }] of layers.entries()) {
    const z = g.op('Gemm', [activations[i] as string, w, b]);
    activations.push(i < layers.length - 1 ? g.op('Relu', [z]) : z);
  }
  return { layers, activations };
}

/**
 * The MLP's step. Each velocity is updated inside the product that makes its gradient:
 * v' = momentum v - rate x^T d is one Gemm, and only it reads v, so v' may take v's place.
 */
export function mlp(): TrainingGraph {
  const { learningRate, momentum } = workloads.mlp;
  const g = new TrainingGraphWriter(workloads.mlp);
  const { layers, activations } = forward(g);
  const moving = layers.map(({ inputs, units }, i) => ({
    vw: g.zeros(`vw${i}`, [inputs, units], { inPlace: true }),
    vb: g.zeros(`vb${i}`, [units], { inPlace: true }),
  }));

  let d = g.softmaxLoss(activations.pop() as string);
  const minusRate = { float: -learningRate };
  for (let i = layers.length - 1; i >= 0; i--) {
    const { w, b } = layers[i] as (typeof layers)[number];
    const { vw, vb } = moving[i] as (typeof moving)[number];
    const x = activations[i] as string;
    const attributes = { transA: 1, alpha: minusRate, beta: { float: momentum } };
    g.op('Gemm', [x, d, vw], attributes, '', nextName(vw));
    g.op('Add', [w, nextName(vw)], {}, '', nextName(w));

    const kept = g.op('Mul', [vb, g.constant(momentum)]);
    const change = g.op('Mul', [g.sum(d, 0), g.constant(-learningRate)]);
    g.op('Add', [kept, change], {}, '', nextName(vb));
    g.op('Add', [b, nextName(vb)], {}, '', nextName(b));

    if (i > 0) d = g.maskRelu(g.op('Gemm', [d, w], { transB: 1 }), x);
  }
  return g.finish();
}

/** The same network trained by Adam: products and one pass after the other of the update. */
export function mlpAdam(): TrainingGraph {
  const g = new TrainingGraphWriter(workloads['mlp-adam']);
  const { layers, activations } = forward(g);

  let d = g.softmaxLoss(activations.pop() as string);
  for (let i = layers.length - 1; i >= 0; i--) {
    const { inputs, units, w, b } = layers[i] as (typeof layers)[number];
    const x = activations[i] as string;
    g.adam(w, [inputs, units], g.op('Gemm', [x, d], { transA: 1 }));
    g.adam(b, [units], g.sumRows(d, workloads['mlp-adam'].batch, units));
    if (i > 0) d = g.maskRelu(g.op('Gemm', [d, w], { transB: 1 }), x);
  }
  return g.finish();
}
