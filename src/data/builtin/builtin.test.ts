import { describe, expect, it } from 'vitest';
import type { NDArray } from '../../graph/ndarray.ts';
import {
  airlinePassengers,
  autoMpg,
  breastCancer,
  diabetes,
  digits,
  iris,
  sunspots,
  titanic,
  wages,
  wine,
} from './index.ts';

function row(x: NDArray, i: number): number[] {
  const width = x.shape[1];
  return Array.from(x.data.subarray(i * width, (i + 1) * width), (v) => Number(v.toPrecision(6)));
}

function columnSum(x: NDArray, column: number): number {
  let sum = 0;
  for (let i = column; i < x.data.length; i += x.shape[1]) sum += x.data[i];
  return sum;
}

function counts(values: ArrayLike<unknown>): Record<string, number> {
  const out: Record<string, number> = {};
  for (const v of Array.from(values)) out[String(v)] = (out[String(v)] ?? 0) + 1;
  return out;
}

describe('built-in data sets', () => {
  it('iris is as in Fisher 1936', async () => {
    const { x, y, featureNames, targetNames } = await iris.load();
    expect(x.shape).toEqual([150, 4]);
    expect(row(x, 34)).toEqual([4.9, 3.1, 1.5, 0.2]);
    expect(row(x, 37)).toEqual([4.9, 3.6, 1.4, 0.1]);
    [876.5, 458.6, 563.7, 179.9].forEach((sum, c) => {
      expect(columnSum(x, c)).toBeCloseTo(sum, 3);
    });
    expect(y.dtype).toBe('int32');
    expect(counts(y.data)).toEqual({ 0: 50, 1: 50, 2: 50 });
    expect(featureNames).toHaveLength(4);
    expect(targetNames).toEqual(['setosa', 'versicolor', 'virginica']);
  });

  it('hands out one-hot classes when asked', async () => {
    const { y } = await iris.load({ oneHot: true });
    expect(y.shape).toEqual([150, 3]);
    expect(row(y, 149)).toEqual([0, 0, 1]);
  });

  it('wine has 59, 71 and 48 wines', async () => {
    const { x, y, featureNames } = await wine.load();
    expect(x.shape).toEqual([178, 13]);
    expect(featureNames).toHaveLength(13);
    expect(counts(y.data)).toEqual({ 0: 59, 1: 71, 2: 48 });
    // The summary of the UCI repository: mean alcohol 13.0, proline 278 to 1680.
    expect(columnSum(x, 0) / 178).toBeCloseTo(13.0, 1);
    const proline = Array.from({ length: 178 }, (_, i) => x.data[i * 13 + 12]);
    expect([Math.min(...proline), Math.max(...proline)]).toEqual([278, 1680]);
  });

  it('breast cancer has 212 malignant and 357 benign', async () => {
    const { x, y, featureNames, targetNames } = await breastCancer.load();
    expect(x.shape).toEqual([569, 30]);
    expect(featureNames).toHaveLength(30);
    expect(counts(y.data)).toEqual({ 0: 212, 1: 357 });
    expect(targetNames).toEqual(['malignant', 'benign']);
    expect(row(x, 0).slice(0, 4)).toEqual([17.99, 10.38, 122.8, 1001]);
  });

  it('digits are 1797 images of 64 pixels in 0..16', async () => {
    const { x, y } = await digits.load();
    expect(x.shape).toEqual([1797, 64]);
    expect(Array.from(y.data.subarray(0, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(row(x, 0).slice(0, 8)).toEqual([0, 0, 5, 13, 9, 1, 0, 0]);
    expect(x.data.every((v) => v >= 0 && v <= 16)).toBe(true);
    expect(counts(y.data)[3]).toBe(183);
    expect((await digits.load({ flatten: false })).x.shape).toEqual([1797, 8, 8, 1]);
  });

  it('diabetes has unscaled features', async () => {
    const { x, y } = await diabetes.load();
    expect(x.shape).toEqual([442, 10]);
    expect(y.shape).toEqual([442, 1]);
    expect(row(x, 0)).toEqual([59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87]);
    expect(Array.from(y.data.subarray(0, 2))).toEqual([151, 75]);
    expect([Math.min(...y.data), Math.max(...y.data)]).toEqual([25, 346]);
  });

  it('auto MPG gives the known regression of consumption on weight', async () => {
    const { x, y, table, featureNames } = await autoMpg.load();
    expect(table.length).toBe(406);
    expect(Array.from(table.columns.mpg as Float64Array).filter(Number.isNaN)).toHaveLength(8);
    expect(x.shape).toEqual([392, 6]);
    const weight = featureNames.indexOf('weight');
    const lbs = Array.from({ length: 392 }, (_, i) => x.data[i * 6 + weight]);
    const meanLbs = lbs.reduce((a, b) => a + b) / 392;
    const meanMpg = columnSum(y, 0) / 392;
    const covariance = lbs.reduce((sum, w, i) => sum + (w - meanLbs) * (y.data[i] - meanMpg), 0);
    const slope = covariance / lbs.reduce((sum, w) => sum + (w - meanLbs) ** 2, 0);
    expect(slope).toBeCloseTo(-0.0076473, 6);
    expect(meanMpg - slope * meanLbs).toBeCloseTo(46.2165, 3);
    expect(counts(table.columns.origin as string[])).toEqual({ USA: 254, Japan: 79, Europe: 73 });
    expect(table.columns.name).toContain('honda accord');
  });

  it('wages have the true numbers of union members and married people', async () => {
    const { x, y, table } = await wages.load();
    expect(x.shape).toEqual([534, 6]);
    expect(columnSum(y, 0) / 534).toBeCloseTo(9.0241, 4);
    expect(counts(table.columns.union)).toEqual({ 0: 438, 1: 96 });
    expect(counts(table.columns.married)).toEqual({ 0: 184, 1: 350 });
    expect(counts(table.columns.sex)).toEqual({ male: 289, female: 245 });
  });

  it('titanic has 1309 passengers and 500 survivors', async () => {
    const { x, y, table } = await titanic.load();
    expect(table.length).toBe(1309);
    expect(table.names).toHaveLength(14);
    expect(counts(y.data)).toEqual({ 0: 809, 1: 500 });
    expect(columnSum(x, 1)).toBe(466);
    const missing = (column: number): number =>
      Array.from({ length: 1309 }, (_, i) => x.data[i * 6 + column]).filter(Number.isNaN).length;
    expect([0, 1, 2, 3, 4, 5].map(missing)).toEqual([0, 0, 263, 0, 0, 1]);
    expect(counts(table.columns.embarked)).toEqual({ S: 914, C: 270, Q: 123, null: 2 });
    expect(counts(table.columns.cabin).null).toBe(1014);
    expect(table.columns.name[0]).toBe('Allen, Miss. Elisabeth Walton');
    expect(table.columns.ticket[0]).toBe('24160');
  });

  it('airline passengers are 144 months', async () => {
    const { values, times } = await airlinePassengers.load();
    expect(values.shape).toEqual([144]);
    expect([values.data[0], values.data[143]]).toEqual([112, 432]);
    expect(Array.from(values.data).reduce((a, b) => a + b)).toBe(40363);
    expect([times[0], times[12], times[143]]).toEqual(['1949-01', '1950-01', '1960-12']);
  });

  it('sunspots are the years 1700 to 2008', async () => {
    const { values, times } = await sunspots.load();
    expect(values.shape).toEqual([309]);
    expect([times[0], times[308]]).toEqual(['1700', '2008']);
    expect(Array.from(values.data.subarray(0, 3))).toEqual([5, 11, 16]);
    expect(values.data.every((v) => v >= 0 && v < 200)).toBe(true);
  });
});
