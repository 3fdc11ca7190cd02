import {
  type CompileOptions,
  callbacks,
  input,
  layers,
  metrics,
  model,
  optimizers,
  type Sequential,
  schedules,
  sequential,
  setDevice,
  setRandomSeed,
  tensor,
} from 'nabla';
import { describe, expect, it } from 'vitest';

const samples = 40;
const x = tensor(
  Float32Array.from({ length: samples * 3 }, (_, i) => Math.sin(i * 1.3)),
  [samples, 3],
);
const y = tensor(
  Float32Array.from({ length: samples }, (_, i) => Math.cos(i)),
  [samples, 1],
);

function net(options: CompileOptions = {}): Sequential {
  setRandomSeed(5);
  const m = sequential([
    layers.dense({ units: 4, activation: 'tanh', inputShape: [3] }),
    layers.batchNormalization(),
    layers.dropout({ rate: 0.3 }),
    layers.dense({ units: 1 }),
  ]);
  m.compile({ optimizer: sgd(), loss: 'mse', metrics: ['mae'], ...options });
  return m;
}

const sgd = (learningRate = 0.1) => optimizers.sgd({ learningRate });
const valuesOf = async (m: Sequential) => (await m.getWeights()).flatMap((w) => [...w.data]);

describe('compiled, eager and grouped steps are the same', () => {
  it.each(
    Object.entries({
      adam: () => optimizers.adam({ learningRate: 0.01 }),
      'clipped by norm': () => optimizers.sgd({ learningRate: 0.1, globalClipnorm: 0.1 }),
      accumulated: () => optimizers.adam({ learningRate: 0.01, gradientAccumulationSteps: 2 }),
      averaged: () =>
        optimizers.adam({ learningRate: 0.01, useEma: true, emaOverwriteFrequency: 3 }),
      scheduled: () =>
        optimizers.sgd({
          learningRate: schedules.exponentialDecay({
            initialLearningRate: 0.1,
            decaySteps: 5,
            decayRate: 0.5,
          }),
        }),
      'loss scaled': () => optimizers.lossScaleOptimizer({ innerOptimizer: sgd() }),
      muon: () => optimizers.muon(),
      nadam: () => optimizers.nadam(),
    }),
  )('%s', async (_, optimizer) => {
    const run = async (options: CompileOptions) => {
      const m = net({ optimizer: optimizer(), ...options });
      const { history } = await m.fit(x, y, { epochs: 3, batchSize: 16 });
      return { weights: await valuesOf(m), history };
    };
    const compiled = await run({});
    const near = (values: readonly number[]) => values.map((v) => expect.closeTo(v, 5));
    for (const options of [{ runEagerly: true }, { stepsPerExecution: 2 }]) {
      const other = await run(options);
      expect(other.weights).toEqual(near(compiled.weights));
      for (const [name, list] of Object.entries(compiled.history)) {
        expect(other.history[name]).toEqual(near(list));
      }
    }
  });
});

describe('freezing', () => {
  const first = async (m: Sequential) => (await valuesOf(m)).slice(0, 16);

  it('takes effect with the next compile, whatever the size of the batches', async () => {
    const m = net();
    await m.fit(x, y, { batchSize: 8 });
    m.layers[0].trainable = false;
    for (const batchSize of [8, 20]) {
      const before = await first(m);
      await m.fit(x, y, { batchSize });
      expect(await first(m)).not.toEqual(before);
    }
    m.compile({ optimizer: sgd(), loss: 'mse' });
    const before = await valuesOf(m);
    await m.fit(x, y);
    expect(await first(m)).toEqual(before.slice(0, 16));
    expect(await valuesOf(m)).not.toEqual(before);
  });

  it('lets one model train a part that is frozen in another', async () => {
    setRandomSeed(2);
    const judge = sequential([layers.dense({ units: 1, inputShape: [3] })]);
    judge.compile({ optimizer: sgd(), loss: 'mse' });
    judge.trainable = false;
    const maker = layers.dense({ units: 3, inputShape: [3] });
    const both = sequential([maker, judge]);
    both.compile({ optimizer: sgd(), loss: 'mse' });
    const state = async () => [await valuesOf(judge), await maker.getWeights()];
    const start = await state();
    await both.trainOnBatch(x, y);
    const second = await state();
    expect(second[0]).toEqual(start[0]);
    expect(second[1]).not.toEqual(start[1]);
    await judge.trainOnBatch(x, y);
    const third = await state();
    expect(third[0]).not.toEqual(second[0]);
    expect(third[1]).toEqual(second[1]);
  });

  it('undone without a new optimizer says what to do', async () => {
    const optimizer = optimizers.adam();
    const m = net();
    m.layers[0].trainable = false;
    m.compile({ optimizer, loss: 'mse' });
    await m.fit(x, y);
    m.layers[0].trainable = true;
    m.compile({ optimizer, loss: 'mse' });
    await expect(m.fit(x, y)).rejects.toThrow('a new one after unfreezing layers');
  });

  it('everything leaves the weights alone', async () => {
    const m = net();
    m.trainable = false;
    m.compile({ optimizer: 'adam', loss: 'mse' });
    const before = await valuesOf(m);
    await m.fit(x, y, { epochs: 2 });
    expect(await valuesOf(m)).toEqual(before);
  });
});

