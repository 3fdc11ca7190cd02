import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  jit,
  layers,
  ops,
  optimizers,
  sequential,
  setDevice,
  type Tensor,
  tensor,
  variable,
  variableGradients,
} from 'nabla';
import { afterEach, expect, it } from 'vitest';

/** Nobody disposes of anything, and nothing stays: memory after many rounds is that after a few. */

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Megabytes in use when all garbage is gone. */
async function inUse(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

/** Megabytes that `rounds` of work leave behind, after as many to warm up. */
async function growth(rounds: number, work: (rounds: number) => Promise<unknown>): Promise<number> {
  await work(rounds);
  const before = await inUse();
  await work(rounds);
  const after = await inUse();
  console.log(
    `${expect.getState().currentTestName}: ${before.toFixed(1)} MB, then ${after.toFixed(1)} MB`,
  );
  return after - before;
}

const size = 10_000;
const repeat = (body: (i: number) => Promise<unknown>) => async (rounds: number) => {
  for (let i = 0; i < rounds; i++) await body(i);
};

afterEach(() => setDevice('auto'));

it('a state that is computed from the last', async () => {
  let x: Tensor = tensor(new Float32Array(size));
  const work = repeat(() => {
    x = x.mul(0.9).add(1);
    return x.data();
  });
  // Kept, each round would take 40 KB: 80 MB in all.
  expect(await growth(2000, work)).toBeLessThan(4);
});

it('the same in a compiled function', async () => {
  const step = jit((t: Tensor) => t.mul(0.9).add(1));
  let x: Tensor = tensor(new Float32Array(size));
  const work = repeat(async () => {
    x = await step(x);
  });
  expect(await growth(2000, work)).toBeLessThan(4);
});

it('a variable that is assigned', async () => {
  const v = variable(new Float32Array(size));
  const work = repeat(() => v.assign(v.value.mul(0.9)).data());
  expect(await growth(2000, work)).toBeLessThan(4);
});

it('a training loop without compilation', async () => {
  const w = variable(new Float32Array(size));
  const optimizer = optimizers.adam();
  const work = repeat(async () => {
    const { value, grads } = variableGradients(() => ops.mean(w.value.sub(1).square()), [w]);
    optimizer.apply(grads, [w]);
    await value.item();
  });
  expect(await growth(200, work)).toBeLessThan(4);
});

it('operations that differ in a number', async () => {
  const x = tensor(new Float32Array(100));
  let n = 0;
  expect(
    await growth(
      3000,
      repeat(() => x.mul(n++).add(1).data()),
    ),
  ).toBeLessThan(4);
});

it.each(['js', 'cpu'] as const)('training steps on %s', async (device) => {
  setDevice(device);
  const units = device === 'js' ? 8 : 256;
  const m = sequential([
    layers.dense({ units, activation: 'tanh', inputShape: [20] }),
    layers.dense({ units, activation: 'relu' }),
    layers.dense({ units: 1 }),
  ]);
  m.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
  const x = tensor(new Float32Array(1000 * 20).fill(0.1), [1000, 20]);
  const y = tensor(new Float32Array(1000), [1000, 1]);
  const work = (rounds: number) => m.fit(x, y, { batchSize: 10, epochs: rounds / 100 });
  expect(await growth(device === 'js' ? 3000 : 500, work)).toBeLessThan(4);
});

it('calls of a model and its layers', async () => {
  const m = sequential([layers.dense({ units: 8, inputShape: [20] }), layers.dense({ units: 1 })]);
  const work = repeat(async (i) => {
    const x = tensor(new Float32Array(200).fill(i), [10, 20]);
    await m.call(x).data();
    await m.predict(x);
  });
  expect(await growth(1000, work)).toBeLessThan(4);
});

it('models that come and go', async () => {
  const x = tensor(new Float32Array(1000), [10, 100]);
  const y = tensor(new Float32Array(10), [10, 1]);
  const work = repeat(async () => {
    const m = sequential([
      layers.dense({ units: 64, inputShape: [100] }),
      layers.dense({ units: 1 }),
    ]);
    m.compile({ optimizer: 'adam', loss: 'mse' });
    await m.trainOnBatch(x, y);
  });
  expect(await growth(40, work)).toBeLessThan(4);
});
