import { describe, expect, it } from 'vitest';
import { expFloat32, sigmoidFloat32, tanhFloat32 } from './exponential.ts';
import { erf, sigmoid } from './special.ts';

/** Numbers of both signs from 1e-9 to 1e4, and around every power of two between table entries. */
function samples(): number[] {
  const list: number[] = [];
  for (let s = 1e-9; s < 1e4; s *= 1.007) list.push(s, -s);
  for (let k = -400; k <= 400; k++) list.push((k * Math.LN2) / 32, (k * Math.LN2) / 32 + 1e-12);
  return list;
}

describe.each([
  ['exp', expFloat32, Math.exp],
  ['tanh', tanhFloat32, Math.tanh],
  ['sigmoid', sigmoidFloat32, sigmoid],
] as const)('%s', (_, fast, exact) => {
  it('is right to 1e-8 wherever float32 has full precision', () => {
    for (const x of samples()) {
      const want = exact(x);
      if (Math.abs(want) < 2 ** -126 || Math.abs(want) > 2 ** 127) continue;
      expect(Math.abs(fast(x) / want - 1)).toBeLessThan(1e-8);
    }
  });

  it('rounds to the float32 of the exact value at the edges', () => {
    for (const x of [0, 88.8, 89, 200, -87, -95, -103, -104, -200, 1e30, Infinity, -Infinity]) {
      expect(Math.fround(fast(x))).toBe(Math.fround(exact(x)));
    }
    expect(fast(Number.NaN)).toBeNaN();
  });
});

describe('erf', () => {
  it.each([
    // Digits from the power series and the continued fraction of erfc with 30 decimals.
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [5, 0.9999999999984626],
  ])('erf(%f) is %f', (x, value) => {
    expect(Math.abs(erf(x) - value)).toBeLessThan(2.3e-16);
    expect(erf(-x)).toBe(-erf(x));
  });
});
