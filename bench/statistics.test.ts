import { describe, expect, it } from 'vitest';
import { median, slope } from './statistics.ts';

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the middle two of an even number', () => {
    expect(median([10, 1, 2, 4])).toBe(3);
  });

  it('is not a number without values', () => {
    expect(median([])).toBeNaN();
  });
});

describe('slope', () => {
  it('is exact for points on a line', () => {
    expect(slope([0, 10, 20, 30], [5, 25, 45, 65])).toBeCloseTo(2, 12);
  });

  it('balances points around a line', () => {
    expect(slope([0, 1, 2, 3], [0, 2, 1, 3])).toBeCloseTo(0.8, 12);
  });
});
