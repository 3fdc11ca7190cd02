import { describe, expect, it } from 'vitest';
import { permutation } from './permutation.ts';

describe('permutation', () => {
  it('holds every number once and depends on the seed and the stream alone', () => {
    const order = permutation(1000, 5);
    expect(Int32Array.from(order).sort()).toEqual(Int32Array.from({ length: 1000 }, (_, i) => i));
    expect(permutation(1000, 5)).toEqual(order);
    expect(permutation(1000, 6)).not.toEqual(order);
    expect(permutation(1000, 5, 1)).not.toEqual(order);
  });

  it('puts every number everywhere equally often', () => {
    const n = 6;
    const counts = new Float64Array(n * n);
    const trials = 30_000;
    for (let seed = 0; seed < trials; seed++) {
      permutation(n, seed).forEach((value, place) => {
        counts[place * n + value]++;
      });
    }
    const expected = trials / n;
    // 25 degrees of freedom, standard deviation 7: five of them above.
    const chiSquare = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(60);
  });

  it('takes empty and single', () => {
    expect(permutation(0, 1)).toEqual(new Int32Array());
    expect(permutation(1, 1)).toEqual(Int32Array.of(0));
  });
});
