import {
  callbacks,
  clearSession,
  type FitOptions,
  initializers,
  input,
  layers,
  type Model,
  metrics,
  model,
  optimizers,
  sequential,
} from 'nabla';
import { describe, expect, it } from 'vitest';
import { kerasHistories } from './keras-histories.ts';

/** Small programs whose numbers, names and decisions Keras 3.15 gave. */

const count = Array.from({ length: 10 }, (_, i) => i);
const x = count.map((i) => [i / 10, (9 - i) / 5]);
const y = count.map((i) => [(i % 3) / 2]);
const binary = count.map((i) => [i % 2]);
const classes = count.map((i) => i % 3);
const oneHot = classes.map((c) => [0, 1, 2].map((k) => Number(k === c)));
const sampleWeight = count.map((i) => i / 5);
const three = x.slice(0, 3);
const validationData = [three.map((row) => row.map((v) => v + 1)), y.slice(0, 3)] as const;

const dense = (units: number, activation?: 'sigmoid' | 'softmax', name = 'd') =>
  layers.dense({
    units,
    activation,
    name,
    kernelInitializer: initializers.constant({ value: 0.3 }),
  });
const one = (units = 1, activation?: 'sigmoid' | 'softmax') =>
  sequential([input({ shape: [2] }), dense(units, activation)]);

function two(byName = false): Model {
  const start = input({ shape: [2], name: 'in' });
  const [a, b] = [dense(1, undefined, 'a').call(start), dense(1, 'sigmoid', 'b').call(start)];
  return model({ inputs: start, outputs: byName ? { first: a, second: b } : [a, b] });
}

interface Program {
  readonly of?: Model;
  readonly labels?: any;
  /** For `compile`. */
  readonly with?: object;
  readonly fit?: FitOptions;
}

async function run({ of = one(), labels = y, with: compiled, fit }: Program) {
  of.compile({ optimizer: optimizers.sgd({ learningRate: 0.05 }), loss: 'mse', ...compiled });
  return of.fit(x, labels, { verbose: 0, shuffle: false, batchSize: 4, ...fit });
}

