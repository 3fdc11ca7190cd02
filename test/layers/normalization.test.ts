import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { optimizers } from '../../src/nn/optimizers/index.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { ops } from '../../src/tensor/lift.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { testLayer } from './harness.ts';

testLayer('BatchNormalization', {
  make: (o) => layers.batchNormalization(o),
  input: [4, 3, 2],
  outputShape: [4, 3, 2],
  trainable: 2,
  nonTrainable: 2,
  masking: true,
  hasTrainingMode: true,
});
testLayer('BatchNormalization, channels first, with a mask', {
  make: (o) => layers.batchNormalization({ ...o, axis: 1, center: false, scale: false }),
  input: [4, 3, 2],
  options: () => ({
    mask: tensor(
      [
        [1, 0, 1],
        [1, 1, 1],
        [0, 0, 1],
        [1, 1, 0],
      ],
      [4, 3],
      'bool',
    ),
  }),
  outputShape: [4, 3, 2],
  nonTrainable: 2,
  masking: true,
  hasTrainingMode: true,
  noSymbolicBatch: 'the mask has a batch of 4',
});
testLayer('BatchNormalization with renormalization', {
  make: (o) =>
    layers.batchNormalization({
      ...o,
      renorm: true,
      renormClipping: { rmin: 0.5, rmax: 1.1, dmax: 0.2 },
    }),
  input: [6, 2],
  outputShape: [6, 2],
  trainable: 2,
  nonTrainable: 5,
  masking: true,
  hasTrainingMode: true,
  noGradients: 'the corrections are constants to differentiation',
});
testLayer('LayerNormalization', {
  make: (o) => layers.layerNormalization(o),
  input: [3, 4, 5],
  outputShape: [3, 4, 5],
  trainable: 2,
  masking: true,
});
testLayer('LayerNormalization over two axes', {
  make: (o) => layers.layerNormalization({ ...o, axis: [1, -1], center: false }),
  input: [3, 4, 2, 5],
  outputShape: [3, 4, 2, 5],
  trainable: 1,
  masking: true,
});
testLayer('LayerNormalization without the mean', {
  make: (o) => layers.layerNormalization({ ...o, rmsScaling: true }),
  input: [3, 5],
  outputShape: [3, 5],
  trainable: 1,
  masking: true,
});
testLayer('GroupNormalization', {
  make: (o) => layers.groupNormalization({ ...o, groups: 2 }),
  input: [2, 3, 6],
  outputShape: [2, 3, 6],
  trainable: 2,
  masking: true,
});
testLayer('GroupNormalization, channels first, one group each', {
  make: (o) => layers.groupNormalization({ ...o, groups: -1, axis: 1 }),
  input: [2, 3, 4],
  outputShape: [2, 3, 4],
  trainable: 2,
  masking: true,
});
testLayer('RMSNormalization', {
  make: (o) => layers.rmsNormalization(o),
  input: [2, 3, 6],
  outputShape: [2, 3, 6],
  trainable: 1,
  masking: true,
});
testLayer('UnitNormalization', {
  make: (o) => layers.unitNormalization({ ...o, axis: [1, 2] }),
  input: [2, 3, 6],
  outputShape: [2, 3, 6],
  masking: true,
});
testLayer('SpectralNormalization', {
  make: (o) =>
    layers.spectralNormalization({
      ...o,
      layer: layers.dense({ ...o, units: 3 }),
      powerIterations: 2,
    }),
  input: [4, 5],
  outputShape: [4, 3],
  trainable: 2,
  nonTrainable: 1,
});

