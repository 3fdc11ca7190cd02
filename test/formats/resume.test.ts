import {
  input,
  Layer,
  type LayerOptions,
  layers,
  type Model,
  model as makeModel,
  optimizers,
  registerCustomObject,
  schedules,
  sequential,
  setRandomSeed,
  type Tensor,
} from 'nabla';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
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
    const { loadWeightsFile } = await import('../../src/formats/load.ts');
    await loadWeightsFile(second, { bytes: file.bytes });
    await train(second, 4, 2);
    expect(await stateOf(second)).toEqual(await stateOf(whole));
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
});
