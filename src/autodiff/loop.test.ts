import { describe, expect, it } from 'vitest';
import { HostBuffer } from '../engines/engine.ts';
import { compileSync } from '../engines/js/engine.ts';
import { topologicalOrder } from '../graph/graph.ts';
import type { Node } from '../graph/node.ts';
import type { Shape } from '../graph/shape.ts';
import * as b from '../ops/build.ts';
import { type ScanOptions, type StepResult, scan } from '../ops/loop.ts';
import { nameOf } from '../ops/primitives/index.ts';
import type { LoopBody } from '../ops/primitives/loop.ts';
import { gradients } from './grad.ts';

const input = (shape: Shape): Node => b.placeholder(shape, 'float64');
const wave = (size: number, phase: number) =>
  Float64Array.from({ length: size }, (_, i) => Math.sin(1.3 * i + phase));

type Step = (carries: readonly Node[], slices: readonly Node[]) => StepResult;

/** The same as `scan`, step after step. */
function unrolled(step: Step, { carries, sequences, reverse }: ScanOptions) {
  const steps = sequences[0].shape[0];
  const results: Node[][] = [];
  let current = carries;
  for (let k = 0; k < steps; k++) {
    const t = reverse ? steps - 1 - k : k;
    const slices = sequences.map((x) => b.reshape(b.sliceAxis(x, 0, t, t + 1), x.shape.slice(1)));
    const after = step(current, slices);
    current = after.carries;
    results[t] = after.results.map((y) => b.reshape(y, [1, ...y.shape]));
  }
  const stacks = results[0].map((_, i) =>
    b.concatenate(
      results.map((r) => r[i]),
      0,
    ),
  );
  return { carries: current, results: stacks };
}

/** Values, gradients and second gradients of a loop, against those of its steps one by one. */
function expectSame(inputs: readonly Node[], step: Step, options: ScanOptions): void {
  const [loop, steps] = [scan(step, options), unrolled(step, options)].map((run) => {
    const values = [...run.carries, ...run.results];
    const loss = values
      .map((y, i) => b.sum(b.mul(b.tanh(y), i + 0.5)))
      .reduce((p, q) => b.add(p, q));
    const first = gradients([loss], inputs).map(
      (g, i) => g ?? b.filled(inputs[i].shape, 0, 'float64'),
    );
    const mixed = first.map((g) => b.sum(b.mul(g, g))).reduce((p, q) => b.add(p, q));
    return [...values, ...first, ...gradients([mixed], inputs).filter((g) => g !== undefined)];
  });
  expect(loop.length).toBe(steps.length);
  const buffers = inputs.map(
    ({ shape }, i) =>
      new HostBuffer(
        wave(
          shape.reduce((p, d) => p * d, 1),
          i,
        ),
        shape,
        'float64',
      ),
  );
  const got = compileSync({ inputs, outputs: loop, state: [] }).runSync(buffers);
  const want = compileSync({ inputs, outputs: steps, state: [] }).runSync(buffers);
  got.forEach(({ data }, i) => {
    expect(data.length).toBe(want[i].data.length);
    data.forEach((v: number, k: number) => {
      expect(Math.abs(v - want[i].data[k])).toBeLessThan(1e-11);
    });
  });
}