describe('normalization layers', () => {
  beforeAll(() => registerEngine('js', async () => createJsEngine()));

  const x = () => tensor([[1], [3], [8]]);

  it('batch normalization moves its averages in training only', async () => {
    const layer = layers.batchNormalization({ momentum: 0.9 });
    layer.call(x());
    expect(await layer.movingMean.array()).toEqual([0]);
    layer.call(x(), { training: true });
    expect((await layer.movingMean.array())[0]).toBeCloseTo(0.4, 6);
    expect((await layer.movingVariance.array())[0]).toBeCloseTo(0.9 + (0.1 * 26) / 3, 5);
  });

  it('frozen batch normalization is inference', async () => {
    const layer = layers.batchNormalization({ trainable: false });
    const y = layer.call(x(), { training: true });
    expect((await y.array())[2][0]).toBeCloseTo(8 / Math.sqrt(1.001), 5);
    expect(await layer.movingMean.array()).toEqual([0]);
  });

  it('masked steps do not count for the statistics', async () => {
    const layer = layers.batchNormalization({ momentum: 0 });
    const steps = tensor([
      [[2], [100]],
      [[4], [6]],
    ]);
    layer.call(steps, {
      training: true,
      mask: tensor([
        [true, false],
        [true, true],
      ]),
    });
    expect((await layer.movingMean.array())[0]).toBeCloseTo(4, 5);
    expect((await layer.movingVariance.array())[0]).toBeCloseTo(8 / 3, 5);
  });

  it('renormalization gives what inference would give, within its bounds', async () => {
    const options = { renorm: true, momentum: 0.5, renormMomentum: 0.5, epsilon: 0.001 };
    const layer = layers.batchNormalization(options);
    const y: number[][] = await layer.call(x(), { training: true }).array();
    // The moving mean is 0 and the moving deviation 1 before the step, so x stays as it is.
    y.forEach(([v], i) => {
      expect(v).toBeCloseTo([1, 3, 8][i], 4);
    });
    const deviation = Math.sqrt(26 / 3 + 0.001);
    expect((await layer.renormStddev!.array())[0]).toBeCloseTo((1 + deviation) / 2, 5);
    expect((await layer.movingVariance.array())[0]).toBeCloseTo(
      ((1 + deviation) / 2) ** 2 - 0.001,
      4,
    );
  });

  it('spectral normalization brings the largest singular value to 1', async () => {
    const inner = layers.dense({ units: 2, useBias: false });
    const layer = layers.spectralNormalization({ layer: inner, powerIterations: 40 });
    const input = tensor([[1, 0]]);
    layer.call(input);
    expect(layer.weights.map((w) => w.name)).toEqual(['kernel', 'vector_u']);
    inner.kernel.assign([
      [3, 0],
      [0, 1],
    ]);
    layer.call(input, { training: true });
    const kernel: number[][] = await inner.kernel.array();
    expect(kernel[0][0]).toBeCloseTo(1, 4);
    expect(kernel[1][1]).toBeCloseTo(1 / 3, 4);
  });

  it('the step of a spectrally normalized layer starts from the divided kernel', async () => {
    const inner = layers.dense({ units: 2, useBias: false });
    const layer = layers.spectralNormalization({ layer: inner, powerIterations: 40 });
    const input = tensor([[1, 1]]);
    layer.call(input);
    inner.kernel.assign([
      [4, 0],
      [0, 2],
    ]);
    const sgd = optimizers.sgd({ learningRate: 0.1 });
    await sgd.minimize(() => layer.call(input, { training: true }).sum() as Tensor, [inner.kernel]);
    const kernel: number[][] = await inner.kernel.array();
    expect(kernel[0][0]).toBeCloseTo(1 - 0.1, 4);
    expect(kernel[1][1]).toBeCloseTo(0.5 - 0.1, 4);
  });

  it('says what does not fit', () => {
    const wide = ops.ones([1, 5]);
    expect(() => layers.groupNormalization({ groups: 2 }).call(wide)).toThrow(/5 channels/);
    expect(() => layers.batchNormalization({ renormClipping: { max: 1 } as never })).toThrow(
      /'max'/,
    );
    expect(() => layers.spectralNormalization({ layer: layers.flatten() }).call(wide)).toThrow(
      /kernel/,
    );
  });
});