describe('names of results', () => {
  function twoHeads(options: CompileOptions) {
    setRandomSeed(1);
    const a = input({ shape: [3] });
    const h = layers.dense({ units: 2 }).call(a);
    const outputs = [
      layers.dense({ units: 1, name: 'value' }).call(h),
      layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).call(h),
    ];
    const m = model({ inputs: a, outputs });
    m.compile({ optimizer: sgd(0), ...options });
    return m;
  }

  const labels = {
    value: [1, 2, 3, 4],
    kind: [0, 1, 2, 0],
  };
  const four = tensor(new Float32Array(12).fill(0.5), [4, 3]);
  const both = { value: 'mse', kind: 'sparseCategoricalCrossentropy' } as const;
  const namesOf = async (options: CompileOptions, y: any = labels, sampleWeight?: any) =>
    Object.keys(await twoHeads(options).evaluate(four, y, { sampleWeight }));

  it('are those of Keras for several outputs', async () => {
    expect(
      await namesOf({
        loss: both,
        metrics: { kind: ['accuracy'] },
        weightedMetrics: { kind: ['accuracy'], value: ['mae'] },
      }),
    ).toEqual([
      'loss',
      'value_loss',
      'kind_loss',
      'kind_accuracy',
      'value_mae',
      'kind_weighted_accuracy',
    ]);
    expect(await namesOf({ loss: both, metrics: ['mae', 'acc'] })).toEqual([
      'loss',
      'value_loss',
      'kind_loss',
      'value_mae',
      'kind_acc',
    ]);
  });

  it('leave out the loss of outputs that have none', async () => {
    expect(await namesOf({ loss: { value: 'mse' }, metrics: { kind: ['accuracy'] } })).toEqual([
      'loss',
      'kind_accuracy',
    ]);
    expect(await namesOf({ loss: ['mse', null] }, { value: labels.value })).toEqual(['loss']);
  });

  it('number what is asked for twice', async () => {
    const m = net({ metrics: ['mae', 'mae'], weightedMetrics: ['mae', 'mse'] });
    expect(Object.keys(await m.evaluate(x, y))).toEqual([
      'loss',
      'mae',
      'mae_1',
      'weighted_mae',
      'mse',
    ]);
  });

  it('stay the same when a metric is compiled again', async () => {
    const mae = metrics.meanAbsoluteError();
    const options = { loss: both, metrics: { value: [mae] } };
    const m = twoHeads(options);
    const before = await m.evaluate(four, labels);
    m.compile({ optimizer: sgd(0), ...options });
    expect(await m.evaluate(four, labels)).toEqual(before);
    expect(Object.keys(before)).toContain('value_mean_absolute_error');
  });

  it('need a metric and labels for each output', async () => {
    const mae = metrics.meanAbsoluteError();
    await expect(namesOf({ loss: both, metrics: { value: [mae], kind: [mae] } })).rejects.toThrow(
      "'mean_absolute_error' is given more than once",
    );
    await expect(namesOf({ loss: 'mse' }, [1, 2, 3, 4])).rejects.toThrow(
      'received one array for 2 outputs (value, kind); pass one each',
    );
  });
});