const mixed = { loss: ['mse', 'binary_crossentropy'] };
const programs: Record<string, () => Program> = {
  basic: () => ({ with: { metrics: ['mae', 'mse'] }, fit: { epochs: 2, validationData } }),
  repeat: () => ({ with: { metrics: ['mae', 'mae', 'mse'] } }),
  repeatWeighted: () => ({
    with: { metrics: ['mae'], weightedMetrics: ['mae', 'mae', 'mse'] },
    fit: { sampleWeight },
  }),
  names: () => ({
    with: {
      metrics: [
        'MeanAbsoluteError',
        metrics.meanAbsoluteError(),
        metrics.meanSquaredError({ name: 'm2' }),
        'mean_squared_error',
        'mean_absolute_error',
        'MAE',
      ],
    },
  }),
  accBin: () => ({
    of: one(1, 'sigmoid'),
    labels: binary,
    with: { loss: 'binary_crossentropy', metrics: ['accuracy', 'acc'] },
  }),
  accCat: () => ({
    of: one(3, 'softmax'),
    labels: oneHot,
    with: { loss: 'crossentropy', metrics: ['accuracy'] },
  }),
  accSparse: () => ({
    of: one(3, 'softmax'),
    labels: classes,
    with: { loss: 'crossentropy', metrics: ['acc'] },
  }),
  accSparse2: () => ({
    of: one(3, 'softmax'),
    labels: classes.map((c) => [c]),
    with: { loss: 'ce', metrics: ['accuracy'] },
  }),
  acc1d: () => ({
    of: one(1, 'sigmoid'),
    labels: binary.flat(),
    with: { loss: 'crossentropy', metrics: ['accuracy'] },
  }),
  vfreq: () => ({ fit: { epochs: 4, validationData, validationFreq: 2 } }),
  vfreqList: () => ({ fit: { epochs: 4, validationData, validationFreq: [1, 4] } }),
  initial: () => ({ fit: { epochs: 4, initialEpoch: 2 } }),
  initialOver: () => ({ fit: { epochs: 2, initialEpoch: 3 } }),
  vsplit: () => ({ with: { metrics: ['mae'] }, fit: { validationSplit: 0.25 } }),
  vsplitSw: () => ({
    with: { metrics: ['mae'], weightedMetrics: ['mse'] },
    fit: { validationSplit: 0.3, sampleWeight },
  }),
  sw: () => ({ with: { metrics: ['mse'] }, fit: { sampleWeight } }),
  cw: () => ({
    of: one(3, 'softmax'),
    labels: classes,
    with: {
      loss: 'sparse_categorical_crossentropy',
      metrics: ['accuracy'],
      weightedMetrics: ['accuracy'],
    },
    fit: { classWeight: { 0: 1, 1: 2, 2: 0.5 } },
  }),
  val3: () => ({ fit: { validationData: [three, y.slice(0, 3), [0, 1, 2]] } }),
  two: () => ({
    of: two(),
    labels: [y, binary],
    with: { ...mixed, metrics: [['mae'], ['accuracy']] },
    fit: { validationData: [three, [y.slice(0, 3), binary.slice(0, 3)]] },
  }),
  twoOneLoss: () => ({ of: two(), labels: [y, binary] }),
  twoFlat: () => ({ of: two(), labels: [y, binary], with: { metrics: ['mae', 'mse'] } }),
  twoDict: () => ({
    of: two(),
    labels: { a: y, b: binary },
    with: {
      loss: { a: 'mse', b: 'binary_crossentropy' },
      metrics: { b: ['mae', 'accuracy'], a: 'mae' },
      lossWeights: { a: 2, b: 0.5 },
    },
  }),
  twoPartial: () => ({
    of: two(),
    labels: [y, binary],
    with: { loss: { a: 'mse', b: null }, metrics: { b: ['accuracy'] } },
  }),
  twoDictout: () => ({
    of: two(true),
    labels: { first: y, second: binary },
    with: {
      loss: { first: 'mse', second: 'binary_crossentropy' },
      metrics: { second: ['accuracy'], first: ['mae'] },
    },
  }),
  twoWeighted: () => ({
    of: two(),
    labels: [y, binary],
    with: { metrics: [['mae'], ['mae']], weightedMetrics: [['mae'], ['mse', 'mae']] },
    fit: { sampleWeight: [sampleWeight, new Array(10).fill(1)] },
  }),
};

describe('fit reports what Keras reports', () => {
  it.each(Object.keys(kerasHistories))('%s', async (name) => {
    const { epoch, history } = await run(programs[name]());
    const expected = kerasHistories[name];
    expect(epoch).toEqual(expected.epoch);
    const close = Object.entries(expected.history).map(([key, list]) => [
      key,
      list.map((v) => expect.closeTo(v, 4)),
    ]);
    expect(history).toEqual(Object.fromEntries(close));
  });
});

const none = Number.NaN;

/** Trains for as many epochs as there are numbers, which are those of `m`. */
async function watch(numbers: readonly number[], callback: any) {
  const report = {
    onEpochEnd(epoch: number, logs: Record<string, number>) {
      logs.m = numbers[epoch];
    },
  };
  const trained = one();
  const { history } = await run({
    of: trained,
    with: { optimizer: optimizers.sgd({ learningRate: 0.1 }) },
    fit: { epochs: numbers.length, callbacks: [report, callback] },
  });
  return { history, rate: await trained.optimizer.getLearningRate() };
}

