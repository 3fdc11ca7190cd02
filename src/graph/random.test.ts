import { describe, expect, it } from 'vitest';
import { fillBits, fillUniform, hashBits } from './random.ts';

const count = 1 << 18;

/** Chi-square statistics of the four bytes of `bits(i)`; 255 degrees of freedom, standard deviation 22.6. */
function byteChiSquares(bits: (i: number) => number): number[] {
  return [0, 8, 16, 24].map((shift) => {
    const counts = new Float64Array(256);
    for (let i = 0; i < count; i++) counts[(bits(i) >>> shift) & 255]++;
    const expected = count / 256;
    return counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
  });
}

function expectUniformBytes(bits: (i: number) => number): void {
  for (const statistic of byteChiSquares(bits)) {
    expect(statistic).toBeGreaterThan(255 - 4.5 * 22.6);
    expect(statistic).toBeLessThan(255 + 4.5 * 22.6);
  }
}

function uniform(key0: number, key1: number, length = count): Float32Array {
  const out = new Float32Array(length);
  fillUniform(key0, key1, out);
  return out;
}

function correlation(a: Float32Array, b: Float32Array, lag: number): number {
  let sum = 0;
  const n = a.length - lag;
  for (let i = 0; i < n; i++) sum += (a[i] - 0.5) * (b[i + lag] - 0.5);
  return (sum / n) * 12;
}

describe('hashBits', () => {
  it('never changes: saved runs depend on these numbers', () => {
    expect([hashBits(0, 0, 0), hashBits(0, 0, 1), hashBits(1, 0, 0), hashBits(0, 1, 0)]).toEqual([
      3718096228, 1874577404, 3740547167, 3690699217,
    ]);
  });

  it('takes keys and counters modulo 2^32', () => {
    expect(hashBits(-1, 0xffffffff, -5)).toBe(hashBits(0xffffffff, -1, 2 ** 32 - 5));
  });

  it('is a permutation of the counters for a fixed key', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 100_000; i++) seen.add(hashBits(3, 4, i));
    expect(seen.size).toBe(100_000);
  });

  it('fills bytes evenly along the counter, along each key word, and over a small grid of all three', () => {
    expectUniformBytes((i) => hashBits(1, 2, i));
    expectUniformBytes((i) => hashBits(i, 0, 0));
    expectUniformBytes((i) => hashBits(7, i, 3));
    expectUniformBytes((i) => hashBits(i & 63, (i >> 6) & 63, i >> 12));
  });

  it('keeps neighbouring keys independent', () => {
    expectUniformBytes((i) => hashBits(0, 0, i) ^ hashBits(1, 0, i));
    expectUniformBytes((i) => hashBits(0, 0, i) ^ hashBits(0, 1, i));
    expectUniformBytes((i) => hashBits(0, i, 9) ^ hashBits(i, 0, 9));
    expectUniformBytes((i) => hashBits(5, 0, i) ^ hashBits(5, 0, i + 1));
  });

  it('changes half of the output bits when one input bit changes', () => {
    const trials = 4000;
    for (let bit = 0; bit < 96; bit++) {
      const flips = new Float64Array(32);
      const mask = 1 << (bit & 31);
      for (let t = 0; t < trials; t++) {
        const [a, b, c] = [hashBits(11, 0, t), hashBits(12, 0, t), hashBits(13, 0, t)];
        const changed =
          bit < 32
            ? hashBits(a ^ mask, b, c)
            : bit < 64
              ? hashBits(a, b ^ mask, c)
              : hashBits(a, b, c ^ mask);
        const difference = changed ^ hashBits(a, b, c);
        for (let o = 0; o < 32; o++) flips[o] += (difference >>> o) & 1;
      }
      // Five standard deviations of a fair coin.
      for (const f of flips) expect(Math.abs(f / trials - 0.5)).toBeLessThan(0.04);
    }
  });
});

describe('fillUniform', () => {
  it('has the mean and the variance of the uniform distribution on [0, 1)', () => {
    const u = uniform(42, 7);
    const mean = u.reduce((a, b) => a + b, 0) / count;
    const variance = u.reduce((a, b) => a + (b - mean) ** 2, 0) / count;
    expect(Math.abs(mean - 0.5)).toBeLessThan((4 * Math.sqrt(1 / 12)) / Math.sqrt(count));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan((4 * Math.sqrt(1 / 180)) / Math.sqrt(count));
    expect(u.every((v) => v >= 0 && v < 1)).toBe(true);
  });

  it('has no serial correlation, nor correlation between streams', () => {
    const limit = 4 / Math.sqrt(count);
    const u = uniform(1, 1);
    for (const lag of [1, 2, 3, 64, 784])
      expect(Math.abs(correlation(u, u, lag))).toBeLessThan(limit);
    for (const other of [uniform(2, 1), uniform(1, 2), uniform(0, 1)]) {
      for (const lag of [0, 1, 2]) expect(Math.abs(correlation(u, other, lag))).toBeLessThan(limit);
    }
  });

  it('is the counter-based function, so that a longer array continues a shorter one', () => {
    const u = uniform(9, 10, 100);
    expect(u[57]).toBe((hashBits(9, 10, 57) >>> 8) / 2 ** 24);
    expect(uniform(9, 10, 30)).toEqual(u.slice(0, 30));
  });
});

describe('fillBits', () => {
  it('is hashBits of each index', () => {
    const bits = new Uint32Array(50);
    fillBits(3, 4, bits);
    expect(Array.from(bits)).toEqual(Array.from({ length: 50 }, (_, i) => hashBits(3, 4, i)));
  });
});
