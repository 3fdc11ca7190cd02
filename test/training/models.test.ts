import {
  type CallOptions,
  input,
  Layer,
  layers,
  Model,
  model,
  ops,
  optimizers,
  sequential,
  setRandomSeed,
  type Tensor,
  tensor,
  type Variable,
} from 'nabla';
import { describe, expect, it } from 'vitest';

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [[0], [1], [1], [0]];

describe('functional models', () => {
  it('connects layers, with shared ones counted once', () => {
    const a = input({ shape: [3], name: 'a' });
    const b = input({ shape: [3], name: 'b' });
    const shared = layers.dense({ units: 4 });
    const sum = shared.call(a).add(shared.call(b));
    const m = model({ inputs: [a, b], outputs: layers.dense({ units: 1 }).call(sum) });
    expect(m.countParams()).toBe(3 * 4 + 4 + 4 + 1);
    expect(m.outputShape).toEqual([null, 1]);
  });

  it('repeats plain operations between layers for every batch size', async () => {
    const a = input({ shape: [2] });
    const scaled = ops.multiply(a, 3).add(ops.mean(a, -1, true));
    const m = model({
      inputs: a,
      outputs: layers.activation({ activation: 'linear' }).call(scaled),
    });
    const out = await (
      await m.predict(
        [
          [1, 3],
          [2, 2],
          [0, 4],
        ],
        { batchSize: 2 },
      )
    ).array();
    expect(out).toEqual([
      [5, 11],
      [8, 8],
      [2, 14],
    ]);
  });

  it('takes inputs and gives outputs by name', async () => {
    const a = input({ shape: [1], name: 'left' });
    const b = input({ shape: [1], name: 'right' });
    const m = model({
      inputs: { left: a, right: b },
      outputs: { sum: a.add(b), product: a.mul(b) },
    });
    const out = await m.predict({ left: [[2]], right: [[5]] });
    expect(await out.sum.array()).toEqual([[7]]);
    expect(await out.product.array()).toEqual([[10]]);
  });

  it('nests, and trains through the nesting', async () => {
    setRandomSeed(3);
    const inner = sequential([layers.dense({ units: 8, activation: 'tanh', inputShape: [2] })]);
    const a = input({ shape: [2] });
    const m = model({
      inputs: a,
      outputs: layers.dense({ units: 1, activation: 'sigmoid' }).call(inner.call(a)),
    });
    m.compile({ optimizer: optimizers.adam({ learningRate: 0.1 }), loss: 'binaryCrossentropy' });
    const before = await inner.getWeights();
    const { history } = await m.fit(x, y, { epochs: 60, batchSize: 4 });
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0] / 2);
    expect([...(await inner.getWeights())[0].data]).not.toEqual([...before[0].data]);
    expect(m.trainableWeights).toHaveLength(4);
    inner.trainable = false;
    expect(m.trainableWeights).toHaveLength(2);
    expect(m.summary({ print: () => {} })).toContain('Non-trainable params: 24');
  });

  it('trains several outputs with losses, weights and metrics by name', async () => {
    setRandomSeed(0);
    const a = input({ shape: [2] });
    const hidden = layers.dense({ units: 8, activation: 'tanh' }).call(a);
    const m = model({
      inputs: a,
      outputs: [
        layers.dense({ units: 1, activation: 'sigmoid', name: 'xor' }).call(hidden),
        layers.dense({ units: 1, name: 'sum' }).call(hidden),
      ],
    });
    m.compile({
      optimizer: optimizers.adam({ learningRate: 0.1 }),
      loss: { xor: 'binaryCrossentropy', sum: 'mse' },
      lossWeights: { xor: 1, sum: 0.5 },
      metrics: { xor: ['accuracy'] },
    });
    const sums = x.map(([p, q]) => [p + q]);
    const { history } = await m.fit(x, [tensor(y), tensor(sums)], { epochs: 100, batchSize: 4 });
    expect(Object.keys(history)).toEqual(['loss', 'xor_loss', 'sum_loss', 'xor_accuracy']);
    const last = (name: string) => history[name].at(-1)!;
    expect(last('loss')).toBeCloseTo(last('xor_loss') + 0.5 * last('sum_loss'), 4);
    expect(last('xor_accuracy')).toBe(1);
  });
});

