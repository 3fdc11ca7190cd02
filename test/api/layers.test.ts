import {
  type CallOptions,
  input,
  Layer,
  layers,
  Model,
  metrics,
  model,
  optimizers,
  sequential,
  setRandomSeed,
  type Tensor,
  tensor,
} from 'nabla';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';

let warn: MockInstance<typeof console.warn>;

beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
});

afterEach(() => {
  warn.mockRestore();
});

const still = () => optimizers.sgd({ learningRate: 0 });
const closeTo = (values: readonly number[]) => values.map((v) => expect.closeTo(v, 5));

describe('a layer made of layers', () => {
  class Bag extends Layer {
    list = [layers.dense({ units: 2 }), { deep: layers.dense({ units: 3 }) }] as const;
    map = new Map([['a', layers.dense({ units: 4 })]]);
    set = new Set([layers.dense({ units: 5 })]);
    call(x: Tensor) {
      const all = [this.list[0], this.list[1].deep, this.map.get('a')!, ...this.set];
      return all.reduce((h, layer) => layer.call(h), x);
    }
  }

  it('finds them in arrays, objects, Maps and Sets', async () => {
    const m = sequential([new Bag({ inputShape: [1] })]);
    const kernels = m.weights.filter((w) => w.shape.length === 2).map((w) => w.shape);
    expect(kernels).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
    expect(warn).not.toHaveBeenCalled();
    m.layers[0].trainable = false;
    expect(m.trainableWeights).toEqual([]);
  });

  it('warns once of one that it hides', async () => {
    class Hiding extends Layer {
      readonly #inner = layers.dense({ units: 2, name: 'hidden' });
      call(x: Tensor) {
        return this.#inner.call(layers.activation({ activation: 'relu' }).call(x));
      }
    }
    const m = sequential([new Hiding({ inputShape: [1], name: 'outer' })]);
    await m.predict([[1]]);
    expect(m.weights).toEqual([]);
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining("layer 'hidden' is called by 'outer', which cannot see it")],
    ]);
  });
});

describe('dtypes', () => {
  it('of inputs become that of the layer', () => {
    const single = layers.dense({ units: 2 });
    const double = layers.dense({ units: 2, dtype: 'float64' });
    const x = tensor([[1, 2]], undefined, 'float64');
    expect(single.call(x).dtype).toBe('float32');
    expect(double.call(x).dtype).toBe('float64');
    expect(double.call(single.call(x)).dtype).toBe('float64');
  });

  it('may differ from layer to layer of a model', async () => {
    const m = sequential([
      layers.dense({ units: 3, dtype: 'float64' }),
      layers.dense({ units: 1 }),
    ]);
    m.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
    await m.fit([[1, 2]], [[1]], { epochs: 2 });
    expect(m.weights.map((w) => w.dtype)).toEqual(['float64', 'float64', 'float32', 'float32']);
    expect((await m.predict([[1, 2]])).dtype).toBe('float32');
    expect(m.inputLayer!.dtype).toBe('float64');
  });
});

