import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { setMask } from '../../src/nn/layers/mask.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { testLayer } from './harness.ts';

const shape = { input: [2, 3, 4], outputShape: [2, 3, 4], masking: true } as const;

testLayer('ReLU', { make: (o) => layers.relu(o), ...shape });
testLayer('ReLU with every option', {
  make: (o) => layers.relu({ ...o, maxValue: 0.9, negativeSlope: 0.1, threshold: 0.2 }),
  ...shape,
});
testLayer('LeakyReLU', { make: (o) => layers.leakyRelu(o), ...shape });
testLayer('ELU', { make: (o) => layers.elu({ ...o, alpha: 0.7 }), ...shape });
testLayer('ThresholdedReLU', {
  make: (o) => layers.thresholdedRelu({ ...o, theta: 0.3 }),
  ...shape,
});
testLayer('PReLU', {
  make: (o) => layers.prelu({ ...o, sharedAxes: [1], alphaInitializer: 'ones' }),
  ...shape,
  trainable: 1,
});
testLayer('Softmax', { make: (o) => layers.softmax(o), ...shape });
testLayer('Softmax over two axes', {
  make: (o) => layers.softmax({ ...o, axis: [1, 2] }),
  ...shape,
});

describe('activation layers', () => {
  beforeAll(() => registerEngine('js', async () => createJsEngine()));

  it('softmax leaves masked positions out, and gives zeros where all are masked', async () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const mask = tensor([
      [true, false, true],
      [false, false, false],
    ]);
    const [first, second] = await layers.softmax().call(x, { mask }).array();
    expect(first[0]).toBeCloseTo(1 / (1 + Math.exp(2)), 6);
    expect(first[1]).toBe(0);
    expect(second).toEqual([0, 0, 0]);
  });

  it('softmax spreads a given mask of fewer axes, and lets one pass that the input carries', async () => {
    const values = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const half = 1 / (1 + Math.exp(2));
    for (const mask of [tensor([true, false, true]), tensor([1, 0.5, 0.6])]) {
      const rows = await layers.softmax().call(tensor(values), { mask }).array();
      for (const row of rows) {
        expect(row).toEqual([expect.closeTo(half, 6), 0, expect.closeTo(1 - half, 6)]);
      }
    }
    const carrying = tensor([values]);
    setMask(carrying, tensor([[true, false]]));
    const plain = await layers
      .softmax()
      .call(tensor([values]))
      .array();
    expect(await layers.softmax().call(carrying).array()).toEqual(plain);
    const apart = layers.timeDistributed({ layer: layers.softmax() });
    expect(await apart.call(carrying).array()).toEqual(plain);
  });

  it('reads the options of older files', () => {
    const layer = layers.deserialize({ class_name: 'LeakyReLU', config: { alpha: 0.05 } });
    expect(layer.getConfig().negativeSlope).toBe(0.05);
  });

  it('says which option is wrong', () => {
    expect(() => layers.relu({ maxValue: -1 })).toThrow(/maxValue is -1/);
    expect(() => layers.prelu({ sharedAxes: [3] }).call(tensor([[1, 2]]))).toThrow(
      /sharedAxes has 3/,
    );
  });
});
