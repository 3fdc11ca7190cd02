import { describe, expect, it } from 'vitest';
import { SeedGenerator, setRandomSeed } from './random.ts';
import { random } from './random-functions.ts';

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((s, v) => s + v, 0) / values.length;

describe('random', () => {
  it('gives new numbers at each call, and the same ones for a seed', async () => {
    setRandomSeed(4);
    const [a, b] = [random.normal([5]), random.normal([5])];
    expect(await a.array()).not.toEqual(await b.array());
    expect(await random.uniform([3], { seed: 9 }).array()).toEqual(
      await random.uniform([3], { seed: 9 }).array(),
    );
    const generator = new SeedGenerator(9);
    const [c, d] = [
      random.uniform([3], { seed: generator }),
      random.uniform([3], { seed: generator }),
    ];
    expect(await c.array()).not.toEqual(await d.array());
    setRandomSeed(4);
    expect(await random.normal([5]).array()).toEqual(await a.array());
  });

  it('has the distribution that was asked for', async () => {
    const u = await random.uniform([10000], { minval: 2, maxval: 4, seed: 1 }).data();
    expect(Math.min(...u)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...u)).toBeLessThan(4);
    expect(mean(u)).toBeCloseTo(3, 1);
    const z = await random.normal([10000], { mean: -1, stddev: 0.5, seed: 2 }).data();
    expect(mean(z)).toBeCloseTo(-1, 1);
    const k = await random.randint([1000], 3, 6, { seed: 3 }).data();
    expect([...new Set(k)].sort()).toEqual([3, 4, 5]);
  });

  it('refuses a shape that is none', () => {
    expect(() => random.uniform([2, -1])).toThrow('the shape is [2, -1]');
  });
});
