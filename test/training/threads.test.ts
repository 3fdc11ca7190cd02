import { layers, optimizers, sequential, setDevice, setRandomSeed, tensor } from 'nabla';
import { afterAll, expect, it } from 'vitest';

/** Reproducibility of the CPU engine: bit for bit on one number of threads, closely between numbers. */

const samples = 400;
const x = tensor(
  Float32Array.from({ length: samples * 64 }, (_, i) => Math.sin(i * 0.61)),
  [samples, 64],
);
const labels = tensor(
  Int32Array.from({ length: samples }, (_, i) => (i * 7) % 10),
  [samples],
);

async function train(threads: number) {
  setDevice('cpu', { threads });
  setRandomSeed(11);
  const model = sequential([
    layers.dense({ units: 512, activation: 'relu', inputShape: [64] }),
    layers.dropout({ rate: 0.2 }),
    layers.dense({ units: 512, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ]);
  model.compile({
    optimizer: optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }),
    loss: 'sparseCategoricalCrossentropy',
  });
  const { history } = await model.fit(x, labels, { batchSize: 50, epochs: 2 });
  const weights = await model.getWeights();
  return { loss: history.loss[1], weights: weights.map((w) => Array.from(w.data)) };
}

afterAll(() => setDevice('auto'));

it('the same seed and number of threads give the same bits; one and two threads agree to 1e-3', async () => {
  const one = await train(1);
  expect(await train(1)).toEqual(one);
  const two = await train(2);
  expect(await train(2)).toEqual(two);
  expect(Math.abs(two.loss - one.loss)).toBeLessThan(1e-3);
}, 60_000);
