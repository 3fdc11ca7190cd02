import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { parseCifar10Png } from './cifar10-png.ts';

const lines = (n: number, width = 1024): Uint8Array =>
  encode({
    width,
    height: n,
    channels: 3,
    data: Uint8Array.from({ length: n * width * 3 }, (_, i) => (i + Math.floor(i / 3072)) % 256),
  });
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('parseCifar10Png', () => {
  it('reads one image from each line', async () => {
    const { x, y } = await parseCifar10Png([lines(2), lines(1)], json([3, 9, 0]), {
      normalize: false,
      oneHot: false,
    });
    expect(x.shape).toEqual([3, 32, 32, 3]);
    expect(Array.from(x.data.subarray(3072, 3075))).toEqual([1, 2, 3]);
    expect(Array.from(x.data.subarray(6144, 6147))).toEqual([0, 1, 2]);
    expect(Array.from(y.data)).toEqual([3, 9, 0]);
    expect((await parseCifar10Png([lines(1)], json([4]))).y.shape).toEqual([1, 10]);
  });

  it('refuses other images and other numbers of labels', async () => {
    await expect(parseCifar10Png([lines(1, 32)], json([1]))).rejects.toThrow('32 x 1 pixels');
    await expect(parseCifar10Png([lines(2)], json([1]))).rejects.toThrow('for 1 labels in all');
    await expect(parseCifar10Png([lines(1)], json([1, 2]))).rejects.toThrow(
      '1 images and 2 labels',
    );
    await expect(parseCifar10Png([lines(1)], json({}))).rejects.toThrow('not a JSON list');
  });
});
