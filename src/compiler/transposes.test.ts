import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/grad.ts';
import { HostBuffer } from '../engines/engine.ts';
import { compileSync } from '../engines/js/engine.ts';
import type { Node } from '../graph/node.ts';
import { printGraph } from '../graph/print.ts';
import * as b from '../ops/build.ts';
import { optimizeGraph } from './compile.ts';

const toFirst = (x: Node): Node => b.transpose(x, [0, 3, 1, 2]);
const toLast = (x: Node): Node => b.transpose(x, [0, 2, 3, 1]);
const attributes = {
  strides: [1, 1],
  dilations: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ] as const,
  groups: 1,
};

/** A convolution on channels-last values, with bias and ReLU. */
const layer = (x: Node, kernel: Node, bias: Node): Node =>
  b.relu(b.add(toLast(b.conv(toFirst(x), b.transpose(kernel, [3, 2, 0, 1]), attributes)), bias));

const count = (text: string, op: string): number =>
  text.split('\n').filter((l) => l.includes(`= ${op} `)).length;

function values(nodes: readonly Node[]): HostBuffer[] {
  return nodes.map((n) => {
    const size = n.shape.reduce((p, d) => p * d, 1);
    const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37 + n.id));
    return new HostBuffer(data, n.shape, 'float32');
  });
}

describe('transposes', () => {
  const x = b.placeholder([2, 8, 8, 3], 'float32');
  const k1 = b.placeholder([3, 3, 3, 4], 'float32');
  const b1 = b.placeholder([4], 'float32');
  const k2 = b.placeholder([3, 3, 4, 5], 'float32');
  const b2 = b.placeholder([5], 'float32');
  const inputs = [x, k1, b1, k2, b2];

  it('vanish between channels-last convolutions, forward and backward, and values stay', () => {
    const y = layer(layer(x, k1, b1), k2, b2);
    const pooled = b.div(b.sum(y, [1, 2]), 16);
    const loss = b.sum(b.mul(pooled, pooled));
    const outputs = [loss, ...(gradients([loss], [k1, b1, k2, b2]) as Node[])];
    const graph = { inputs, outputs, state: [] };
    const optimized = optimizeGraph(graph);
    const text = printGraph(optimized);
    // One for the image, two for the kernels, two for the gradients of the kernels.
    expect(count(text, 'transpose')).toBe(5);
    const given = values(inputs);
    const [plain, better] = [graph, optimized].map((g) => compileSync(g).runSync(given));
    plain.forEach((p, i) => {
      expect([...better[i].data!]).toEqual([...p.data!].map((v) => expect.closeTo(v, 3)));
    });
  });

  it('move past what works on axes', () => {
    const last = toLast(b.placeholder([2, 3, 4, 5], 'float32'));
    for (const [result, line] of [
      [b.softmax(last, -1), 'softmax %0 axis=1'],
      [b.max(last, [1, 2], true), 'max %0 axes=[2,3] keepDims=true'],
      [b.cumSum(last, 1), 'cumSum %0 axis=2'],
      [b.pad(last, [0, 1, 2, 0], [0, 0, 0, 0]), 'low=[0,0,1,2]'],
      [b.sliceAxis(last, 3, 1, 3), 'starts=[0,1,0,0]'],
    ] as const) {
      const input = last.inputs[0];
      expect(
        printGraph(optimizeGraph({ inputs: [input], outputs: [result], state: [] })),
      ).toContain(line);
    }
  });
});
