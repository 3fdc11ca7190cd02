import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { einsumShapes } from '../../src/nn/layers/core/einsum-dense.ts';
import { Lambda, registerFunction } from '../../src/nn/layers/core/lambda.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { input } from '../../src/nn/layers/input.ts';
import { getMask } from '../../src/nn/layers/mask.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { ops } from '../../src/tensor/lift.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { model } from '../../src/training/functional.ts';
import { testLayer } from './harness.ts';

const indices = { shape: [2, 4], dtype: 'int32', values: [1, 0, 3, 2, 4, 4, 0, 1] } as const;

testLayer('Dense', {
  make: (o) => layers.dense({ ...o, units: 4 }),
  input: [2, 3],
  outputShape: [2, 4],
  trainable: 2,
  masking: true,
});
testLayer('Dense with every option, over steps', {
  make: (o) =>
    layers.dense({
      ...o,
      units: 2,
      activation: 'tanh',
      useBias: true,
      kernelInitializer: 'heNormal',
      biasInitializer: 'ones',
      kernelRegularizer: 'l2',
      biasRegularizer: 'l1',
      activityRegularizer: 'l2',
      kernelConstraint: 'maxNorm',
      biasConstraint: 'nonNeg',
    }),
  input: [2, 3, 4],
  outputShape: [2, 3, 2],
  trainable: 2,
  masking: true,
});
testLayer('Dense with a low-rank update', {
  make: (o) => layers.dense({ ...o, units: 3, loraRank: 2, loraAlpha: 4 }),
  input: [2, 5],
  outputShape: [2, 3],
  trainable: 3,
  nonTrainable: 1,
  masking: true,
});
testLayer('Activation', {
  make: (o) => layers.activation({ ...o, activation: 'gelu' }),
  input: [2, 3],
  outputShape: [2, 3],
  masking: true,
});
testLayer('Flatten', {
  make: (o) => layers.flatten(o),
  input: [2, 3, 4],
  outputShape: [2, 12],
});
testLayer('Flatten, channels first', {
  make: (o) => layers.flatten({ ...o, dataFormat: 'channelsFirst' }),
  input: [2, 3, 4, 5],
  outputShape: [2, 60],
});
testLayer('Reshape', {
  make: (o) => layers.reshape({ ...o, targetShape: [2, -1] }),
  input: [2, 3, 4],
  outputShape: [2, 2, 6],
});
testLayer('EinsumDense', {
  make: (o) =>
    layers.einsumDense({
      ...o,
      equation: 'abc,cde->abde',
      outputShape: [null, 3, 4],
      biasAxes: 'd',
      activation: 'tanh',
    }),
  input: [2, 3, 5],
  outputShape: [2, 3, 3, 4],
  trainable: 2,
});
testLayer('EinsumDense, ellipsis behind', {
  make: (o) => layers.einsumDense({ ...o, equation: 'bc...,cd->bd...', outputShape: 4 }),
  input: [2, 3, 2, 5],
  outputShape: [2, 4, 2, 5],
  trainable: 1,
});
testLayer('EinsumDense with a low-rank update', {
  make: (o) =>
    layers.einsumDense({
      ...o,
      equation: '...a,ab->...b',
      outputShape: 4,
      loraRank: 2,
      loraAlpha: 3,
    }),
  input: [2, 3, 5],
  outputShape: [2, 3, 4],
  trainable: 2,
  nonTrainable: 1,
});
testLayer('Embedding', {
  make: (o) => layers.embedding({ ...o, inputDim: 5, outputDim: 3, maskZero: true }),
  input: indices,
  outputShape: [2, 4, 3],
  trainable: 1,
  masking: true,
});
testLayer('ReversibleEmbedding, back', {
  make: (o) => layers.reversibleEmbedding({ ...o, inputDim: 5, outputDim: 3, logitSoftCap: 4 }),
  input: [2, 4, 3],
  options: () => ({ reverse: true }),
  outputShape: [2, 4, 5],
  trainable: 1,
});
testLayer('ReversibleEmbedding with weights for each way', {
  make: (o) => layers.reversibleEmbedding({ ...o, inputDim: 5, outputDim: 3, tieWeights: false }),
  input: [2, 4, 3],
  options: () => ({ reverse: true }),
  outputShape: [2, 4, 5],
  trainable: 2,
});
testLayer('Masking', {
  make: (o) => layers.masking({ ...o, maskValue: 2 }),
  input: [2, 3, 4],
  outputShape: [2, 3, 4],
  masking: true,
});
testLayer('Identity', {
  make: (o) => layers.identity(o),
  input: [2, 3],
  outputShape: [2, 3],
  masking: true,
});
testLayer('ActivityRegularization', {
  make: (o) => layers.activityRegularization({ ...o, l1: 0.1, l2: 0.2 }),
  input: [2, 3],
  outputShape: [2, 3],
  masking: true,
});
testLayer('Wrapper', {
  make: (o) => layers.wrapper({ ...o, layer: layers.dense({ ...o, units: 4 }) }),
  input: [2, 3],
  outputShape: [2, 4],
  trainable: 2,
});
registerFunction('cube', (x: Tensor) => x.pow(3));
testLayer('Lambda', {
  make: (o) => layers.lambda({ ...o, function: 'cube' }),
  input: [2, 3],
  outputShape: [2, 3],
});

