import {
  callbacks,
  Dataset,
  layers,
  optimizers,
  sequential,
  setDevice,
  setRandomSeed,
  tensor,
} from 'nabla';
import { describe, expect, it } from 'vitest';

/** y = 2 a - b, with 64 samples. */
const samples = 64;
const features = Float32Array.from({ length: samples * 2 }, (_, i) => Math.sin(i * 0.7));
const targets = Float32Array.from(
  { length: samples },
  (_, i) => 2 * features[2 * i] - features[2 * i + 1],
);
const x = tensor(features, [samples, 2]);
const y = tensor(targets, [samples, 1]);

function linear(options: { learningRate?: number } = {}) {
  setRandomSeed(7);
  const m = sequential([layers.dense({ units: 1, inputShape: [2] })]);
  m.compile({
    optimizer: optimizers.sgd({ learningRate: 0.1, ...options }),
    loss: 'mse',
    metrics: ['accuracy'],
  });
  return m;
}

describe('fit', () => {
  it('learns, and reports loss and metrics of every epoch', async () => {
    const m = linear();
    const { history, epoch } = await m.fit(x, y, {
      epochs: 200,
      batchSize: 16,
      validationSplit: 0.25,
    });
    expect(epoch).toHaveLength(200);
    expect(history.val_loss).toHaveLength(200);
    expect(history.loss.at(-1)).toBeLessThan(1e-3);
    expect([...(await m.getWeights())[0].data]).toEqual([
      expect.closeTo(2, 1),
      expect.closeTo(-1, 1),
    ]);
  });

  it('gives bit-identical weights for the same seed, and others for another', async () => {
    const train = async (seed: number) => {
      setRandomSeed(seed);
      const m = sequential([
        layers.dense({ units: 16, activation: 'relu', inputShape: [2] }),
        layers.dropout({ rate: 0.5 }),
        layers.dense({ units: 1 }),
      ]);
      m.compile({ optimizer: optimizers.adam(), loss: 'mse' });
      await m.fit(x, y, { epochs: 3, batchSize: 10 });
      return Promise.all((await m.getWeights()).map((w) => [...w.data]));
    };
    const first = await train(5);
    expect(await train(5)).toEqual(first);
    expect(await train(6)).not.toEqual(first);
  });

  it('weights samples and classes', async () => {
    const m = linear();
    const zero = tensor(new Float32Array(samples), [samples]);
    const before = [...(await m.getWeights())[0].data];
    await m.fit(x, y, { epochs: 2, sampleWeight: zero });
    expect([...(await m.getWeights())[0].data]).toEqual(before);
    const labels = tensor(
      Float32Array.from(targets, (t) => (t > 0 ? 1 : 0)),
      [samples, 1],
    );
    const one = await linear().fit(x, labels, {
      epochs: 1,
      batchSize: samples,
      classWeight: { 0: 2, 1: 2 },
    });
    const plain = await linear().fit(x, labels, { epochs: 1, batchSize: samples });
    expect(one.history.loss[0]).toBeCloseTo(2 * plain.history.loss[0], 5);
    const near = await linear().fit(x, labels.mul(0.9999999), {
      epochs: 1,
      batchSize: samples,
      classWeight: { 0: 2, 1: 2 },
    });
    expect(near.history.loss[0]).toBeCloseTo(2 * plain.history.loss[0], 5);
  });

  it('leaves the weights of the classes out of validation', async () => {
    const labels = tensor(
      Float32Array.from(targets, (t) => (t > 0 ? 1 : 0)),
      [samples, 1],
    );
    const options = { validationSplit: 0.5, shuffle: false };
    const still = () => linear({ learningRate: 0 });
    const plain = (await still().fit(x, labels, options)).history;
    const { history } = await still().fit(x, labels, { ...options, classWeight: { 0: 2, 1: 2 } });
    expect(history.loss[0]).toBeCloseTo(2 * plain.loss[0], 5);
    expect(history.val_loss).toEqual(plain.val_loss);
  });

  it('continues from an epoch', async () => {
    const { epoch } = await linear().fit(x, y, { epochs: 5, initialEpoch: 3 });
    expect(epoch).toEqual([3, 4]);
  });

  it('takes Datasets, generators and functions that return them', async () => {
    const dataset = Dataset.fromArrays({ x: await x.ndarray(), y: await y.ndarray() }).batch(16);
    const a = await linear().fit(dataset as any, undefined, { epochs: 2 });
    function* batches() {
      for (let i = 0; i < samples; i += 16) {
        yield [
          tensor(features.slice(2 * i, 2 * i + 32), [16, 2]),
          tensor(targets.slice(i, i + 16), [16, 1]),
        ];
      }
    }
    const b = await linear().fit(() => batches(), undefined, { epochs: 2 });
    const c = await linear().fit(x, y, { epochs: 2, batchSize: 16, shuffle: false });
    expect(a.history.loss[1]).toBeCloseTo(c.history.loss[1], 6);
    expect(b.history.loss[1]).toBeCloseTo(c.history.loss[1], 6);
  });

  it('handles a short last batch exactly', async () => {
    const m = linear({ learningRate: 0 });
    const whole = await m.evaluate(x, y, { batchSize: samples });
    const parts = await m.evaluate(x, y, { batchSize: 10 });
    expect(parts.loss).toBeCloseTo(whole.loss, 6);
  });

  it('agrees with running eagerly', async () => {
    const compiled = linear();
    const eager = linear();
    eager.compile({
      ...eager.compileOptions,
      optimizer: optimizers.sgd({ learningRate: 0.1 }),
      runEagerly: true,
    });
    await compiled.fit(x, y, { epochs: 2, shuffle: false });
    await eager.fit(x, y, { epochs: 2, shuffle: false });
    const [a, b] = await Promise.all([compiled.getWeights(), eager.getWeights()]);
    a[0].data.forEach((v, i) => {
      expect(b[0].data[i]).toBeCloseTo(v, 6);
    });
  });

  it('runs several steps in one execution with the same result', async () => {
    const single = linear();
    const grouped = linear();
    grouped.compile({
      ...grouped.compileOptions,
      optimizer: optimizers.sgd({ learningRate: 0.1 }),
      stepsPerExecution: 3,
    });
    const batches: number[] = [];
    await single.fit(x, y, { epochs: 2, batchSize: 10, shuffle: false });
    const { history } = await grouped.fit(x, y, {
      epochs: 2,
      batchSize: 10,
      shuffle: false,
      callbacks: [callbacks.lambda({ onTrainBatchEnd: (batch) => void batches.push(batch) })],
    });
    expect(history.loss).toEqual(single.history!.history.loss.map((l) => expect.closeTo(l, 6)));
    const [a, b] = await Promise.all([single.getWeights(), grouped.getWeights()]);
    a[0].data.forEach((v, i) => {
      expect(b[0].data[i]).toBeCloseTo(v, 6);
    });
    // 64 samples are six batches of ten, in two groups, and one of four.
    expect(batches).toEqual([2, 5, 6, 2, 5, 6]);
  });

  it('runs on every device alike', async () => {
    const losses: number[] = [];
    for (const device of ['js', 'cpu'] as const) {
      setDevice(device);
      setRandomSeed(2);
      const m = sequential([
        layers.dense({ units: 256, activation: 'relu', inputShape: [2] }),
        layers.dense({ units: 256, activation: 'relu' }),
        layers.dense({ units: 1 }),
      ]);
      m.compile({ optimizer: optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }), loss: 'mse' });
      const { history } = await m.fit(x, y, { epochs: 3, batchSize: 16 });
      losses.push(history.loss[2]);
    }
    setDevice('auto');
    expect(losses[1]).toBeCloseTo(losses[0], 4);
  });
});

