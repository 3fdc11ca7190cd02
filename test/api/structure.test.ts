import {
  clearSession,
  cloneModel,
  getSourceInputs,
  input,
  Layer,
  layers,
  losses,
  Model,
  model,
  modelFromJson,
  ops,
  type StepData,
  sequential,
  type Tensor,
  tensor,
  variableGradients,
} from 'nabla';
import { describe, expect, it } from 'vitest';

/** Models as things: copied, written down, asked about. */

const x = [
  [0, 1],
  [1, 0],
];

const row = () =>
  sequential([
    input({ shape: [2] }),
    layers.dense({ units: 3, activation: 'relu' }),
    layers.dropout({ rate: 0.5 }),
    layers.dense({ units: 1 }),
  ]);

/** Two inputs by name, a shared layer, a model inside and plain operations. */
function graph() {
  const [a, b] = ['a', 'b'].map((name) => input({ shape: [2], name }));
  const shared = layers.dense({ units: 3 });
  const inner = row();
  const joined = layers.concatenate().call([shared.call(a), shared.call(b), inner.call(a)]);
  const out = layers.dense({ units: 1, name: 'out' }).call(joined);
  return model({ inputs: { a, b }, outputs: { out: ops.multiply(out, 2) } });
}

describe('cloneModel', () => {
  it('makes a model of its own with the same structure', async () => {
    const m = graph();
    const copy = cloneModel(m);
    expect(copy.countParams()).toBe(m.countParams());
    expect(copy.layers.map((l) => l.name)).toEqual(m.layers.map((l) => l.name));
    expect(copy.weights.some((w) => m.weights.includes(w))).toBe(false);
    const data = { a: x, b: x };
    const before = await (await m.predict(data)).out.array();
    copy.setWeights(await m.getWeights());
    expect(await (await copy.predict(data)).out.array()).toEqual(before);
    copy.compile({ loss: 'mse' });
    await copy.fit(data, { out: [[1], [2]] });
    expect(await (await m.predict(data)).out.array()).toEqual(before);
  });

  it('puts other layers in the place of some, and starts from given inputs', () => {
    const m = cloneModel(row(), {
      cloneFunction: (layer) =>
        layer.className === 'Dropout'
          ? layers.identity()
          : layers.deserialize(layers.serialize(layer)),
    });
    expect(m.layers.map((l) => l.className)).toEqual(['Dense', 'Identity', 'Dense']);
    const start = input({ shape: [2], name: 'start' });
    expect(cloneModel(row(), { inputTensors: start }).inputNames).toEqual(['start']);
    expect(() => cloneModel(graph(), { inputTensors: start })).toThrow(
      'received 1 inputTensors; the model has 2 inputs',
    );
  });

  it('is for structures that are known', () => {
    class Own extends Model {
      call(value: Tensor) {
        return value;
      }
    }
    expect(() => cloneModel(new Own())).toThrow('a class of its own (Own)');
  });
});

describe('configurations of models', () => {
  it.each([
    ['sequential', row],
    ['functional', graph],
  ])('%s', (_, make) => {
    const m = make();
    const again = modelFromJson(m.toJson());
    expect(again.countParams()).toBe(m.countParams());
    expect(again.toJson()).toBe(m.toJson());
    const object = layers.deserialize(layers.serialize(m)) as Model;
    expect(object.toJson()).toBe(m.toJson());
    expect(object.className).toBe(m.className);
  });

  it('stand inside those of layers', () => {
    const outer = layers.timeDistributed({ layer: row() });
    const again = layers.deserialize(layers.serialize(outer));
    expect((again.call(tensor([[[1, 2]]])) as Tensor).shape).toEqual([1, 1, 1]);
  });

  it('build layers where they say for what shape', () => {
    const dense = layers.dense({ units: 3 });
    const spec = { ...layers.serialize(dense), build_config: { input_shape: [null, 2] } };
    expect(layers.deserialize(spec).weights.map((w) => w.shape)).toEqual([[2, 3], [3]]);
  });

  it('that are none are refused', () => {
    expect(() => modelFromJson('{}')).toThrow('class_name');
    expect(() => modelFromJson('[')).toThrow('json');
    expect(() => modelFromJson(layers.serialize(layers.dense({ units: 1 })))).toThrow(
      'is of a Dense, not of a model',
    );
    expect(() => layers.deserialize({ units: 1 } as any)).toThrow(
      'layers.deserialize: received an object with units; expected',
    );
  });
});