describe('the gradient of a loop', () => {
  const x = input([3, 2, 4]);
  const state = input([2, 4]);
  const kernel = input([4, 4]);
  const bias = input([4]);

  it('is that of its steps, for carries, sequences and what the steps read', () => {
    const step: Step = ([h], [slice]) => {
      const next = b.tanh(b.add(b.add(b.matMul(h, kernel), slice), bias));
      return { carries: [next], results: [b.mul(next, slice)] };
    };
    for (const reverse of [false, true]) {
      expectSame([x, state, kernel, bias], step, { carries: [state], sequences: [x], reverse });
    }
  });

  it('where a constant is used twice, scales the carry, or does not vary with rows', () => {
    const scale = input([]);
    const step: Step = ([h, g], [slice]) => {
      const twice = b.add(b.matMul(h, kernel), b.matMul(slice, kernel));
      const next = b.mul(b.sigmoid(twice), scale);
      return { carries: [next, b.add(b.mul(g, scale), b.sum(next))], results: [] };
    };
    const total = input([]);
    expectSame([x, state, kernel, scale, total], step, {
      carries: [state, total],
      sequences: [x],
    });
  });

  it('of convolutions, and of a loop in a loop', () => {
    const frames = input([3, 2, 1, 5]);
    const window = input([1, 1, 3]);
    const plain = { strides: [1], dilations: [1], padding: [[1, 1] as const], groups: 1 };
    const picture = input([2, 1, 5]);
    expectSame(
      [frames, picture, window],
      ([h], [f]) => {
        const next = b.tanh(b.add(b.conv(h, window, plain), f));
        return { carries: [next], results: [] };
      },
      { carries: [picture], sequences: [frames] },
    );
    expectSame(
      [x, bias],
      ([h], [slice]) => {
        const inner = scan(
          ([c], [row]) => ({ carries: [b.tanh(b.add(b.mul(c, bias), row))], results: [] }),
          { carries: [h], sequences: [slice] },
        );
        return { carries: inner.carries, results: [] };
      },
      { carries: [bias], sequences: [x] },
    );
  });

  it('of values that steps pass on as they are', () => {
    expectSame(
      [x, state],
      ([h], [slice]) => ({ carries: [b.mul(h, 0.5)], results: [slice, h, h] }),
      { carries: [state], sequences: [x] },
    );
  });

  it('counts steps without a gradient of the count', () => {
    const { carries } = scan(
      ([h, n], [slice]) => ({
        carries: [b.add(h, b.mul(slice, b.cast(n, 'float64'))), b.add(n, 1)],
        results: [],
      }),
      { carries: [state, b.scalar(1, 'int32')], sequences: [x] },
    );
    const [dx] = gradients([carries[0]], [x]);
    const values = [x, state].map(
      ({ shape }) =>
        new HostBuffer(
          wave(
            shape.reduce((p, d) => p * d, 1),
            0,
          ),
          shape,
          'float64',
        ),
    );
    const [y] = compileSync({ inputs: [x, state], outputs: [dx!], state: [] }).runSync(values);
    expect([...y.data].filter((_, i) => i % 8 === 0)).toEqual([1, 2, 3]);
  });

  it('sums over steps and rows in one product outside of the loop', () => {
    const { carries } = scan(
      ([h], [slice]) => ({ carries: [b.tanh(b.add(b.matMul(h, kernel), slice))], results: [] }),
      { carries: [state], sequences: [x] },
    );
    const [g] = gradients([b.sum(carries[0])], [kernel]);
    const order = topologicalOrder([g!]);
    const products = order.filter((n) => nameOf(n) === 'matMul');
    expect(products.map((p) => p.inputs[0].shape)).toEqual([[6, 4]]);
    for (const loop of order.filter((n) => nameOf(n) === 'scan')) {
      const { graph } = (loop.attributes.body as () => LoopBody)();
      expect(graph.outputs.some((o) => String(o.shape) === '4,4')).toBe(false);
    }
  });

  it('follows the adjoint of a step, if it has one that knows the results asked for', () => {
    const step =
      (results: number[]): Step =>
      ([h], [slice]) => {
        const next = b.add(h, slice);
        return {
          carries: [next],
          results: [next],
          adjoint: {
            saved: [{ of: 'carries', at: 0 }],
            results,
            // Not the true gradient, to be recognized.
            step: ([before], { carries: [g] }) => ({
              slices: [b.mul(before, 0)],
              carries: [g],
              constants: [],
            }),
          },
        };
      };
    const gradientOf = (results: number[]) => {
      const run = scan(step(results), {
        carries: [b.filled([2, 4], 0, 'float64')],
        sequences: [x],
      });
      const [g] = gradients([b.sum(run.results[0])], [x]);
      const values = new HostBuffer(wave(24, 0), [3, 2, 4], 'float64');
      return [...compileSync({ inputs: [x], outputs: [g!], state: [] }).runSync([values])[0].data];
    };
    expect(new Set(gradientOf([0]).map(Math.abs))).toEqual(new Set([0]));
    expect(gradientOf([]).filter((_, i) => i % 8 === 0)).toEqual([3, 2, 1]);
  });
});
