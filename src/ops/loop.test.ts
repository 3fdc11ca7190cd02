import { describe, expect, it } from 'vitest';
import { optimizeGraph } from '../compiler/compile.ts';
import { estimateCost } from '../compiler/cost.ts';
import { specialize } from '../compiler/specialize.ts';
import { HostBuffer } from '../engines/engine.ts';
import { compileSync } from '../engines/js/engine.ts';
import type { Node } from '../graph/node.ts';
import { BATCH } from '../graph/shape.ts';
import * as b from './build.ts';
import { scan } from './loop.ts';
import type { LoopBody } from './primitives/loop.ts';

const bodyOf = (node: Node): LoopBody => (node.attributes.body as () => LoopBody)();

function run(inputs: readonly Node[], outputs: readonly Node[], values: readonly number[][]) {
  const graph = { inputs, outputs, state: [] };
  const buffers = values.map(
    (v, i) => new HostBuffer(Float32Array.from(v), inputs[i].shape, 'float32'),
  );
  return compileSync(graph)
    .runSync(buffers)
    .map((o) => Array.from(o.data));
}

/** The sums of the numbers so far, each times `factor`. */
function sums(xs: Node, factor: Node | number, reverse = false) {
  const zero = b.filled(xs.shape.slice(1), 0);
  return scan(
    ([sum], [x]) => {
      const next = b.add(sum, x);
      return { carries: [next], results: [b.mul(next, factor)] };
    },
    { carries: [zero], sequences: [xs], reverse },
  );
}

describe('scan', () => {
  const xs = b.placeholder([4], 'float32');
  const k = b.placeholder([], 'float32');

  it('carries values from step to step, either way', () => {
    for (const reverse of [false, true]) {
      const { carries, results } = sums(xs, k, reverse);
      expect(run([xs, k], [...carries, ...results], [[1, 2, 3, 4], [10]])).toEqual([
        [10],
        reverse ? [100, 90, 70, 40] : [10, 30, 60, 100],
      ]);
    }
  });

  it('hands in what the step reads from outside; small numbers are a part of it', () => {
    const [captured] = sums(xs, b.exp(k)).results;
    expect(captured.inputs).toEqual([expect.anything(), xs, b.exp(k)]);
    const { graph } = bodyOf(captured);
    expect(graph.inputs.map((i) => i.primitive.name)).toEqual(['input', 'input', 'input']);
    expect(sums(xs, 3).results[0].inputs.length).toBe(2);
  });

  it('computes what does not change with the steps once, outside', () => {
    const { results } = scan(
      ([c], [x]) => ({ carries: [c], results: [b.mul(x, b.exp(b.neg(k)))] }),
      {
        carries: [k],
        sequences: [xs],
      },
    );
    expect(results[0].inputs).toContain(b.exp(b.neg(k)));
    const [y] = run([xs, k], results, [[1, 2, 3, 4], [0]]);
    expect(y).toEqual([1, 2, 3, 4]);
  });

  it('leaves out sequences and constants that no step reads, but not the number of steps', () => {
    const { carries } = scan(([c]) => ({ carries: [b.mul(c, 2)], results: [] }), {
      carries: [k],
      sequences: [xs, b.neg(xs)],
      constants: [b.exp(k)],
    });
    expect(carries[0].inputs).toEqual([k, xs]);
    expect(run([xs, k], carries, [[0, 0, 0, 0], [1]])).toEqual([[16]]);
  });

  it('is fixed to a batch and simplified with its step', () => {
    const batch = b.placeholder([3, BATCH, 2], 'float32');
    const { results } = scan(
      ([c], [x]) => {
        const next = b.add(b.mul(c, 1), b.reshape(b.reshape(x, [-2]), [BATCH, 2]));
        return { carries: [next], results: [next] };
      },
      { carries: [b.filled([BATCH, 2], 0)], sequences: [batch] },
    );
    expect(results[0].shape).toEqual([3, BATCH, 2]);
    const graph = specialize({ inputs: [batch], outputs: results, state: [] }, 5);
    expect(graph.outputs[0].shape).toEqual([3, 5, 2]);
    const [y] = optimizeGraph(graph).outputs;
    const names = bodyOf(y).graph.outputs[0];
    expect([names.primitive.name, ...names.inputs.map((i) => i.primitive.name)]).toEqual([
      'add',
      'input',
      'input',
    ]);
  });

  it('costs what all its steps cost, once for all its values', () => {
    const [cost] = [sums(xs, 3)].map(({ carries, results }) =>
      estimateCost({ inputs: [xs], outputs: [...carries, ...results], state: [] }),
    );
    // Two operations a step; the zero that it starts from is a number.
    expect(cost.nodes).toBe(8);
    expect(cost.elements).toBe(8);
  });

  it('may hold another loop', () => {
    const table = b.placeholder([3, 4], 'float32');
    const { results } = scan(
      ([total], [row]) => {
        const inner = sums(row, 1).carries[0];
        const next = b.add(total, inner);
        return { carries: [next], results: [next] };
      },
      { carries: [b.scalar(0, 'float32')], sequences: [table] },
    );
    const values = Array.from({ length: 12 }, (_, i) => i);
    expect(run([table], results, [values])).toEqual([[6, 28, 66]]);
  });

  it('says what does not fit', () => {
    const step = ([c]: readonly Node[], [x]: readonly Node[]) => ({
      carries: [b.add(c, x)],
      results: [],
    });
    const wide = b.placeholder([4, 2], 'float32');
    expect(() => scan(step, { carries: [k], sequences: [wide] })).toThrow(
      /carry 0 after the step is float32 \[2\]; the step takes float32 \[\]/,
    );
    expect(() => scan(step, { carries: [k], sequences: [k] })).toThrow(/a sequence is a scalar/);
    const short = b.placeholder([3], 'float32');
    expect(() =>
      scan(([c], [x, y]) => ({ carries: [b.add(c, b.add(x, y))], results: [] }), {
        carries: [k],
        sequences: [xs, short],
      }),
    ).toThrow(
      /sequence 1 is \[3\]; expected \[steps, ...\] with one known number of steps, here 4/,
    );
    expect(() =>
      scan(([c]) => ({ carries: [c], results: [] }), { carries: [k], sequences: [] }),
    ).toThrow(/received no sequence/);
  });
});
