import { describe, expect, it } from 'vitest';
import { layers } from '../../src/nn/layers/index.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { testLayer } from './harness.ts';

testLayer('ZeroPadding1D', {
  make: (o) => layers.zeroPadding1d({ ...o, padding: [1, 2] }),
  input: [2, 3, 2],
  outputShape: [2, 6, 2],
});
testLayer('ZeroPadding2D', {
  make: (o) => layers.zeroPadding2d({ ...o, padding: [1, [0, 2]] }),
  input: [2, 3, 4, 2],
  outputShape: [2, 5, 6, 2],
});
testLayer('ZeroPadding3D, channels first', {
  make: (o) => layers.zeroPadding3d({ ...o, dataFormat: 'channelsFirst' }),
  input: [1, 2, 2, 3, 2],
  outputShape: [1, 2, 4, 5, 4],
});
testLayer('Cropping1D', {
  make: (o) => layers.cropping1d({ ...o, cropping: [0, 2] }),
  input: [2, 5, 3],
  outputShape: [2, 3, 3],
});
testLayer('Cropping2D', {
  make: (o) => layers.cropping2d({ ...o, cropping: [[1, 0], 1], dataFormat: 'channelsFirst' }),
  input: [2, 3, 4, 5],
  outputShape: [2, 3, 3, 3],
});
testLayer('Cropping3D', {
  make: (o) => layers.cropping3d(o),
  input: [1, 4, 3, 5, 2],
  outputShape: [1, 2, 1, 3, 2],
});
testLayer('UpSampling1D', {
  make: (o) => layers.upSampling1d({ ...o, size: 3 }),
  input: [2, 3, 2],
  outputShape: [2, 9, 2],
});
testLayer('UpSampling2D', {
  make: (o) => layers.upSampling2d({ ...o, size: [2, 3] }),
  input: [2, 3, 2, 2],
  outputShape: [2, 6, 6, 2],
});
for (const interpolation of ['bilinear', 'bicubic', 'lanczos3'] as const) {
  testLayer(`UpSampling2D, ${interpolation}`, {
    make: (o) => layers.upSampling2d({ ...o, interpolation, dataFormat: 'channelsFirst' }),
    input: [2, 2, 3, 4],
    outputShape: [2, 2, 6, 8],
  });
}
testLayer('UpSampling3D', {
  make: (o) => layers.upSampling3d({ ...o, size: [1, 2, 2] }),
  input: [1, 2, 3, 2, 2],
  outputShape: [1, 2, 6, 4, 2],
});
testLayer('Permute', {
  make: (o) => layers.permute({ ...o, dims: [3, 1, 2] }),
  input: [2, 3, 4, 5],
  outputShape: [2, 5, 3, 4],
});
testLayer('RepeatVector', {
  make: (o) => layers.repeatVector({ ...o, n: 3 }),
  input: [2, 4],
  outputShape: [2, 3, 4],
});

describe('wrong use of layers that rearrange', () => {
  it('says what was received and what was expected', () => {
    expect(() => layers.cropping1d({ cropping: [2, 1] }).call(tensor([[[1], [2], [3]]]))).toThrow(
      /cropping1d: nothing is left of the input \[1, 3, 1\]/,
    );
    expect(() => layers.permute({ dims: [0, 1] })).toThrow(/permute: dims is \[0, 1\]/);
    expect(() => layers.zeroPadding2d({ padding: [1, 2, 3] })).toThrow(/2 pairs/);
    expect(() => layers.upSampling1d().call(tensor([[1, 2]]))).toThrow(
      /upSampling1d: received the input shape \[1, 2\]; expected \[batch, steps, channels\]/,
    );
  });
});