describe('masks', () => {
  const words = [
    [1, 2, 0, 0],
    [3, 0, 0, 0],
    [1, 2, 3, 4],
  ];

  function tagger() {
    setRandomSeed(1);
    const m = sequential([
      layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true }),
      layers.lstm({ units: 4, returnSequences: true }),
      layers.timeDistributed({ layer: layers.dense({ units: 2, activation: 'softmax' }) }),
    ]);
    m.compile({
      optimizer: still(),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
      weightedMetrics: ['accuracy'],
    });
    return m;
  }

  const tags = [
    [0, 1, 1, 1],
    [1, 0, 0, 0],
    [1, 1, 0, 0],
  ];

  /** Mean loss and accuracies, as Keras weights them. */
  function byHand(probabilities: number[][][], weight: (i: number, t: number) => number) {
    let [loss, right, rightWeighted, count, total] = [0, 0, 0, 0, 0];
    words.forEach((row, i) => {
      row.forEach((word, t) => {
        if (word === 0) return;
        const p = probabilities[i][t];
        const hit = Number(Number(p[1] > p[0]) === tags[i][t]);
        loss -= weight(i, t) * Math.log(p[tags[i][t]]);
        right += hit;
        rightWeighted += weight(i, t) * hit;
        count++;
        total += weight(i, t);
      });
    });
    return [loss / count, right / count, rightWeighted / total];
  }

  it.each([
    ['no weights', undefined, () => 1],
    ['one a sample', [1, 0, 2], (i: number) => [1, 0, 2][i]],
    [
      'one a step',
      [
        [1, 1, 1, 1],
        [0, 0, 0, 0],
        [0.5, 1, 1, 1],
      ],
      (i: number, t: number) => (i === 1 ? 0 : i === 2 && t === 0 ? 0.5 : 1),
    ],
  ])('scale losses and metrics by the steps that count: %s', async (_, sampleWeight, weight) => {
    const m = tagger();
    const probabilities = await (await m.predict(words)).array();
    const { loss, accuracy, weighted_accuracy } = await m.evaluate(words, tags, { sampleWeight });
    const [wantedLoss, wanted, wantedWeighted] = byHand(probabilities, weight);
    expect([loss, accuracy]).toEqual(closeTo([wantedLoss, wanted]));
    // With one weight a sample the metric first takes the mean over the steps of each.
    if (sampleWeight === undefined || Array.isArray(sampleWeight[0])) {
      expect(weighted_accuracy).toBeCloseTo(wantedWeighted, 5);
    }
  });

  it('reach the layers inside a model in a model', async () => {
    setRandomSeed(1);
    const ids = input({ shape: [4] });
    const vectors = layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true }).call(ids);
    const lstms = [0, 1, 2].map(() => layers.lstm({ units: 4 }));
    const row = sequential([layers.input({ shape: [4, 3] }), lstms[1]]);
    const start = input({ shape: [4, 3] });
    const graph = model({ inputs: start, outputs: lstms[2].call(start) });
    const m = model({
      inputs: ids,
      outputs: [lstms[0].call(vectors), row.call(vectors), graph.call(vectors)],
    });
    for (const lstm of lstms.slice(1)) lstm.setWeights(await lstms[0].getWeights());
    const [plain, inRow, inGraph] = await m.predict(words);
    expect(await inRow.array()).toEqual(await plain.array());
    expect(await inGraph.array()).toEqual(await plain.array());
  });

  it('end where the time axis ends inside a model', async () => {
    const ids = input({ shape: [4] });
    const vectors = layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true }).call(ids);
    const inner = sequential([layers.input({ shape: [4, 3] }), layers.lstm({ units: 4 })]);
    const outputs = layers.dense({ units: 1 }).call(inner.call(vectors));
    const m = model({ inputs: ids, outputs });
    m.compile({ optimizer: still(), loss: 'mse' });
    const values = await (await m.predict(words)).data();
    const { loss } = await m.evaluate(words, [1, 2, 3]);
    const expected = [...values].reduce((sum, v, i) => sum + (v - i - 1) ** 2 / 3, 0);
    expect(loss).toBeCloseTo(expected, 5);
  });
});

describe('models from parts of models', () => {
  const net = () =>
    sequential([
      layers.dense({ units: 2, kernelInitializer: 'ones', inputShape: [3] }),
      layers.dense({ units: 1, kernelInitializer: 'ones', name: 'last' }),
    ]);

  it('end at the output of any layer', async () => {
    const m = net();
    const features = model({ inputs: m.inputs, outputs: m.layers[0].output });
    expect(await (await features.predict([[1, 2, 3]])).array()).toEqual([[6, 6]]);
    expect(model({ inputs: m.input, outputs: m.output }).countParams()).toBe(m.countParams());
    expect(() => layers.dense({ units: 1, name: 'lone' }).output).toThrow(
      'lone.output: the layer has not been called on a symbolic tensor',
    );
  });

  it('start in the middle, with the same weights', async () => {
    const m = net();
    const head = model({ inputs: m.getLayer('last').input, outputs: m.outputs });
    expect(await (await head.predict([[4, 5]])).array()).toEqual([[9]]);
    expect(head.weights).toEqual(m.getLayer('last').weights);
    expect(await (await m.predict([[1, 1, 1]])).array()).toEqual([[6]]);
  });

  it('refuse outputs that no input leads to', () => {
    const inputs = input({ shape: [1] });
    expect(() => model({ inputs, outputs: tensor([[1]]) })).toThrow('symbolic tensors');
  });
});

