import { describe, expect, it } from 'vitest';
import { type MnistBytes, parseMnist } from './mnist.ts';

function images(n: number, side = 28): Uint8Array {
  const bytes = new Uint8Array(16 + n * side * side);
  bytes.set([0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, side, 0, 0, 0, side]);
  for (let i = 16; i < bytes.length; i++) bytes[i] = (i - 16) % 256;
  return bytes;
}

function labels(...values: number[]): Uint8Array {
  return Uint8Array.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values);
}

const files: MnistBytes = {
  trainImages: images(2),
  trainLabels: labels(3, 9),
  testImages: images(1),
  testLabels: labels(0),
};

describe('parseMnist', () => {
  it('gives flat pixels in 0..1 and one-hot labels', () => {
    const { train, test } = parseMnist(files);
    expect(train.x.shape).toEqual([2, 784]);
    expect(train.x.data.subarray(0, 3)).toEqual(Float32Array.of(0, 1 / 255, 2 / 255));
    expect(train.x.data[255]).toBe(1);
    expect(train.y.shape).toEqual([2, 10]);
    expect(Array.from(train.y.data)).toEqual([
      0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    ]);
    expect(test.x.shape).toEqual([1, 784]);
  });

  it('gives images with a channel, raw pixels, and class numbers', () => {
    const { train } = parseMnist(files, { flatten: false, normalize: false, oneHot: false });
    expect(train.x.shape).toEqual([2, 28, 28, 1]);
    expect(train.x.dtype).toBe('float32');
    expect(train.x.data[255]).toBe(255);
    expect(train.y).toEqual({ data: Int32Array.of(3, 9), shape: [2], dtype: 'int32' });
  });

  it('checks shapes, counts and labels', () => {
    expect(() => parseMnist({ ...files, trainImages: images(2, 14) })).toThrow(
      'training images have the shape [2, 14, 14]',
    );
    expect(() => parseMnist({ ...files, testLabels: labels(1, 2) })).toThrow(
      'test labels have the shape [2], expected one byte for each of the 1 images',
    );
    expect(() => parseMnist({ ...files, trainLabels: labels(1, 10) })).toThrow('label 1 is 10');
  });
});