describe('layers tell', () => {
  it('the shape of their output without being built', () => {
    const conv = layers.conv2d({ filters: 4, kernelSize: 3 });
    expect(conv.computeOutputShape([null, 28, 28, 1])).toEqual([null, 26, 26, 4]);
    expect(conv.built).toBe(false);
    const lstm = layers.lstm({ units: 3, returnState: true });
    expect(lstm.computeOutputShape([2, 4, 5])).toEqual([
      [2, 3],
      [2, 3],
      [2, 3],
    ]);
    const join = layers.concatenate();
    expect(
      join.computeOutputShape([
        [null, 2],
        [null, 3],
      ]),
    ).toEqual([null, 5]);
    expect(row().computeOutputShape([null, 2])).toEqual([null, 1]);
    expect(() => conv.computeOutputShape([null, 2])).toThrow('conv2d');
  });

  it('their losses, of the last call', async () => {
    class Adding extends Layer {
      inner = layers.dense({ units: 1, kernelInitializer: 'ones', kernelRegularizer: 'l2' });
      call(value: Tensor) {
        this.addLoss(value.sum());
        return this.inner.call(value);
      }
    }
    const layer = new Adding();
    layer.call(tensor([[1, 2]]));
    layer.call(tensor([[3, 4]]));
    expect(await Promise.all(layer.losses.map((l) => l.item()))).toEqual([
      7,
      expect.closeTo(0.02, 6),
    ]);
    const active = layers.dense({ units: 1, kernelInitializer: 'ones', activityRegularizer: 'l1' });
    active.call(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(await active.losses[0].item()).toBeCloseTo((0.01 * 10) / 2, 6);
  });

  it('what a training step of its own adds to the loss', async () => {
    class Own extends Model {
      dense = layers.dense({ units: 1, kernelRegularizer: 'l2' });
      call(value: Tensor) {
        return this.dense.call(value);
      }
      override trainStep({ x: features, y }: StepData) {
        const { value, grads } = variableGradients(() => {
          const loss: Tensor = losses.meanSquaredError().call(y as Tensor, this.call(features));
          return this.losses.reduce((a, b) => a.add(b), loss);
        }, this.trainableWeights);
        this.optimizer.apply(grads, this.trainableWeights);
        return { loss: value };
      }
    }
    const [mine, plain] = [
      new Own(),
      sequential([layers.dense({ units: 1, kernelRegularizer: 'l2' })]),
    ];
    for (const m of [mine, plain]) {
      m.build([null, 2]);
      m.setWeights([[[1], [2]], [0]]);
      m.compile({ optimizer: 'sgd', loss: 'mse' });
    }
    const y = [[1], [2]];
    const [a, b] = [await mine.fit(x, y, { epochs: 2 }), await plain.fit(x, y, { epochs: 2 })];
    expect(a.history.loss).toEqual(b.history.loss.map((l) => expect.closeTo(l, 5)));
  });

  it('which inputs a tensor comes from', () => {
    const [a, b, c] = [1, 2, 3].map(() => input({ shape: [2] }));
    const y = layers.dense({ units: 1 }).call(ops.add(a, b));
    expect(new Set(getSourceInputs(y))).toEqual(new Set([a, b]));
    expect(getSourceInputs(c)).toEqual([c]);
  });
});

describe('models', () => {
  it('predict as their step says, and give the metrics so far', async () => {
    class Own extends Model {
      dense = layers.dense({ units: 1 });
      call(value: Tensor) {
        return this.dense.call(value);
      }
      override predictStep(value: Tensor) {
        return super.predictStep(value).mul(0).add(5);
      }
    }
    const m = new Own();
    expect(await (await m.predict(x)).array()).toEqual([[5], [5]]);
    m.compile({ loss: 'mse', metrics: ['mae'] });
    const logs = await m.evaluate(x, [[1], [2]]);
    expect(await m.getMetricsResult()).toEqual(logs);
  });

  it('start numbers of names anew when asked to', () => {
    clearSession();
    expect(layers.dense({ units: 1 }).name).toBe('dense');
    expect(layers.dense({ units: 1 }).name).toBe('dense_1');
    clearSession();
    expect(layers.dense({ units: 1 }).name).toBe('dense');
  });

  it('begin with input() as in Keras', () => {
    const m = sequential([input({ shape: [3], name: 'start' }), layers.dense({ units: 1 })]);
    expect([m.inputNames, m.countParams()]).toEqual([['start'], 4]);
    const inner = layers.dense({ units: 1 }).call(input({ shape: [3] }));
    expect(() => sequential([inner])).toThrow('expected layers, and before them input');
  });
});
