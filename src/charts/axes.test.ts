import { describe, expect, it } from 'vitest';
import { extent, ticksOf, tickText, tickTexts, valueScale, widen } from './axes.ts';
import { fitText, textWidth } from './svg.ts';

describe('extent', () => {
  it('passes over what is not finite, and not positive where asked', () => {
    expect(
      extent([
        [3, Number.NaN],
        [Number.POSITIVE_INFINITY, -1],
      ]),
    ).toEqual([-1, 3]);
    expect(extent([[3, 0, -1, 7]], true)).toEqual([3, 7]);
    expect(extent([[Number.NaN], []])).toBeUndefined();
  });
});

describe('widen', () => {
  it('gives a single value some room', () => {
    expect(widen([1, 2])).toEqual([1, 2]);
    expect(widen([0, 0])).toEqual([-1, 1]);
    expect(widen([10, 10])).toEqual([9, 11]);
    expect(widen([8, 8], true)).toEqual([4, 16]);
  });
});

describe('ticks', () => {
  it('are whole numbers where asked', () => {
    expect(ticksOf(valueScale([1, 3], [0, 100]), 8, true)).toEqual([1, 2, 3]);
  });

  it('are powers of ten over several decades, plain numbers within one', () => {
    const decades = ticksOf(valueScale([1e-6, 100], [0, 100], true), 4);
    expect(decades.map((t) => Math.log10(t))).toEqual([-6, -2, 2].map((t) => expect.closeTo(t)));
    const within = ticksOf(valueScale([2, 5], [0, 100], true), 4);
    expect(within.length).toBeGreaterThan(2);
  });

  it('are written for people', () => {
    expect([0, 0.25, -3, 9999, 12500, 2_000_000, 1e-7, 3e12].map(tickText)).toEqual([
      '0',
      '0.25',
      '−3',
      '9999',
      '12,500',
      '2M',
      '1e-7',
      '3e12',
    ]);
    expect(tickTexts([0, 0.5, 1])).toEqual(['0.0', '0.5', '1.0']);
    expect(tickTexts([0.01, 0.1, 1])).toEqual(['0.01', '0.1', '1']);
    expect(tickTexts([-10, 0, 10])).toEqual(['−10', '0', '10']);
  });
});

describe('fitText', () => {
  it('cuts what is too wide', () => {
    expect(fitText('short', 100, 12)).toBe('short');
    const cut = fitText('a rather long name', 60, 12);
    expect(cut.endsWith('…')).toBe(true);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(60);
  });
});