describe('a run of fit', () => {
  it('is alone on its model', async () => {
    const m = net();
    const running = m.fit(x, y);
    expect(() => m.fit(x, y)).toThrow('fit is running already');
    await running;
    await m.fit(x, y);
  });

  it('does not disturb another that goes on at the same time', async () => {
    const make = (seed: number) => {
      setRandomSeed(seed);
      const m = sequential([
        layers.dense({ units: 4, activation: 'tanh', inputShape: [3] }),
        layers.dropout({ rate: 0.3, seed }),
        layers.dense({ units: 1 }),
      ]);
      m.compile({ optimizer: 'adam', loss: 'mse' });
      return m;
    };
    const train = (m: Sequential) => m.fit(x, y, { epochs: 3, shuffle: false });
    const alone = [make(1), make(2)];
    for (const m of alone) await train(m);
    const together = [make(1), make(2)];
    await Promise.all(together.map(train));
    for (const i of [0, 1]) expect(await valuesOf(together[i])).toEqual(await valuesOf(alone[i]));
  });

  it('that a callback breaks off leaves the model usable', async () => {
    const m = net();
    const broken = callbacks.lambda({
      onTrainBatchEnd: () => {
        throw new Error('broken');
      },
    });
    await expect(m.fit(x, y, { callbacks: [broken] })).rejects.toThrow('broken');
    const { history } = await m.fit(x, y);
    expect(history.loss[0]).toBeGreaterThan(0);
    expect((await m.predict(x)).shape).toEqual([samples, 1]);
  });

  it('can be watched and changed from outside', async () => {
    const m = net({ optimizer: sgd(0) });
    const running = m.fit(x, y, { epochs: 30 });
    const [prediction, weights] = await Promise.all([m.predict(x), m.getWeights()]);
    expect([prediction.shape, weights.length]).toEqual([[samples, 1], 8]);
    m.layers[3].setWeights([[[7], [7], [7], [7]], [7]]);
    await running;
    expect((await valuesOf(m)).slice(-5)).toEqual([7, 7, 7, 7, 7]);
  });

  it('leaves others their turn', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const m = net();
    for (let round = 0; round < 1000 && ticks < 3; round++) await m.fit(x, y, { epochs: 20 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(3);
  });

  it('moves between devices', async () => {
    const losses = async (devices: readonly ('js' | 'cpu')[]) => {
      setRandomSeed(2);
      const m = sequential([
        layers.dense({ units: 256, activation: 'relu', inputShape: [3] }),
        layers.dense({ units: 256, activation: 'relu' }),
        layers.dropout({ rate: 0.2, seed: 3 }),
        layers.dense({ units: 1 }),
      ]);
      m.compile({ optimizer: 'adam', loss: 'mse' });
      const all: number[] = [];
      for (const device of devices) {
        setDevice(device);
        all.push(...(await m.fit(x, y, { batchSize: 16, shuffle: false })).history.loss);
      }
      setDevice('auto');
      return all;
    };
    const still = await losses(['js', 'js', 'js']);
    expect(await losses(['cpu', 'js', 'cpu'])).toEqual(still.map((l) => expect.closeTo(l, 4)));
  });
});

describe('the learning rate', () => {
  it('can be read and set while training', async () => {
    const m = net({ optimizer: sgd(0.1) });
    expect(m.optimizer.learningRate).toBe(0.1);
    const states: number[][] = [];
    const record = async () => void states.push((await valuesOf(m)).slice(0, 16));
    await m.fit(x, y, {
      epochs: 3,
      callbacks: [
        callbacks.lambda({
          onEpochBegin: (epoch) => {
            m.optimizer.learningRate = epoch === 1 ? 0 : 0.2;
            return record();
          },
          onEpochEnd: record,
        }),
      ],
    });
    const changed = [0, 1, 2].map((e) => String(states[2 * e]) !== String(states[2 * e + 1]));
    expect(changed).toEqual([true, false, true]);
    expect(m.optimizer.learningRate).toBe(0.2);
  });

  it('is in the history when a callback governs it', async () => {
    const halving = callbacks.learningRateScheduler((epoch) => 0.1 / 2 ** epoch);
    const { history } = await net().fit(x, y, { epochs: 3, callbacks: [halving] });
    expect(history.learning_rate).toEqual([0.1, 0.05, 0.025].map((r) => expect.closeTo(r, 7)));
  });
});