describe('callbacks decide as those of Keras', () => {
  it.each([
    [[3, 2, 2, 2, 1], { patience: 2 }, 4, 1],
    [[3, 2, 2, 2, 1], { patience: 0 }, 3, 1],
    [[1, 2], { patience: 0 }, 2, 0],
    [[3, 2, 2.5, 1.9, 1.95, 1.96], { patience: 2, minDelta: 0.2 }, 4, 1],
    [[3, 2, 1, 1, 1], { patience: 1, baseline: 2.5 }, 4, 2],
    [[5, 4, 3, 2, 1], { patience: 1, baseline: 0.5 }, 5, 4],
    [[9, 1, 2, 3, 4], { patience: 1, startFromEpoch: 2 }, 4, 2],
    [[none, none, none, 1], { patience: 2, restoreBestWeights: true }, 3, 0],
    [[1, 2, 3, 2], { patience: 1, mode: 'max', restoreBestWeights: true }, 4, 2],
    [[1, 2, 2.5, 3], { patience: 3, restoreBestWeights: true }, 4, 0],
  ] as const)('earlyStopping of %j with %j', async (numbers, options, epochs, bestEpoch) => {
    const stop = callbacks.earlyStopping({ monitor: 'm', mode: 'min', ...options });
    const { history } = await watch(numbers, stop);
    expect([history.loss.length, stop.bestEpoch]).toEqual([epochs, bestEpoch]);
  });

  it.each([
    [[3, 2, 2, 2, 2, 2], { patience: 2 }, [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001]],
    [
      [1, 1, 1, 1, 1, 1],
      { patience: 1, cooldown: 2, factor: 0.5 },
      [0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125],
    ],
    [
      [1, 1, 1, 1, 1],
      { patience: 1, minLr: 0.03, factor: 0.5 },
      [0.1, 0.1, 0.05, 0.03, 0.03, 0.03],
    ],
    [[1, 2, 3, 3, 4], { patience: 1, mode: 'max' }, [0.1, 0.1, 0.1, 0.1, 0.01, 0.01]],
    [[none, none, none], { patience: 1 }, [0.1, 0.1, 0.01, 0.001]],
    [[1, 0.99995, 0.9998, 0.9, 0.9], { patience: 1 }, [0.1, 0.1, 0.01, 0.01, 0.01, 0.001]],
    [[1, 1, 1, 1, 1, 1, 1], { patience: 0 }, [0.1, 0.1, 0.01, 0.001, 0.0001, 1e-5, 1e-6, 1e-7]],
    [
      [1, 1, 1, 1, 1, 1, 1],
      { patience: 2, cooldown: 1 },
      [0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001, 0.0001],
    ],
  ] as const)('reduceLROnPlateau of %j with %j', async (numbers, options, rates) => {
    const reduce = callbacks.reduceLROnPlateau({ monitor: 'm', mode: 'min', ...options });
    const { history, rate } = await watch(numbers, reduce);
    const all = [...history.learning_rate, rate];
    all.forEach((r, i) => {
      expect(r / rates[i]).toBeCloseTo(1, 4);
    });
    expect(all).toHaveLength(rates.length);
  });

  it('learningRateScheduler', async () => {
    const half = callbacks.learningRateScheduler((_epoch, rate) => rate / 2);
    const { history } = await watch([1, 1, 1], half);
    expect(history.learning_rate).toEqual([0.05, 0.025, 0.0125].map((v) => expect.closeTo(v, 6)));
  });
});

describe('names are those of Keras', () => {
  it('of layers and models', () => {
    clearSession();
    const [a, b] = [input({ shape: [2] }), input({ shape: [3] })];
    const joined = model({ inputs: [a, b], outputs: layers.concatenate().call([a, b]) });
    expect([joined.name, ...joined.layers.map((l) => l.name), ...joined.outputNames]).toEqual([
      'functional',
      'input_layer',
      'input_layer_1',
      'concatenate',
      'concatenate',
    ]);
    const units = { units: 1 };
    const made = [
      layers.dense(units),
      layers.dense(units),
      layers.conv2d({ filters: 1, kernelSize: 1 }),
      layers.batchNormalization(),
      layers.maxPooling2d(),
      layers.globalAveragePooling2d(),
      layers.bidirectional({ layer: layers.lstm(units) }),
      layers.multiHeadAttention({ numHeads: 1, keyDim: 1 }),
      layers.conv2dTranspose({ filters: 1, kernelSize: 1 }),
      layers.depthwiseConv2d({ kernelSize: 1 }),
      layers.upSampling2d(),
      layers.randomFlip(),
      sequential(),
      sequential(),
    ];
    expect(made.map(({ name }) => name)).toEqual([
      'dense',
      'dense_1',
      'conv2d',
      'batch_normalization',
      'max_pooling2d',
      'global_average_pooling2d',
      'bidirectional',
      'multi_head_attention',
      'conv2d_transpose',
      'depthwise_conv2d',
      'up_sampling2d',
      'random_flip',
      'sequential',
      'sequential_1',
    ]);
  });
});
