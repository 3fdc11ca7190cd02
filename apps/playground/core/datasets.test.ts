import { describe, expect, it } from 'vitest';
import {
  classificationDatasets,
  generateDataset,
  manyClassDatasets,
  regressionDatasets,
} from './datasets.ts';
import { rowsOf, splitPoints } from './points.ts';

const make = (name: string, noise = 0, classes = 2, seed = 1) =>
  generateDataset(name, { noise, classes, seed });

describe('data sets', () => {
  it.each([...classificationDatasets, ...regressionDatasets])('%s follows its seed', (name) => {
    const [a, b, c] = [make(name), make(name), make(name, 0, 2, 2)];
    expect([...a.x]).toEqual([...b.x]);
    expect([...a.label]).toEqual([...b.label]);
    expect([...a.x]).not.toEqual([...c.x]);
    expect(rowsOf(a).flat().every(Number.isFinite)).toBe(true);
  });

  it('have the numbers of samples of the original', () => {
    for (const name of ['circle', 'xor', 'gauss', 'spiral']) {
      expect(make(name).x.length).toBe(500);
    }
    for (const name of regressionDatasets) expect(make(name).x.length).toBe(1200);
  });

  it('circle: a disc of class 1 below radius 2.5, a ring of class 0 from 3.5 to 5', () => {
    for (const [x, y, label] of rowsOf(make('circle'))) {
      const r = Math.hypot(x, y);
      expect(label === 1 ? r < 2.5001 : r > 3.4999 && r < 5.0001).toBe(true);
    }
  });

  it('circle: noise moves labels, not points', () => {
    const clean = make('circle');
    const noisy = make('circle', 0.5);
    const outside = rowsOf(noisy).filter(([x, y]) => Math.hypot(x, y) > 5.001);
    expect(outside).toEqual([]);
    const wrong = rowsOf(noisy).filter(([x, y, l]) => (Math.hypot(x, y) < 3 ? 1 : 0) !== l);
    expect(wrong.length).toBeGreaterThan(50);
    expect(rowsOf(clean).filter(([x, y, l]) => (Math.hypot(x, y) < 3 ? 1 : 0) !== l)).toEqual([]);
  });

  it('xor: the sign of the product, away from the axes', () => {
    for (const [x, y, label] of rowsOf(make('xor'))) {
      expect(label).toBe(x * y >= 0 ? 1 : 0);
      expect(Math.min(Math.abs(x), Math.abs(y))).toBeGreaterThan(0.29);
    }
  });

  it('gauss: clouds about (2, 2) and (-2, -2), wider with noise', () => {
    const mean = (noise: number) => {
      const rows = rowsOf(make('gauss', noise)).filter((r) => r[2] === 1);
      const m = rows.reduce((s, r) => s + r[0], 0) / rows.length;
      const v = rows.reduce((s, r) => s + (r[0] - m) ** 2, 0) / rows.length;
      return { m, v };
    };
    expect(mean(0).m).toBeCloseTo(2, 0);
    expect(mean(0).v).toBeCloseTo(0.5, 0);
    expect(mean(0.5).v).toBeGreaterThan(3);
  });

  it('spiral: point i lies at radius 5 i / n', () => {
    const radii = rowsOf(make('spiral'))
      .filter((r) => r[2] === 1)
      .map(([x, y]) => Math.hypot(x, y))
      .sort((a, b) => a - b);
    radii.forEach((r, i) => {
      expect(r).toBeCloseTo((5 * i) / 250, 4);
    });
  });

  it('plane: (x + y) / 10; hills: from -1 to 1', () => {
    for (const [x, y, v] of rowsOf(make('plane'))) expect(v).toBeCloseTo((x + y) / 10, 5);
    const values = [...make('hills').label];
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...values)).toBeGreaterThan(0.8);
  });

  it.each(manyClassDatasets)('%s makes as many classes as asked', (name) => {
    for (const classes of [3, 4, 5, 6]) {
      expect(new Set(make(name, 0.05, classes).label).size).toBe(classes);
    }
  });

  it('gates: the truth table', () => {
    const truth = (name: string) => rowsOf(make(name)).map(([x, y, l]) => [x > 0, y > 0, l === 1]);
    for (const [a, b, l] of truth('and')) expect(l).toBe(a && b);
    for (const [a, b, l] of truth('or')) expect(l).toBe(a || b);
    for (const [a, b, l] of truth('gatexor')) expect(l).toBe(a !== b);
  });

  it('refuses names it does not have, also those of every object', () => {
    expect(() => make('constructor')).toThrow(/not one of/);
  });

  it('splits by the share and leaves neither part empty', () => {
    const { train, test } = splitPoints(make('circle'), 30);
    expect([train.x.length, test.x.length]).toEqual([150, 350]);
    const two = {
      x: Float32Array.of(1, 2),
      y: Float32Array.of(1, 2),
      label: Float32Array.of(0, 1),
    };
    expect(splitPoints(two, 10).train.x.length).toBe(1);
    expect(splitPoints(two, 90).test.x.length).toBe(1);
  });
});
