import { describe, expect, it } from 'vitest';
import { makeTar } from '../../test/support/make-tar.ts';
import { parseCifar10 } from './cifar10.ts';

/** One image of class `label` whose planes are filled with three values, the first pixel excepted. */
function record(label: number, red: number, green: number, blue: number): Uint8Array {
  const bytes = new Uint8Array(3073);
  bytes[0] = label;
  bytes.fill(red, 1, 1025).fill(green, 1025, 2049).fill(blue, 2049);
  bytes.set([1], 1);
  return bytes;
}

const batches = [1, 2, 3, 4, 5].map((i) => ({
  name: `cifar-10-batches-bin/data_batch_${i}.bin`,
  content: record(i, 10 * i, 20 * i, 30 * i),
}));
const test = { name: 'cifar-10-batches-bin/test_batch.bin', content: record(0, 255, 51, 102) };

describe('parseCifar10', () => {
  it('interleaves the colour planes', () => {
    const { train, test: held } = parseCifar10(makeTar([...batches, test]));
    expect(train.x.shape).toEqual([5, 32, 32, 3]);
    expect(train.y.shape).toEqual([5, 10]);
    expect(held.x.data.subarray(0, 6)).toEqual(Float32Array.of(1 / 255, 0.2, 0.4, 1, 0.2, 0.4));
    const raw = parseCifar10(makeTar([...batches, test]), { normalize: false, oneHot: false });
    expect(Array.from(raw.train.x.data.subarray(4 * 3072 + 3, 4 * 3072 + 6))).toEqual([
      50, 100, 150,
    ]);
    expect(Array.from(raw.train.y.data)).toEqual([1, 2, 3, 4, 5]);
  });

  it('reports a missing and a damaged batch', () => {
    expect(() => parseCifar10(makeTar(batches))).toThrow('test_batch.bin has 0 bytes');
    const short = { ...test, content: test.content.slice(1) };
    expect(() => parseCifar10(makeTar([...batches, short]))).toThrow(
      'test_batch.bin has 3072 bytes',
    );
  });
});