describe('layers and models of your own', () => {
  class Scale extends Layer {
    factor!: Variable;
    override build() {
      this.factor = this.addWeight({ name: 'factor', shape: [], initializer: 'ones' });
    }
    call(value: Tensor) {
      return value.mul(this.factor.value);
    }
  }

  it('trains a layer of ten lines', async () => {
    const m = sequential([new Scale({ inputShape: [1] })]);
    m.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse' });
    await m.fit([[1], [2]], [[3], [6]], { epochs: 50, batchSize: 2 });
    expect((await m.getWeights())[0].data[0]).toBeCloseTo(3, 3);
  });

  it('trains a subclassed model', async () => {
    class Two extends Model {
      hidden = layers.dense({ units: 8, activation: 'tanh' });
      out = layers.dense({ units: 1, activation: 'sigmoid' });
      call(value: Tensor, _options?: CallOptions) {
        return this.out.call(this.hidden.call(value));
      }
    }
    setRandomSeed(1);
    const m = new Two();
    m.compile({
      optimizer: optimizers.adam({ learningRate: 0.1 }),
      loss: 'binaryCrossentropy',
      metrics: ['accuracy'],
    });
    const { history } = await m.fit(x, y, { epochs: 80, batchSize: 4 });
    expect(history.accuracy.at(-1)).toBe(1);
    expect(m.countParams()).toBe(33);
  });

  it('trains with a step of its own', async () => {
    class Counting extends Model {
      out = layers.dense({ units: 1, useBias: false });
      call(value: Tensor) {
        return this.out.call(value);
      }
      override trainStep(data: any) {
        const results = super.trainStep(data);
        return { ...results, doubled: results.loss.mul(2) };
      }
    }
    const m = new Counting();
    m.compile({ optimizer: 'sgd', loss: 'mse' });
    const { history } = await m.fit([[1], [2]], [[2], [4]], { epochs: 3, batchSize: 2 });
    expect(history.doubled[2]).toBeCloseTo(2 * history.loss[2], 5);
  });
});

describe('errors', () => {
  it('name the model, the received and the expected shape', async () => {
    const m = sequential([layers.dense({ units: 1, inputShape: [3] })], { name: 'net' });
    await expect(m.predict([[1, 2]])).rejects.toThrow(
      "model 'net': the input is [1, 2]; expected [batch, 3]",
    );
  });

  it('tell to compile first', () => {
    const m = sequential([layers.dense({ units: 1, inputShape: [3] })]);
    expect(() => m.fit([[1, 2, 3]], [[1]])).toThrow('call compile');
  });

  it('tell one-hot labels from class numbers', async () => {
    const m = sequential([layers.dense({ units: 3, activation: 'softmax', inputShape: [2] })]);
    m.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    await expect(m.fit(x, [0, 1, 2, 0])).rejects.toThrow("use 'sparseCategoricalCrossentropy'");
  });

  it('count samples', async () => {
    const m = sequential([layers.dense({ units: 1, inputShape: [2] })]);
    m.compile({ optimizer: 'sgd', loss: 'mse' });
    await expect(m.fit(x, [[1]])).rejects.toThrow('different numbers of samples: 4, 1');
    await expect(m.fit(x, y, { epochs: 0 })).rejects.toThrow('epochs is 0');
    await expect(m.fit(x, y, { batchSize: 2.5 })).rejects.toThrow('batchSize is 2.5');
  });

  it('suggest names', () => {
    const m = sequential([layers.dense({ units: 1, inputShape: [2] })]);
    expect(() => m.compile({ optimizer: 'sgdd' as any, loss: 'mse' })).toThrow(
      "did you mean 'sgd'",
    );
    expect(() => layers.dense({ units: 1, activation: 'relo' as any })).toThrow(
      "'relo' is not known",
    );
  });
});
