import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/grad.ts';
import { HostBuffer } from '../engines/engine.ts';
import { compileSync } from '../engines/js/engine.ts';
import type { Node } from '../graph/node.ts';
import { printGraph } from '../graph/print.ts';
import * as b from '../ops/build.ts';
import { poolingRule } from './pooling.ts';
import { rewriteGraph } from './rewrite.ts';

const pool = { window: [2, 2], strides: [2, 2], padding: [[0, 0] as const, [0, 0] as const] };
const [last, first] = [
  [0, 2, 3, 1],
  [0, 3, 1, 2],
];

/** relu(x + bias) pooled, channels first or last; the graph of the gradients of x and bias. */
function block(channelsLast: boolean) {
  const x = b.placeholder(channelsLast ? [2, 4, 4, 3] : [2, 3, 4, 4], 'float32');
  const bias = b.placeholder([3], 'float32');
  const shaped = channelsLast ? bias : b.reshape(bias, [1, 3, 1, 1]);
  const h = b.relu(b.add(x, shaped));
  const pooled: Node = channelsLast
    ? b.transpose(b.maxPool(b.transpose(h, first), pool), last)
    : b.maxPool(h, pool);
  const loss = b.sum(b.mul(pooled, pooled));
  const outputs = gradients([loss], [x, bias]).map((g) => g!);
  return { inputs: [x, bias], outputs, state: [] };
}

for (const channelsLast of [false, true]) {
  describe(`relu and bias before pooling, channels ${channelsLast ? 'last' : 'first'}`, () => {
    const graph = block(channelsLast);
    const better = rewriteGraph(graph, poolingRule);

    it('masks and sums the pooled gradient instead of the image', () => {
      const text = printGraph(better);
      const image = channelsLast ? '[2, 4, 4, 3]' : '[2, 3, 4, 4]';
      expect(printGraph(graph)).toMatch(new RegExp(`select.*${image.replace(/[[\]]/g, '\\$&')}`));
      expect(text).toMatch(/select %\d+ %\d+ %\d+ : float32 \[2, 3, 2, 2\]/);
      expect(text.match(/ select /g)).toHaveLength(1);
      expect(text).toMatch(/sum %\d+ axes=\[0,2,3\] keepDims=false : float32 \[3\]/);
    });

    it('computes the same', () => {
      const values = [...graph.inputs].map(({ shape }, k) => {
        const size = shape.reduce((n, d) => n * d, 1);
        // Rounded, so that elements of a window tie, at zero too.
        const data = Float32Array.from({ length: size }, (_, i) =>
          Math.round(3 * Math.sin(7 * i + k)),
        );
        return new HostBuffer(data, shape, 'float32');
      });
      const [before, after] = [graph, better].map((g) => compileSync(g).runSync(values));
      before.forEach((buffer, i) => {
        expect(Array.from(after[i].data)).toEqual(Array.from(buffer.data));
      });
    });
  });
}

it('leaves other masks and sums alone', () => {
  const x = b.placeholder([2, 3, 4, 4], 'float32');
  const y = b.maxPool(x, pool);
  const dx = b.maxPoolGrad(x, y, y, pool);
  const graph = {
    inputs: [x],
    outputs: [b.select(b.greater(dx, 0), dx, 0), b.sum(dx, [0, 2]), b.sum(dx, [1], true)],
    state: [],
  };
  expect(printGraph(rewriteGraph(graph, poolingRule))).toBe(printGraph(graph));
});
