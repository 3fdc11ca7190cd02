import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { layers } from '../../src/nn/layers/index.ts';
import type { Layer } from '../../src/nn/layers/layer.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { ops } from '../../src/tensor/lift.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { testLayer } from './harness.ts';

const noise = { masking: true, hasTrainingMode: true, random: true } as const;

testLayer('Dropout', {
  make: (o) => layers.dropout({ ...o, rate: 0.4 }),
  input: [3, 4, 5],
  outputShape: [3, 4, 5],
  ...noise,
});
testLayer('SpatialDropout1D', {
  make: (o) => layers.spatialDropout1d({ ...o, rate: 0.5 }),
  input: [4, 3, 9],
  outputShape: [4, 3, 9],
  ...noise,
});
testLayer('SpatialDropout2D, channels first', {
  make: (o) => layers.spatialDropout2d({ ...o, rate: 0.5, dataFormat: 'channelsFirst' }),
  input: [4, 9, 3, 2],
  outputShape: [4, 9, 3, 2],
  ...noise,
});
testLayer('SpatialDropout3D', {
  make: (o) => layers.spatialDropout3d({ ...o, rate: 0.5 }),
  input: [4, 2, 3, 2, 9],
  outputShape: [4, 2, 3, 2, 9],
  ...noise,
});
testLayer('GaussianDropout', {
  make: (o) => layers.gaussianDropout({ ...o, rate: 0.3 }),
  input: [3, 5],
  outputShape: [3, 5],
  ...noise,
});
testLayer('GaussianNoise', {
  make: (o) => layers.gaussianNoise({ ...o, stddev: 0.3 }),
  input: [3, 5],
  outputShape: [3, 5],
  ...noise,
});
testLayer('AlphaDropout', {
  make: (o) => layers.alphaDropout({ ...o, rate: 0.3 }),
  input: [3, 5],
  outputShape: [3, 5],
  ...noise,
});

describe('layers that disturb', () => {
  beforeAll(() => registerEngine('js', async () => createJsEngine()));

  const SIZE = 40_000;
  /** Mean and variance of a layer's output in training, for an input of normal numbers or of ones. */
  async function moments(layer: Layer, x: Tensor): Promise<[mean: number, variance: number]> {
    const values = (await layer.call(x, { training: true }).data()) as Float32Array;
    const mean = values.reduce((a, v) => a + v, 0) / values.length;
    return [mean, values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length];
  }
  const ones = () => ops.ones([SIZE]);

  it('spatial dropout takes all options of layers, and writes those that Keras knows', () => {
    const layer = layers.spatialDropout1d({ rate: 0.5, trainable: false, name: 'drop' });
    expect(layer.trainable).toBe(false);
    expect(Object.keys(layer.getConfig()).sort()).toEqual(['dtype', 'name', 'rate', 'seed']);
  });

  it('dropout keeps the mean', async () => {
    const [mean, variance] = await moments(layers.dropout({ rate: 0.25, seed: 3 }), ones());
    expect(mean).toBeCloseTo(1, 1);
    expect(variance).toBeCloseTo(0.25 / 0.75, 1);
  });

  it('a rate of 1 drops everything, a rate of 0 nothing', async () => {
    const x = ops.ones([4]);
    const all = layers.dropout({ rate: 1 }).call(x, { training: true });
    expect(await all.array()).toEqual([0, 0, 0, 0]);
    expect(layers.dropout({ rate: 0 }).call(x, { training: true })).toBe(x);
  });

  it('spatial dropout decides by channel', async () => {
    const layer = layers.spatialDropout1d({ rate: 0.5, seed: 1 });
    const y: number[][][] = await layer.call(ops.ones([2, 5, 20]), { training: true }).array();
    for (const sample of y) for (const step of sample) expect(step).toEqual(sample[0]);
    expect(new Set(y.flat(2))).toEqual(new Set([0, 2]));
  });

  it('Gaussian dropout multiplies with variance rate / (1 - rate)', async () => {
    const [mean, variance] = await moments(layers.gaussianDropout({ rate: 0.2, seed: 5 }), ones());
    expect(mean).toBeCloseTo(1, 1);
    expect(variance).toBeCloseTo(0.25, 1);
  });

  it('Gaussian noise adds its standard deviation', async () => {
    const [mean, variance] = await moments(layers.gaussianNoise({ stddev: 0.5, seed: 6 }), ones());
    expect(mean).toBeCloseTo(1, 1);
    expect(variance).toBeCloseTo(0.25, 1);
  });

  it('alpha dropout keeps mean and variance of standard normal numbers', async () => {
    const normal = layers.gaussianNoise({ stddev: 1, seed: 8 });
    const x = normal.call(ops.zeros([SIZE]), { training: true });
    const [mean, variance] = await moments(layers.alphaDropout({ rate: 0.3, seed: 9 }), x);
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });

  it('rejects rates that are no shares', () => {
    expect(() => layers.dropout({ rate: 1.5 })).toThrow(/rate is 1.5/);
    expect(() => layers.gaussianNoise({ stddev: -1 })).toThrow(/stddev is -1/);
  });
});
