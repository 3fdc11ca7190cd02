import { describe, expect, it } from 'vitest';
import { asNDArray } from './array.ts';
import { resizeBilinear } from './image.ts';

const image = asNDArray([
  [[0], [10]],
  [[20], [30]],
]);

describe('resizeBilinear', () => {
  it('keeps an image of the same size, and single colours', () => {
    expect(resizeBilinear(image, [2, 2]).data).toEqual(Float32Array.of(0, 10, 20, 30));
    const plain = asNDArray(
      Array.from({ length: 3 }, () => Array.from({ length: 5 }, () => [1, 2, 3])),
    );
    const resized = resizeBilinear(plain, [7, 2]);
    expect(resized.shape).toEqual([7, 2, 3]);
    expect(Array.from(resized.data.subarray(0, 6))).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('interpolates between pixel centres', () => {
    // tf.image.resize of the same image to 4 x 4: centres at -0.25, 0.25, 0.75, 1.25.
    const row = (base: number): number[] => [base, base + 2.5, base + 7.5, base + 10];
    expect(Array.from(resizeBilinear(image, [4, 4]).data)).toEqual([
      ...row(0),
      ...row(5),
      ...row(15),
      ...row(20),
    ]);
    expect(Array.from(resizeBilinear(image, [1, 1]).data)).toEqual([15]);
  });

  it('needs an image', () => {
    expect(() => resizeBilinear(asNDArray([[1]]), [1, 1])).toThrow('received the shape [1, 1]');
  });
});
