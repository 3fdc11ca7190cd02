import { describe, expect, it } from 'vitest';
import { histogram } from './histogram.ts';

const rows = ({ values, buckets }: ReturnType<typeof histogram>) =>
  Array.from({ length: buckets }, (_, k) => [...values.subarray(3 * k, 3 * k + 3)]);

describe('histogram', () => {
  it('has buckets of equal width; edges belong to the right, the largest value to the last', () => {
    expect(rows(histogram([0, 1, 1.5, 2, 3.9, 4], 4))).toEqual([
      [0, 1, 1],
      [1, 2, 2],
      [2, 3, 1],
      [3, 4, 2],
    ]);
  });

  it('has 30 buckets by default and counts everything', () => {
    const data = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    const all = rows(histogram(data));
    expect(all).toHaveLength(30);
    expect(all.reduce((n, [, , count]) => n + count, 0)).toBe(1000);
    expect(all[0][0]).toBe(Math.min(...data));
    expect(all[29][1]).toBe(Math.max(...data));
  });

  it('puts equal values into the last bucket', () => {
    expect(rows(histogram([2, 2, 2], 3))).toEqual([
      [2, 2, 0],
      [2, 2, 0],
      [2, 2, 3],
    ]);
  });

  it('is zero of nothing, and leaves out what is not finite', () => {
    expect(rows(histogram([], 2))).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(rows(histogram([Number.NaN, 1, Number.POSITIVE_INFINITY, 3], 2))).toEqual([
      [1, 2, 1],
      [2, 3, 1],
    ]);
    expect(() => histogram([1], 0)).toThrow(/0 buckets; give a whole number/);
  });
});