describe('callbacks', () => {
  it('are called in order', async () => {
    const seen: string[] = [];
    const note = (name: string) => () => {
      seen.push(name);
    };
    await linear().fit(x, y, {
      epochs: 2,
      batchSize: 32,
      callbacks: [
        callbacks.lambda({
          onTrainBegin: note('begin'),
          onEpochBegin: note('epoch'),
          onTrainBatchBegin: note('batch'),
          onTrainBatchEnd: note('done'),
          onEpochEnd: note('end'),
          onTrainEnd: note('over'),
        }),
      ],
    });
    const epoch = ['epoch', 'batch', 'done', 'batch', 'done', 'end'];
    expect(seen).toEqual(['begin', ...epoch, ...epoch, 'over']);
  });

  it('stop early and restore the best weights', async () => {
    const m = linear({ learningRate: 5 });
    const stop = callbacks.earlyStopping({
      monitor: 'loss',
      patience: 2,
      restoreBestWeights: true,
    });
    const { history } = await m.fit(x, y, { epochs: 50, batchSize: samples, callbacks: [stop] });
    expect(history.loss.length).toBeLessThan(50);
    expect(stop.stoppedEpoch).toBe(history.loss.length - 1);
    expect(stop.bestEpoch).toBe(0);
  });

  it('explain a monitored number that does not exist', async () => {
    const stop = callbacks.earlyStopping();
    await expect(linear().fit(x, y, { callbacks: [stop] })).rejects.toThrow(
      "'val_loss' is not among",
    );
  });

  it('set the learning rate', async () => {
    const m = linear();
    await m.fit(x, y, {
      epochs: 3,
      callbacks: [callbacks.learningRateScheduler((e) => 0.1 / (e + 1))],
    });
    expect(await m.optimizer.getLearningRate()).toBeCloseTo(0.1 / 3, 6);
    const plateau = callbacks.reduceLROnPlateau({
      monitor: 'loss',
      patience: 1,
      factor: 0.5,
      minDelta: 1e9,
    });
    await m.fit(x, y, { epochs: 3, callbacks: [plateau] });
    expect(await m.optimizer.getLearningRate()).toBeLessThan(0.1 / 3);
  });

  it('end training on NaN', async () => {
    const m = linear({ learningRate: 1e30 });
    const nan = callbacks.terminateOnNaN();
    const { history } = await m.fit(x, y, { epochs: 10, batchSize: 16, callbacks: [nan] });
    expect(history.loss).toHaveLength(1);
    expect(nan.stoppedBatch).toBeGreaterThan(0);
  });
});
