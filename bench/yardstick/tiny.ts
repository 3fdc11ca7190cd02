import { workloads } from '../workloads.ts';
import { type TrainingGraph, TrainingGraphWriter } from './training-graph.ts';

/** The tiny network's step: what counts is the number of nodes, not what they do. */
export function tiny(): TrainingGraph {
  const g = new TrainingGraphWriter(workloads.tiny);
  const sizes = [2, 8, 8, 1];
  const layers = sizes.slice(1).map((units, i) => ({
    w: g.weights(`w${i}`, [sizes[i] as number, units]),
    b: g.zeros(`b${i}`, [units]),
  }));

  const activations = ['x'];
  for (const [i, { w, b }] of layers.entries()) {
    const z = g.op('Gemm', [activations[i] as string, w, b]);
    activations.push(i < layers.length - 1 ? g.op('Tanh', [z]) : z);
  }

  let d = g.sigmoidLoss(activations.pop() as string);
  for (let i = layers.length - 1; i >= 0; i--) {
    const { w, b } = layers[i] as (typeof layers)[number];
    const x = activations[i] as string;
    g.descendDense(w, x, d);
    g.descend(b, g.sum(d, 0));
    if (i > 0) {
      const slope = g.op('Sub', [g.constant(1), g.op('Mul', [x, x])]);
      d = g.op('Mul', [g.op('Gemm', [d, w], { transB: 1 }), slope]);
    }
  }
  return g.finish();
}
