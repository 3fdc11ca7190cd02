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
import { describe, expect, it, vi } from 'vitest';

/** What fit, evaluate and predict take, as a user hands it over. */

const rows = [
  [0, 1],
  [1, 2],
  [2, 0],
  [3, 1],
];
const flat = Float32Array.from(rows.flat());
const array = { data: flat, shape: [4, 2], dtype: 'float32' as const };

function classifier(loss: any = 'sparseCategoricalCrossentropy', units = 3) {
  setRandomSeed(1);
  const activation = units === 1 ? 'sigmoid' : 'softmax';
  const m = sequential([layers.dense({ units, activation, inputShape: [2] })]);
  m.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss, metrics: ['accuracy'] });
  return m;
}

function regressor() {
  setRandomSeed(1);
  const m = sequential([layers.dense({ units: 1, inputShape: [2] })]);
  m.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse' });
  return m;
}

describe('labels', () => {
  const classes = [0, 1, 2, 1];
  const forms: Record<string, any> = {
    'numbers [n]': classes,
    'numbers [n, 1]': classes.map((c) => [c]),
    Float32Array: Float32Array.from(classes),
    Float64Array: Float64Array.from(classes),
    Int32Array: Int32Array.from(classes),
    Uint8Array: Uint8Array.from(classes),
    Int16Array: Int16Array.from(classes),
    BigInt64Array: BigInt64Array.from(classes.map(BigInt)),
    tensor: tensor(Uint8Array.from(classes)),
    'NDArray of int32': { data: Int32Array.from(classes), shape: [4, 1], dtype: 'int32' },
  };

  it.each(Object.keys(forms))('of classes as %s', async (form) => {
    const expected = await classifier().evaluate(rows, classes);
    expect(await classifier().evaluate(array, forms[form])).toEqual(expected);
  });

  it('of two classes as numbers and truth values, flat and as a column', async () => {
    const m = classifier('binaryCrossentropy', 1);
    const expected = await m.evaluate(rows, [0, 1, 0, 1]);
    for (const y of [
      [[0], [1], [0], [1]],
      [false, true, false, true],
      [[false], [true], [false], [true]],
      Uint8Array.of(0, 1, 0, 1),
    ]) {
      expect(await m.evaluate(rows, y)).toEqual(expected);
    }
  });

  it('that do not fit the loss are explained', async () => {
    const oneHot = [0, 1, 2, 1].map((c) => [0, 1, 2].map((k) => Number(k === c)));
    await expect(classifier().evaluate(rows, oneHot)).rejects.toThrow(
      "use 'categoricalCrossentropy'",
    );
    await expect(classifier('categoricalCrossentropy').evaluate(rows, classes)).rejects.toThrow(
      "use 'sparseCategoricalCrossentropy'",
    );
    await expect(classifier(() => 5).evaluate(rows, classes)).rejects.toThrow(
      "loss 'loss': the function returned number; expected a tensor of one number a sample",
    );
  });
});

describe('inputs', () => {
  it('of bytes count as numbers on every engine', async () => {
    const pixels = Uint8Array.from({ length: 64 * 16 }, (_, i) => (i * 37) % 256);
    const numbers = tensor(Float32Array.from(pixels), [64, 16]);
    for (const device of ['js', 'cpu'] as const) {
      setDevice(device);
      setRandomSeed(1);
      const m = sequential([
        layers.dense({ units: 256, activation: 'relu', inputShape: [16] }),
        layers.dense({ units: 256, activation: 'relu' }),
        layers.dense({ units: 1 }),
      ]);
      const [a, b] = [await m.predict(tensor(pixels, [64, 16])), await m.predict(numbers)];
      expect(await a.data()).toEqual(await b.data());
      const set = Dataset.fromArrays({ x: pixels, y: pixels });
      expect((await set.take(1).toArray())[0].x.dtype).toBe('int32');
    }
    setDevice('auto');
  });

  it('may lack the last axis of size 1, or have it too much', async () => {
    const image = sequential([layers.input({ shape: [2, 2, 1] }), layers.flatten()]);
    expect(
      await (
        await image.predict([
          [
            [1, 2],
            [3, 4],
          ],
        ])
      ).array(),
    ).toEqual([[1, 2, 3, 4]]);
    const column = sequential([layers.input({ shape: [2] }), layers.dense({ units: 1 })]);
    expect((await column.predict([[[1], [3]]])).shape).toEqual([1, 1]);
    await expect(column.predict([1, 2])).rejects.toThrow(
      'a single sample needs the batch axis too',
    );
  });

  it('of different lengths are shown with their shapes', async () => {
    await expect(regressor().fit(flat, [1, 2, 3, 4])).rejects.toThrow(
      'different numbers of samples: 8, 4 in the shapes [8], [4]; give a flat typed array its shape',
    );
  });
});

