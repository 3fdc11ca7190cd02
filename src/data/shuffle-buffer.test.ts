import { describe, expect, it } from 'vitest';
import { shuffleRowNumbers } from './shuffle-buffer.ts';

const rows = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

describe('shuffleRowNumbers', () => {
  it('keeps every number, in an order of its seed and stream', () => {
    const order = shuffleRowNumbers(rows(100), 10, 1, 0);
    expect(Int32Array.from(order).sort()).toEqual(rows(100));
    expect(shuffleRowNumbers(rows(100), 10, 1, 0)).toEqual(order);
    expect(shuffleRowNumbers(rows(100), 10, 2, 0)).not.toEqual(order);
    expect(shuffleRowNumbers(rows(100), 10, 1, 1)).not.toEqual(order);
  });

  it('moves nothing forward by more than the buffer', () => {
    shuffleRowNumbers(rows(1000), 20, 3, 0).forEach((row, place) => {
      expect(row - place).toBeLessThanOrEqual(20);
    });
    expect(shuffleRowNumbers(rows(50), 1, 3, 0)).toEqual(rows(50));
  });

  it('makes all orders equally likely when the buffer holds everything', () => {
    const counts = new Map<string, number>();
    const trials = 24_000;
    for (let seed = 0; seed < trials; seed++) {
      const order = shuffleRowNumbers(rows(4), 100, seed, 0).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // 23 degrees of freedom, standard deviation 6.8: five of them above.
    let chiSquare = 0;
    for (const c of counts.values()) chiSquare += (c - 1000) ** 2 / 1000;
    expect(chiSquare).toBeLessThan(57);
  });
});
