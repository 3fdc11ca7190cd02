import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { getMask, setMask } from '../../src/nn/layers/mask.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { ops } from '../../src/tensor/lift.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { testLayer } from './harness.ts';

const pair = {
  input: [
    [2, 3, 4],
    [2, 5, 4],
  ],
  outputShape: [2, 3, 4],
  masking: true,
} as const;

testLayer('Attention', {
  make: (o) => layers.attention({ ...o, useScale: true }),
  ...pair,
  trainable: 1,
});
testLayer('Attention by sums, causal, with scores and dropout', {
  make: (o) => layers.attention({ ...o, scoreMode: 'concat', useScale: true, dropout: 0.3 }),
  ...pair,
  outputShape: [
    [2, 3, 4],
    [2, 3, 5],
  ],
  options: () => ({ useCausalMask: true, returnAttentionScores: true }),
  trainable: 2,
  masking: true,
  hasTrainingMode: true,
  random: true,
});
testLayer('AdditiveAttention with keys', {
  make: (o) => layers.additiveAttention(o),
  input: [
    [2, 3, 4],
    [2, 5, 6],
    [2, 5, 4],
  ],
  outputShape: [2, 3, 6],
  trainable: 1,
  masking: true,
});
testLayer('MultiHeadAttention', {
  make: (o) => layers.multiHeadAttention({ ...o, numHeads: 2, keyDim: 3 }),
  ...pair,
  trainable: 8,
});
testLayer('MultiHeadAttention with every option', {
  make: (o) =>
    layers.multiHeadAttention({
      ...o,
      numHeads: 3,
      keyDim: 2,
      useGate: true,
      useBias: false,
      slidingWindow: 2,
      outputShape: [2, 5],
      dropout: 0.2,
      kernelRegularizer: 'l2',
    }),
  input: [
    [2, 3, 4],
    [2, 3, 6],
    [2, 3, 5],
  ],
  options: () => ({
    useCausalMask: true,
    attentionMask: ops.ones([1, 3, 3], 'bool'),
    returnAttentionScores: true,
  }),
  outputShape: [
    [2, 3, 2, 5],
    [2, 3, 3, 3],
  ],
  trainable: 5,
  masking: true,
  hasTrainingMode: true,
  random: true,
});
testLayer('MultiHeadAttention over two axes', {
  make: (o) => layers.multiHeadAttention({ ...o, numHeads: 2, keyDim: 3, valueDim: 4 }),
  input: [
    [2, 3, 2, 4],
    [2, 2, 2, 5],
  ],
  outputShape: [2, 3, 2, 4],
  trainable: 8,
  masking: true,
});
testLayer('MultiHeadAttention over the second of two axes', {
  make: (o) => layers.multiHeadAttention({ ...o, numHeads: 2, keyDim: 3, attentionAxes: 2 }),
  input: [
    [2, 3, 4, 5],
    [2, 3, 2, 5],
  ],
  outputShape: [2, 3, 4, 5],
  trainable: 8,
  masking: true,
});
testLayer('GroupedQueryAttention', {
  make: (o) =>
    layers.groupQueryAttention({
      ...o,
      headDim: 3,
      numQueryHeads: 4,
      numKeyValueHeads: 2,
      useGate: true,
    }),
  ...pair,
  trainable: 10,
});

testLayer('MultiHeadAttention with a gate on values of another size', {
  make: (o) =>
    layers.multiHeadAttention({ ...o, numHeads: 2, keyDim: 3, valueDim: 5, useGate: true }),
  ...pair,
  trainable: 10,
});

describe('attention layers', () => {
  beforeAll(() => registerEngine('js', async () => createJsEngine()));

  const heads = () => layers.multiHeadAttention({ numHeads: 2, keyDim: 4 });
  const scoresOf = async (options: object, layer = heads()): Promise<number[][]> => {
    const x = ops.reshape(ops.arange(15).mul(0.1), [1, 5, 3]);
    const [, scores] = layer.call([x, x], { returnAttentionScores: true, ...options });
    return (await scores.array())[0][1];
  };

  it('a causal mask hides what comes later', async () => {
    const scores = await scoresOf({ useCausalMask: true });
    scores.forEach((row, i) => {
      row.forEach((v, k) => {
        if (k > i) expect(v).toBe(0);
        else expect(v).toBeGreaterThan(0);
      });
    });
  });

  it('a sliding window hides what is far away, on both sides', async () => {
    const layer = layers.multiHeadAttention({ numHeads: 2, keyDim: 4, slidingWindow: 2 });
    const scores = await scoresOf({}, layer);
    scores.forEach((row, i) => {
      row.forEach((v, k) => {
        expect(v > 0).toBe(Math.abs(i - k) < 2);
      });
    });
  });

  it('padding of keys and the attention mask work together', async () => {
    const valueMask = tensor([[true, true, false, true, true]]);
    const attentionMask = ops.ones([1, 2, 5, 5], 'bool');
    const [first] = await scoresOf({ valueMask, attentionMask });
    expect(first[2]).toBe(0);
    expect(first.reduce((a, v) => a + v)).toBeCloseTo(1, 5);
  });

  it('the masks of the inputs are used, and that of the query goes on', async () => {
    const x = ops.reshape(ops.arange(15).mul(0.1), [1, 5, 3]);
    const mask = tensor([[true, true, true, false, false]]);
    const layer = heads();
    const plain = layer.call([x, x], { valueMask: mask, queryMask: mask });
    const masked = ops.reshape(ops.arange(15).mul(0.1), [1, 5, 3]).mul(1) as Tensor;
    setMask(masked, mask);
    const y = layer.call([masked, masked]);
    expect(await y.array()).toEqual(await plain.array());
    expect(getMask(y)).toBe(mask);
  });

  it('projections of one layer differ', async () => {
    const layer = layers.multiHeadAttention({
      numHeads: 2,
      keyDim: 3,
      kernelInitializer: 'heNormal',
    });
    layer.call([ops.ones([1, 2, 4]), ops.ones([1, 2, 4])]);
    const [query, key] = [layer.queryDense.kernel, layer.keyDense.kernel];
    expect(await query.array()).not.toEqual(await key.array());
  });

  it('says what does not fit', () => {
    const x = ops.ones([1, 2, 4]);
    expect(() => heads().call(x as never)).toThrow(/call\(\[x, x\]\)/);
    expect(() => layers.attention({ scoreMode: 'sum' as never })).toThrow(/scoreMode/);
    expect(() =>
      layers.groupQueryAttention({ headDim: 2, numQueryHeads: 3, numKeyValueHeads: 2 }),
    ).toThrow(/3 query heads/);
  });
});
