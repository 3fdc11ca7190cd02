import { beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../../../autodiff/grad.ts';
import { createJsEngine } from '../../../engines/js/engine.ts';
import { topologicalOrder } from '../../../graph/graph.ts';
import type { Node } from '../../../graph/node.ts';
import * as b from '../../../ops/build.ts';
import { nameOf } from '../../../ops/primitives/index.ts';
import { registerEngine } from '../../../tensor/device.ts';
import { evaluateNodes } from '../../../tensor/evaluate.ts';
import { gradientsOf } from '../../../tensor/grad.ts';
import { type Tensor, tensor } from '../../../tensor/tensor.ts';
import { layers } from '../index.ts';
import { gruResetAfterRule, gruResetBeforeRule, lstmRule, simpleRule } from './rules.ts';
import { runSequence, type SequenceInputs, type StepRule } from './sequence.ts';

/** Numbers of the order of 1 that follow no pattern. */
const wave = (size: number, phase: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + phase));
const filled = (shape: readonly number[], phase: number): Tensor => {
  const size = shape.reduce((p, d) => p * d, 1);
  return tensor(Float64Array.from(wave(size, phase)), shape as number[], 'float64');
};

const [STEPS, BATCH, UNITS] = [4, 2, 3];

const cases: Record<
  string,
  { rule: StepRule; projected: number[]; weights: number[][]; states: number }
> = {
  LSTM: { rule: lstmRule, projected: [12], weights: [[3, 12]], states: 2 },
  'GRU, reset after': {
    rule: gruResetAfterRule,
    projected: [6, 3],
    weights: [[3, 6], [3, 3], [3]],
    states: 1,
  },
  'GRU, reset before': {
    rule: gruResetBeforeRule,
    projected: [6, 3],
    weights: [
      [3, 6],
      [3, 3],
    ],
    states: 1,
  },
  tanh: { rule: simpleRule('tanh'), projected: [3], weights: [[3, 3]], states: 1 },
  relu: { rule: simpleRule('relu'), projected: [3], weights: [[3, 3]], states: 1 },
  sigmoid: { rule: simpleRule('sigmoid'), projected: [3], weights: [[3, 3]], states: 1 },
};

/** The steps one after another, to be differentiated as they stand. */
function unrolled(
  rule: StepRule,
  { projected, weights, states, mask, backwards }: SequenceInputs,
): Node[] {
  const outputs: Node[] = [];
  let current = states;
  for (let k = 0; k < STEPS; k++) {
    const t = backwards ? STEPS - 1 - k : k;
    const at = (x: Node) => b.reshape(b.sliceAxis(x, 0, t, t + 1), x.shape.slice(1));
    const next = rule.forward(projected.map(at), current, weights).states;
    const before = current;
    current = mask
      ? next.map((s, i) => b.select(b.reshape(at(mask), [BATCH, 1]), s, before[i]))
      : next;
    outputs.push(current[0]);
  }
  return [...outputs, ...current];
}