describe('core layers', () => {
  beforeAll(() => registerEngine('js', async () => createJsEngine()));

  it('an embedding casts its indices, starts from given weights and masks 0', async () => {
    const layer = layers.embedding({
      inputDim: 3,
      outputDim: 2,
      maskZero: true,
      weights: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    });
    const y = layer.call(tensor([[2.9, 0, 1]]));
    expect(await y.array()).toEqual([
      [
        [5, 6],
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(await getMask(y)!.array()).toEqual([[true, false, true]]);
  });

  it('a low-rank update trains two small matrices beside a frozen table', async () => {
    const layer = layers.embedding({ inputDim: 6, outputDim: 4, loraRank: 2, loraAlpha: 4 });
    const ids = tensor([[1, 5]]);
    const before = await layer.call(ids).array();
    expect(layer.weights.map((w) => w.name)).toEqual([
      'embeddings',
      'lora_embeddings_a',
      'lora_embeddings_b',
    ]);
    expect(layer.trainableWeights.map((w) => w.shape)).toEqual([
      [6, 2],
      [2, 4],
    ]);
    layer.lora!.b.assign(1);
    const a = await layer.lora!.a.array();
    const after = await layer.call(ids).array();
    const expected = before[0][0][3] + 2 * (a[1][0] + a[1][1]);
    expect(after[0][0][3]).toBeCloseTo(expected, 6);
  });

  it('masking keeps steps in which one feature differs', async () => {
    const y = layers.masking({ maskValue: 7 }).call(
      tensor([
        [
          [7, 7],
          [7, 3],
        ],
      ]),
    );
    expect(await y.array()).toEqual([
      [
        [0, 0],
        [7, 3],
      ],
    ]);
    expect(await getMask(y)!.array()).toEqual([[false, true]]);
  });

  it('an equation gives the shapes of kernel and bias', () => {
    expect(einsumShapes('...ab,bc->...ac', 'ac', [null, 7, 2, 3], [2, 5])).toEqual({
      kernelShape: [3, 5],
      biasShape: [2, 5],
    });
    expect(() => einsumShapes('ab,bc->ad', null, [null, 3], [5])).toThrow(/'d'|not known/);
    expect(() => einsumShapes('ab->ac', null, [null, 3], [5])).toThrow(/expected a form/);
    expect(() => einsumShapes('ab,bc->ac', null, [null, 3, 4], [5])).toThrow(/names 2 axes/);
  });

  it('a lambda sees training and mask, and keeps its arguments', async () => {
    const layer = layers.lambda({
      function: (x: Tensor, { training, factor }) => (training ? x.mul(factor) : x),
      arguments: { factor: 3 },
    });
    expect(await layer.call(tensor([1, 2]), { training: true }).array()).toEqual([3, 6]);
    expect(await layer.call(tensor([1, 2])).array()).toEqual([1, 2]);
  });

  it('a lambda keeps the reference of a function for its output shape', async () => {
    const outputShape = { module: 'builtins', class_name: 'function', config: 'cube_shape' };
    const layer = layers.deserialize({
      class_name: 'Lambda',
      config: { function: 'cube', output_shape: outputShape },
    });
    expect(await layer.call(tensor([2])).array()).toEqual([8]);
    expect(JSON.parse(JSON.stringify(layers.serialize(layer))).config.output_shape).toEqual(
      outputShape,
    );
  });

  it('a lambda is saved by the name of its function only', () => {
    const anonymous = layers.lambda({ function: (x: Tensor) => x.mul(2) });
    expect(() => layers.serialize(anonymous)).toThrow(/registerFunction/);
    const python = {
      class_name: 'Lambda',
      config: { function: { class_name: '__lambda__', config: { code: '4wE=' } } },
    };
    expect(() => layers.deserialize(python)).toThrow(/Python/);
    const unknown = {
      class_name: 'Lambda',
      config: { function: { class_name: 'function', config: 'nobody' } },
    };
    expect(() => layers.deserialize(unknown as never)).toThrow(/'nobody'/);
    expect(
      layers.deserialize(layers.serialize(layers.lambda({ function: 'cube' }))),
    ).toBeInstanceOf(Lambda);
  });

  it('layers that return their input are part of a model all the same', async () => {
    const x = input({ shape: [3] });
    const double = layers.dense({ units: 3, kernelInitializer: 'ones', useBias: false });
    const y = layers.identity().call(layers.dropout({ rate: 0.5, seed: 1 }).call(double.call(x)));
    const net = model({ inputs: x, outputs: y });
    expect(net.layers.map((l) => l.className)).toEqual([
      'InputLayer',
      'Dense',
      'Dropout',
      'Identity',
    ]);
    const batch = ops.ones([4, 3]);
    const values: number[] = (await net.call(batch, { training: true }).array()).flat();
    expect(new Set(values)).toEqual(new Set([0, 6]));
    expect(await net.call(batch).array()).toEqual(Array(4).fill([3, 3, 3]));
  });
});
