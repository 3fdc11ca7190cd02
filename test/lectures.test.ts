import {
  activations,
  explain,
  layers,
  lossFunctions,
  optimizers,
  sequential,
  tensor,
  variable,
} from 'nabla';
import { describe, expect, it } from 'vitest';
import { xorModel } from '../recipes/explain-xor.ts';

/** The numbers that the lectures work out by hand. */
const close = (values: ArrayLike<number>, expected: readonly number[], digits: number) => {
  expect(values.length).toBe(expected.length);
  expected.forEach((e, i) => {
    expect(values[i]).toBeCloseTo(e, digits);
  });
};

describe('backpropagation by hand on XOR', () => {
  it('matches every number of the worked step', async () => {
    const model = xorModel();
    const before = await model.getWeights();
    const step = await explain(model, [[0, 1]], [[1]]);
    const [hidden, output] = step.layers;
    close(hidden.output.data, [0.3318, 0.5744], 4);
    close(output.output.data, [0.5735], 4);
    close(output.delta.data, [0.1043], 4);
    close(hidden.delta.data, [0.0046, 0.0102], 4);
    close(output.weights[0].after.data, [0.2087, 0.415], 4);
    close(hidden.weights[0].after.data, [0.1, 0.5, -0.6988, 0.3026], 4);
    close(step.outputAfter.data, [0.5764], 4);
    expect(step.lossAfter).toBeLessThan(step.loss);
    const after = await model.getWeights();
    expect(after.map((a) => [...a.data])).toEqual(before.map((b) => [...b.data]));
  });

  it('keeps the update when asked to', async () => {
    const model = xorModel();
    await explain(model, [[0, 1]], [[1]], { apply: true });
    const [, w2] = await model.getWeights();
    close(w2.data, [0.2087, 0.415], 4);
  });
});

describe('softmax', () => {
  it('of -1, 0, 1, 2, 4', async () => {
    const p = await activations.softmax(tensor([-1, 0, 1, 2, 4])).data();
    close(p, [0.01, 0.02, 0.04, 0.11, 0.83], 2);
  });

  it('of .1, 1, 5', async () => {
    close(await activations.softmax(tensor([0.1, 1, 5])).data(), [0.00726, 0.01786, 0.97488], 5);
  });

  it('evens out with temperature', async () => {
    const [cold, hot] = [0.5, 10].map((temperature) =>
      activations.softmax(tensor([0.1, 1, 5]), { temperature }),
    );
    expect((await cold.data())[2]).toBeGreaterThan(0.99);
    expect((await hot.data())[2]).toBeLessThan(0.5);
  });
});

describe('cross entropy', () => {
  it('is .223 for a probability of .8 and 1.609 for .2 (natural logarithm)', async () => {
    const truth = tensor([
      [1, 0],
      [1, 0],
    ]);
    const guess = tensor([
      [0.8, 0.2],
      [0.2, 0.8],
    ]);
    close(await lossFunctions.categoricalCrossentropy(truth, guess).data(), [0.223, 1.609], 3);
  });
});

describe('counting parameters', () => {
  const dense = (...sizes: number[]) =>
    sequential([
      layers.input({ shape: [sizes[0]] }),
      ...sizes.slice(1).map((units) => layers.dense({ units })),
    ]);

  it.each([
    [[2, 3, 2, 1], 20],
    [[784, 16, 16, 10], 13002],
    [[784, 1024, 1024, 1024, 10], 2913290],
  ])('%j has %i', (sizes, count) => {
    expect(dense(...sizes).countParams()).toBe(count);
  });
});

describe('one update of a weight', () => {
  it('is 2 - .01 * (-24) = 2.24', async () => {
    const w = variable(2);
    await optimizers.sgd({ learningRate: 0.01 }).minimize(() => w.value.mul(-24), [w]);
    close(await w.data(), [2.24], 5);
  });

  it('takes w from 1 to .9 on w^2 / 2 with rate .1', async () => {
    const w = variable(1);
    await optimizers.sgd({ learningRate: 0.1 }).minimize(() => w.value.square().div(2), [w]);
    close(await w.data(), [0.9], 6);
  });
});