describe('batches', () => {
  const dataset = () => Dataset.fromArrays({ x: array, y: Float32Array.of(0, 1, 0, 1) });
  const train = async (data: any, options: any = {}) =>
    (await regressor().fit(data, undefined, options)).history.loss;

  it('take class weights', async () => {
    const whole = await regressor().fit(rows, [0, 1, 0, 1], {
      classWeight: { 1: 3 },
      shuffle: false,
    });
    const [loss] = await train(dataset().batch(4), { classWeight: { 1: 3 } });
    expect(loss).toBeCloseTo(whole.history.loss[0], 6);
    expect(loss).not.toBeCloseTo((await train(dataset().batch(4)))[0], 3);
    await expect(
      regressor().fit(rows, [0, 1, 0, 1], {
        classWeight: { 1: 3 },
        sampleWeight: rows,
      }),
    ).rejects.toThrow('classWeight goes with sampleWeight of one number a sample');
  });

  it('come with labels and weights of their own', async () => {
    await expect(regressor().fit(dataset().batch(2), [1, 2])).rejects.toThrow('received y beside');
    await expect(
      regressor().evaluate(dataset().batch(2), undefined, { sampleWeight: [1, 2] }),
    ).rejects.toThrow('received sampleWeight beside');
  });

  it('are told from single samples and data without an end', async () => {
    await expect(train(dataset())).rejects.toThrow('use batch() on a Dataset');
    await expect(train(dataset().batch(2).repeat())).rejects.toThrow('the data never ends');
  });

  it('from an iterator that is used up say so', async () => {
    function* once() {
      yield [tensor(rows), tensor([0, 1, 0, 1])];
    }
    await expect(train(once(), { epochs: 2 })).rejects.toThrow(
      'pass a function that returns a new one',
    );
    expect(await train(once, { epochs: 2 })).toHaveLength(2);
  });

  it('from an iterator that is used up within an epoch end it there, with a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    function* few(n: number) {
      for (let i = 0; i < n; i++) yield [tensor(rows), tensor([0, 1, 0, 1])];
    }
    expect(await train(few(5), { epochs: 3, stepsPerEpoch: 2 })).toHaveLength(3);
    expect(await train(few(3), { stepsPerEpoch: 5 })).toHaveLength(1);
    const warnings = warn.mock.calls.map(([text]) => text);
    warn.mockRestore();
    expect(warnings).toEqual([
      expect.stringContaining('after 1 of 2 batches'),
      expect.stringContaining('after 3 of 5 batches'),
    ]);
    await expect(train(few(2), { epochs: 2, stepsPerEpoch: 2 })).rejects.toThrow(
      'pass a function that returns a new one',
    );
  });

  it('are closed however training ends', async () => {
    let open = 0;
    function* endless() {
      open++;
      try {
        for (;;) yield [tensor(rows), tensor([0, 1, 0, 1])];
      } finally {
        open--;
      }
    }
    await train(endless, { stepsPerEpoch: 2, epochs: 3 });
    expect(open).toBe(0);
    const m = regressor();
    const stop = { onEpochEnd: () => Promise.reject(new Error('enough')) };
    await expect(
      m.fit(endless, undefined, { stepsPerEpoch: 2, callbacks: [callbacks.lambda(stop)] }),
    ).rejects.toThrow('enough');
    await expect(
      m.fit(endless, undefined, {
        callbacks: [callbacks.lambda({ onTrainBatchEnd: () => Promise.reject(new Error('now')) })],
      }),
    ).rejects.toThrow('now');
    await m.evaluate(endless, undefined, { steps: 1 });
    await m.predict(endless, { steps: 1 });
    expect(open).toBe(0);
  });

  it('of arrays go on from epoch to epoch where stepsPerEpoch is not all of them', async () => {
    const m = regressor();
    const record = (epochs: number, options: any) =>
      m.fit(
        [
          [1, 0],
          [2, 0],
          [3, 0],
          [4, 0],
          [5, 0],
        ],
        [1, 2, 3, 4, 5],
        {
          batchSize: 1,
          epochs,
          ...options,
        },
      );
    m.compile({
      optimizer: optimizers.sgd({ learningRate: 0 }),
      loss: (y: any) => y,
    });
    const { history } = await record(3, { stepsPerEpoch: 3, shuffle: false });
    expect(history.loss).toEqual([2, (4 + 5 + 1) / 3, 3].map((v) => expect.closeTo(v, 5)));
    const shuffled = await record(5, { stepsPerEpoch: 2 });
    // Ten batches are two passes over five samples.
    expect(shuffled.history.loss.reduce((a, l) => a + 2 * l, 0)).toBeCloseTo(30, 4);
  });
});

describe('validation data', () => {
  it('may be arrays, arrays by name, or batches', async () => {
    const y = [1, 2, 3, 4];
    const batches = Dataset.fromArrays({ x: array, y: Float32Array.from(y) }).batch(3);
    const losses: number[] = [];
    for (const validationData of [[rows, y], { x: array, y }, batches] as const) {
      const m = regressor();
      const { history } = await m.fit(rows, y, { validationData, shuffle: false });
      losses.push(history.val_loss[0]);
    }
    expect(losses).toEqual(losses.map(() => expect.closeTo(losses[0], 5)));
  });
});