describe('a recurrence over a whole sequence', () => {
  beforeAll(() => registerEngine('js', async () => createJsEngine()));

  const run = async (nodes: readonly (Node | undefined)[]): Promise<number[][]> => {
    const buffers = await evaluateNodes(nodes as Node[]);
    return Promise.all(buffers.map(async (buffer) => Array.from(await buffer.read())));
  };
  const close = (got: number[][], want: number[][]) => {
    expect(got.map((g) => g.length)).toEqual(want.map((w) => w.length));
    got.flat().forEach((v, i) => {
      expect(Math.abs(v - want.flat()[i])).toBeLessThan(1e-10);
    });
  };

  for (const [name, { rule, projected, weights, states }] of Object.entries(cases)) {
    for (const masked of [false, true]) {
      for (const backwards of [false, true]) {
        for (const all of [false, true]) {
          for (const unroll of [false, true]) {
            const how = `${unroll ? ', unrolled' : ', in a loop'}${masked ? ', masked' : ''}${backwards ? ', backwards' : ''}${all ? ', all steps' : ''}`;
            it(`${name}${how}: values, gradients and second gradients`, async () => {
              const inputs: SequenceInputs = {
                projected: projected.map((n, i) => filled([STEPS, BATCH, n], i).node),
                weights: weights.map((shape, i) => filled(shape, i + 0.5).node),
                states: Array.from(
                  { length: states },
                  (_, i) => filled([BATCH, UNITS], i + 0.2).node,
                ),
                mask: masked
                  ? tensor(
                      [
                        [1, 1],
                        [0, 1],
                        [1, 0],
                        [0, 1],
                      ],
                      [STEPS, BATCH],
                      'bool',
                    ).node
                  : undefined,
                backwards,
                all,
                unroll,
              };
              const whole = runSequence(rule, inputs);
              const flat = unrolled(rule, inputs);
              const results = whole.outputs
                ? [
                    ...Array.from({ length: STEPS }, (_, t) =>
                      b.reshape(b.sliceAxis(whole.outputs!, 0, t, t + 1), [BATCH, UNITS]),
                    ),
                    ...whole.states,
                  ]
                : whole.states;
              const expected = all ? flat : flat.slice(STEPS);

              const loss = (ys: readonly Node[]): Node =>
                ys.map((y, i) => b.sum(b.mul(y, filled(y.shape, i + 0.9).node))).reduce(b.add);
              const xs = [...inputs.projected, ...inputs.weights, ...inputs.states];
              const first = [results, expected].map((ys) => gradients([loss(ys)], xs));
              const second = first.map((g) => gradients([loss(g as Node[])], xs));
              const got = await run([...results, ...first[0], ...second[0]]);
              close(got, await run([...expected, ...first[1], ...second[1]]));
            });
          }
        }
      }
    }
  }

  it('needs one product for the gradient of the kernel, whatever the number of steps', () => {
    const products = (steps: number): number => {
      const x = b.placeholder([steps, BATCH, 12], 'float32');
      const kernel = b.placeholder([3, 12], 'float32');
      const zeros = b.filled([BATCH, 3], 0);
      const { states } = runSequence(lstmRule, {
        projected: [x],
        weights: [kernel],
        states: [zeros, zeros],
        backwards: false,
        all: false,
        unroll: true,
      });
      const [gradient] = gradients([b.sum(states[0])], [kernel]);
      const names = topologicalOrder([gradient!]).map(nameOf);
      return names.filter((n) => n === 'matMul').length;
    };
    // A product a step there, one a step back, and one for the kernel; the first steps need none back.
    expect(products(9) - products(8)).toBe(2);
  });

  it('layers and stacks of one cell, which run step by step, agree', async () => {
    const x = filled([2, 5, 4], 0).cast('float32') as Tensor;
    const mask = tensor(
      [
        [1, 1, 0, 1, 0],
        [0, 1, 1, 1, 1],
      ],
      [2, 5],
      'bool',
    );
    const makers = [
      () => layers.lstmCell({ units: 3 }),
      () => layers.gruCell({ units: 3 }),
      () => layers.gruCell({ units: 3, resetAfter: false }),
      () => layers.simpleRnnCell({ units: 3, activation: 'relu' }),
    ];
    for (const make of makers) {
      for (const zeroOutputForMask of [false, true]) {
        for (const returnSequences of [false, true]) {
          const options = { returnSequences, zeroOutputForMask, goBackwards: true };
          const whole = layers.rnn({ cell: make(), ...options });
          const steps = layers.rnn({ cell: [make()], ...options });
          whole.call(x, { mask });
          steps.call(x, { mask });
          steps.setWeights(await whole.getWeights());
          const values = await Promise.all([whole, steps].map((l) => l.call(x, { mask }).data()));
          values[0].forEach((v: number, i: number) => {
            expect(v).toBeCloseTo(values[1][i], 5);
          });
          const weights = whole.weights.map((w) => w.value as Tensor);
          const [g] = gradientsOf(whole.call(x, { mask }).square().sum(), weights);
          const [h] = gradientsOf(
            steps.call(x, { mask }).square().sum(),
            steps.weights.map((w) => w.value as Tensor),
          );
          const [left, right] = [await g.data(), await h.data()];
          left.forEach((v: number, i: number) => {
            expect(v).toBeCloseTo(right[i], 4);
          });
        }
      }
    }
  });
});
