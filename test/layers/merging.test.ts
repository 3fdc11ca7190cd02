import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { getMask, setMask } from '../../src/nn/layers/mask.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { testLayer } from './harness.ts';

const two = {
  input: [
    [2, 3, 4],
    [2, 3, 4],
  ],
  outputShape: [2, 3, 4],
  masking: true,
} as const;

testLayer('Add', { make: (o) => layers.add(o), ...two });
testLayer('Add, of three with broadcasting', {
  make: (o) => layers.add(o),
  input: [
    [2, 3, 4],
    [2, 1, 4],
    [2, 3, 1],
  ],
  outputShape: [2, 3, 4],
  masking: true,
});
testLayer('Subtract', { make: (o) => layers.subtract(o), ...two });
testLayer('Multiply', { make: (o) => layers.multiply(o), ...two });
testLayer('Average', { make: (o) => layers.average(o), ...two });
testLayer('Maximum', { make: (o) => layers.maximum(o), ...two });
testLayer('Minimum', { make: (o) => layers.minimum(o), ...two });
testLayer('Concatenate', {
  make: (o) => layers.concatenate({ ...o, axis: 1 }),
  input: [
    [2, 3, 4],
    [2, 2, 4],
  ],
  outputShape: [2, 5, 4],
  masking: true,
});
testLayer('Dot', {
  make: (o) => layers.dot({ ...o, axes: [2, 1] }),
  input: [
    [2, 3, 4],
    [2, 4, 5, 2],
  ],
  outputShape: [2, 3, 5, 2],
  masking: true,
});
testLayer('Dot of vectors, normalized', {
  make: (o) => layers.dot({ ...o, axes: 1, normalize: true }),
  input: [
    [2, 4],
    [2, 4],
  ],
  outputShape: [2, 1],
  masking: true,
});

describe('merging layers', () => {
  beforeAll(() => registerEngine('js', async () => createJsEngine()));

  const a = (): Tensor => {
    const x = tensor([[[2], [3], [5]]]);
    setMask(x, tensor([[true, false, false]]));
    return x;
  };
  const b = (): Tensor => {
    const x = tensor([[[7], [11], [13]]]);
    setMask(x, tensor([[true, true, false]]));
    return x;
  };

  it('masked steps have no part in products and extremes', async () => {
    const flat = async (y: Tensor) => (await y.array()).flat(2);
    expect(await flat(layers.multiply().call([a(), b()]))).toEqual([14, 11, 0]);
    expect(await flat(layers.maximum().call([a(), b()]))).toEqual([7, 11, 5]);
    expect(await flat(layers.minimum().call([a(), b()]))).toEqual([2, 11, 5]);
  });

  it('the mask of a sum is the union, that of a concatenation follows the inputs', async () => {
    expect(await getMask(layers.add().call([a(), b()]))!.array()).toEqual([[true, true, false]]);
    const unmasked = tensor([[[1], [1]]]);
    const joined = layers.concatenate({ axis: 1 }).call([a(), unmasked]);
    expect(await getMask(joined)!.array()).toEqual([[true, false, false, true, true]]);
    expect(getMask(layers.add().call([a(), tensor([[[1], [1], [1]]])]))).toBeUndefined();
  });

  it('a shorter shape gets its new axes behind the batch', async () => {
    const x = tensor([[[1, 2]], [[3, 4]]]);
    const y = layers.add().call([
      x,
      tensor([
        [10, 20],
        [30, 40],
      ]),
    ]);
    expect(await y.array()).toEqual([[[11, 22]], [[33, 44]]]);
  });

  it('says what does not fit', () => {
    const x = tensor([[1, 2]]);
    expect(() => layers.add().call(x as never)).toThrow(/list/);
    expect(() => layers.add().call([x, tensor([[1, 2, 3]])])).toThrow(/do not broadcast/);
    expect(() => layers.subtract().call([x, x, x])).toThrow(/exactly 2/);
    expect(() => layers.concatenate({ axis: 0 }).call([x, tensor([[1, 2, 3]])])).toThrow(
      /axis 0 only/,
    );
    expect(() => layers.dot({ axes: 0 }).call([x, x])).toThrow(/batch/);
  });
});
