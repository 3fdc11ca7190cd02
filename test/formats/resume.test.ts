import {
  callbacks,
  input,
  Layer,
  type LayerOptions,
  layers,
  losses,
  type Model,
  model as makeModel,
  metrics,
  ops,
  optimizers,
  registerCustomObject,
  schedules,
  sequential,
  setRandomSeed,
  type Tensor,
} from 'nabla';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { loadWeightsFile } from '../../src/formats/load.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import type { SavedFile } from '../../src/formats/saved-file.ts';
import { registries } from '../../src/nn/registry.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import { sines } from './goldens.ts';
import { largestDifference, outputsOf, reload, stateOf, throughFile } from './support.ts';

beforeAll(() => {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
});

const formats = ['keras', 'h5', 'safetensors'] as const;

/** A model with all that remembers: moving averages, dropout, noise, an optimizer, a schedule. */
function makeNet(): Model {
  setRandomSeed(3);
  const net = sequential([
    layers.dense({ units: 6, activation: 'tanh', inputShape: [5] }),
    layers.batchNormalization({ momentum: 0.8 }),
    layers.dropout({ rate: 0.4 }),
    layers.gaussianNoise({ stddev: 0.1, seed: 9 }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]);
  const learningRate = schedules.exponentialDecay({
    initialLearningRate: 0.05,
    decaySteps: 3,
    decayRate: 0.9,
  });
  net.compile({
    optimizer: optimizers.adam({ learningRate, clipnorm: 1 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return net;
}

const x = sines([20, 5]);
const y = {
  data: Int32Array.from({ length: 20 }, (_, i) => i % 3),
  shape: [20],
  dtype: 'int32',
} as const;
const train = (net: Model, epochs: number, initialEpoch: number) =>
  net.fit(x, y, { epochs, initialEpoch, batchSize: 7, shuffle: true, verbose: 0 });

describe('training goes on bit for bit', () => {
  it.each(formats)('after a break in a %s file', async (format) => {
    const whole = makeNet();
    const straight = await train(whole, 5, 0);

    const first = makeNet();
    await train(first, 2, 0);
    const files = await saveModelFiles(first, format);
    // Another process would have drawn other numbers.
    setRandomSeed(999);
    makeNet();
    setRandomSeed(123);
    const second = await reload(files);
    const rest = await train(second, 5, 2);

    expect(rest.history.loss).toEqual(straight.history.loss.slice(2));
    expect(await stateOf(second)).toEqual(await stateOf(whole));
    expect(await outputsOf(second, x)).toEqual(await outputsOf(whole, x));
  });

  it('with the weights of a .weights.h5 file in a model of the same kind', async () => {
    const whole = makeNet();
    await train(whole, 4, 0);
    const first = makeNet();
    await train(first, 2, 0);
    const [file] = await saveModelFiles(first, 'weights.h5');
    const second = makeNet();
    await loadWeightsFile(second, { bytes: file.bytes });
    await train(second, 4, 2);
    expect(await stateOf(second)).toEqual(await stateOf(whole));
  });
});

/** All optimizers, with options that give them more to remember. */
const rules: Readonly<Record<string, () => any>> = {
  sgd: () => optimizers.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, useEma: true }),
  rmsprop: () => optimizers.rmsprop({ momentum: 0.5, centered: true }),
  adam: () => optimizers.adam({ amsgrad: true, gradientAccumulationSteps: 2 }),
  adamw: () => optimizers.adamw({ weightDecay: 0.1, useEma: true, emaOverwriteFrequency: 3 }),
  adadelta: () => optimizers.adadelta({ learningRate: 0.5 }),
  adagrad: () => optimizers.adagrad({ learningRate: 0.1, globalClipnorm: 1 }),
  adamax: () => optimizers.adamax(),
  nadam: () => optimizers.nadam(),
  ftrl: () => optimizers.ftrl({ learningRate: 0.1, l1RegularizationStrength: 0.01 }),
  lion: () => optimizers.lion({ learningRate: 0.01 }),
  lamb: () => optimizers.lamb({ learningRate: 0.01 }),
  adafactor: () => optimizers.adafactor({ learningRate: 0.05 }),
  muon: () => optimizers.muon({ learningRate: 0.01 }),
  scheduleFreeAdamW: () => optimizers.scheduleFreeAdamW({ warmupSteps: 3 }),
  lossScaleOptimizer: () =>
    optimizers.lossScaleOptimizer({ innerOptimizer: optimizers.adam(), dynamicGrowthSteps: 3 }),
};

describe('every optimizer goes on bit for bit', () => {
  // Two weights of the same name, and one of three axes.
  const make = (rule: () => any): Model => {
    setRandomSeed(5);
    const net = sequential([
      layers.dense({ units: 4, activation: 'tanh', inputShape: [5] }),
      layers.reshape({ targetShape: [2, 2] }),
      layers.conv1d({ filters: 3, kernelSize: 2 }),
      layers.flatten(),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ]);
    net.compile({ optimizer: rule(), loss: 'sparseCategoricalCrossentropy' });
    return net;
  };

  it('there are tests for all', () => {
    const known = Object.entries(optimizers).filter(
      ([name]) => registries.optimizers.has(name) && name !== 'get',
    );
    expect(Object.keys(rules).sort()).toEqual(known.map(([name]) => name).sort());
  });

  const cases = Object.keys(rules).flatMap((rule) =>
    [...formats, 'weights.h5' as const].map((format) => [rule, format] as const),
  );
  it.each(cases)('%s after a break in a %s file', async (rule, format) => {
    const whole = make(rules[rule]);
    // Saved within the run: the end of a run with useEma puts the averages in the place of the weights.
    let files: SavedFile[] = [];
    let state: number[][] = [];
    const saveAfterTwo = callbacks.lambda({
      onEpochEnd: async (epoch) => {
        if (epoch !== 1) return;
        files = await saveModelFiles(whole, format);
        state = await stateOf(whole);
      },
    });
    await whole.fit(x, y, { epochs: 4, batchSize: 7, verbose: 0, callbacks: [saveAfterTwo] });
    setRandomSeed(999);
    let second: Model;
    if (format === 'weights.h5') {
      second = make(rules[rule]);
      await loadWeightsFile(second, { bytes: files[0].bytes });
    } else second = await reload(files);
    expect(second.optimizer.constructor).toBe(whole.optimizer.constructor);
    expect(await stateOf(second)).toEqual(state);
    await train(second, 4, 2);
    expect(await stateOf(second)).toEqual(await stateOf(whole));
  });

  it('before its first step it has its counter and rate only', async () => {
    const net = make(rules.adam);
    for (const format of formats) {
      const loaded = await throughFile(net, format);
      expect(await loaded.optimizer.iterations.item(), format).toBe(0);
      await loaded.trainOnBatch(x, y);
    }
  });

  it('masks of dropout are those that would have come', async () => {
    const net = make(rules.adam);
    await train(net, 1, 0);
    for (const format of formats) {
      const loaded = await throughFile(net, format);
      const [a, b] = [net, loaded].map((m) =>
        m.layers[4].call(ops.ones([4, 50]), { training: true }),
      );
      expect(await b.data(), format).toEqual(await a.data());
    }
  });
});

/** A layer that a program defines: it scales by a weight and a number. */
class Scale extends Layer {
  static readonly className = 'Scale';
  readonly by: number;

  constructor(options: LayerOptions & { by: number }) {
    super(options);
    this.by = options.by;
  }

  override build(): void {
    this.addWeight({ name: 'factor', shape: [], initializer: 'ones' });
  }

  call(inputs: Tensor): Tensor {
    return inputs.mul(this.ownWeights[0].value).mul(this.by);
  }

  override getConfig() {
    return { ...super.getConfig(), by: this.by };
  }
}

function swishish(value: Tensor): Tensor {
  return value.mul(value.sigmoid());
}

function cubic(yTrue: Tensor, yPred: Tensor): Tensor {
  return yTrue.sub(yPred).abs().pow(3).mean(-1);
}

function spread(_yTrue: Tensor, yPred: Tensor): Tensor {
  return yPred.square().mean(-1);
}

describe('models come back with', () => {
  const roundTrip = async (model: Model, data: any): Promise<Model> => {
    const expected = await outputsOf(model, data);
    let last = model;
    for (const format of formats) {
      last = await throughFile(model, format);
      expect(largestDifference(await outputsOf(last, data), expected), format).toBe(0);
    }
    return last;
  };

  it('custom layers and functions from the registry', async () => {
    registerCustomObject('layers', Scale);
    registerCustomObject('activations', swishish);
    const model = sequential([
      layers.dense({ units: 4, activation: swishish, inputShape: [5] }),
      new Scale({ by: 3 }),
    ]);
    const loaded = await roundTrip(model, x);
    expect(loaded.layers[1]).toBeInstanceOf(Scale);
    expect((loaded.layers[1] as Scale).by).toBe(3);
  });

  it('shared layers, several inputs and outputs, and operations between layers', async () => {
    const a = input({ shape: [5], name: 'a' });
    const b = input({ shape: [5], name: 'b' });
    const shared = layers.dense({ units: 4, name: 'shared' });
    const [left, right] = [shared.call(a), shared.call(b)];
    const joined = left.mul(2).add(right.relu()).sub(1);
    const out = layers.dense({ units: 2, name: 'out' }).call(joined);
    const model = makeModel({ inputs: [a, b], outputs: [out, left], name: 'two' });
    const loaded = await roundTrip(model, [x, sines([20, 5], 0.3)]);
    expect(loaded.countParams()).toBe(model.countParams());
    expect(loaded.layers.filter((l) => l.name === 'shared').length).toBe(1);
  });

  it('models inside models, also shared', async () => {
    const inner = sequential([
      layers.dense({ units: 5, activation: 'relu', inputShape: [5] }),
      layers.dense({ units: 5 }),
    ]);
    const a = input({ shape: [5] });
    const once = inner.call(a);
    const twice = inner.call(once);
    const model = makeModel({ inputs: a, outputs: layers.add().call([once, twice]) });
    const loaded = await roundTrip(model, x);
    expect(loaded.weights.length).toBe(4);
  });

  it('frozen layers', async () => {
    const model = makeNet();
    model.layers[0].trainable = false;
    const loaded = await throughFile(model, 'keras');
    expect(loaded.layers[0].trainable).toBe(false);
    expect(loaded.trainableWeights.length).toBe(model.trainableWeights.length);
  });

  it('losses and metrics by output, with weights', async () => {
    const a = input({ shape: [5] });
    const outputs = [
      layers.dense({ units: 1, name: 'p' }).call(a),
      layers.dense({ units: 3, activation: 'softmax', name: 'q' }).call(a),
    ];
    const model = makeModel({ inputs: a, outputs });
    model.compile({
      optimizer: optimizers.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
      loss: ['mse', 'sparseCategoricalCrossentropy'],
      lossWeights: [1, 0.5],
      metrics: [['mae'], ['accuracy']],
    });
    const targets = [sines([20, 1]), y];
    await model.fit(x, targets, { epochs: 1, verbose: 0 });
    const expected = await model.evaluate(x, targets);
    for (const format of formats) {
      const loaded = await throughFile(model, format);
      expect(await loaded.evaluate(x, targets), format).toEqual(expected);
    }
  });

  it('losses, weights and metrics by the name of the output, weighted ones, and own functions', async () => {
    registerCustomObject('losses', cubic);
    registerCustomObject('metrics', spread);
    const a = input({ shape: [5] });
    const outputs = {
      p: layers.dense({ units: 1, name: 'p' }).call(a),
      q: layers.dense({ units: 3, activation: 'softmax', name: 'q' }).call(a),
    };
    const model = makeModel({ inputs: a, outputs });
    model.compile({
      optimizer: 'sgd',
      loss: { p: cubic, q: losses.sparseCategoricalCrossentropy({ ignoreClass: 2 }) },
      lossWeights: { p: 0.3, q: 2 },
      metrics: { p: [spread, 'mae'], q: [metrics.sparseTopKCategoricalAccuracy({ k: 2 })] },
      weightedMetrics: { p: ['mse'] },
    });
    const targets = { p: sines([20, 1]), q: y };
    await model.fit(x, targets, { epochs: 1, verbose: 0 });
    const expected = await model.evaluate(x, targets);
    expect(Object.keys(expected).length).toBeGreaterThan(5);
    for (const format of formats) {
      const loaded = await throughFile(model, format);
      expect(await loaded.evaluate(x, targets), format).toEqual(expected);
    }
  });
});