describe('losses that layers add', () => {
  class Adding extends Layer {
    call(x: Tensor) {
      this.addLoss(x.mul(0.5));
      return x;
    }
  }

  it('are summed, and alone are enough to train on', async () => {
    const x = [
      [1, 2],
      [3, 4],
    ];
    const m = sequential([layers.input({ shape: [2] }), new Adding()]);
    m.compile({ optimizer: still() });
    expect((await m.evaluate(x)).loss).toBe(5);
    expect((await m.fit(x)).history.loss).toEqual([5]);
    m.compile({ optimizer: still(), loss: 'mse' });
    expect(
      (
        await m.evaluate(x, [
          [0, 0],
          [0, 0],
        ])
      ).loss,
    ).toBe(5 + 30 / 4);
  });

  it('on activities are divided by the samples of the batch', async () => {
    const dense = layers.dense({
      units: 1,
      kernelInitializer: 'ones',
      inputShape: [2],
      activityRegularizer: 'l2',
    });
    const m = sequential([dense]);
    m.compile({ optimizer: still(), loss: 'mse' });
    const x = [
      [1, 2],
      [3, 4],
      [0, 0],
    ];
    expect((await m.evaluate(x, [3, 7, 0])).loss).toBeCloseTo((0.01 * (9 + 49)) / 3, 6);
  });
});

describe('batch normalization in fit', () => {
  it('moves its statistics as by hand, and not when frozen', async () => {
    const bn = layers.batchNormalization({ momentum: 0.9 });
    const m = sequential([layers.input({ shape: [2] }), bn]);
    m.compile({ optimizer: still(), loss: 'mse' });
    const x = [
      [1, 10],
      [3, 20],
    ];
    await m.fit(x, x, { epochs: 2, batchSize: 2 });
    const [, , mean, variance] = await bn.getWeights();
    expect([...mean.data]).toEqual(closeTo([2, 15].map((v) => v * (1 - 0.9 ** 2))));
    expect([...variance.data]).toEqual(closeTo([1, 25].map((v) => 0.81 + v * (1 - 0.81))));
    bn.trainable = false;
    m.compile({ optimizer: still(), loss: 'mse' });
    await m.fit(x, x, { epochs: 2 });
    expect((await bn.getWeights())[2].data).toEqual(mean.data);
  });
});

describe('a model of your own', () => {
  class Own extends Model {
    dense = layers.dense({ units: 1 });
    seen = metrics.mean({ name: 'seen' });
    call(x: Tensor, _options?: CallOptions) {
      return this.dense.call(x);
    }
    override trainStep(data: any) {
      this.seen.updateState(data.x);
      return super.trainStep(data);
    }
  }

  it('is built for a shape', () => {
    const m = new Own();
    m.build([null, 3]);
    expect([m.built, m.countParams()]).toEqual([true, 4]);
  });

  it('reports the metrics in its properties, anew in each epoch', async () => {
    const m = new Own();
    m.compile({ optimizer: still(), loss: 'mse' });
    const { history } = await m.fit([[1], [2], [4], [9]], [1, 2, 3, 4], {
      epochs: 2,
      batchSize: 2,
    });
    expect(Object.keys(history)).toEqual(['loss', 'seen']);
    expect(history.seen).toEqual([4, 4]);
    expect(m.metrics.map((metric) => metric.name)).toEqual(['loss', 'seen']);
  });
});
