import { describe, expect, it } from 'vitest';
import { asNDArray } from './array.ts';
import { MinMaxScaler, StandardScaler, standardize } from './scale.ts';

// Expected values from scikit-learn 1.2.
const x = asNDArray(
  [
    [1, 10, 5],
    [2, null, 5],
    [4, 30, 5],
    [8, 50, 5],
  ],
  'float64',
);

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits = 12): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    if (Number.isNaN(value)) expect(actual[i]).toBeNaN();
    else expect(actual[i]).toBeCloseTo(value, digits);
  });
}

describe('StandardScaler', () => {
  it('agrees with scikit-learn, also on missing values and constant features', () => {
    const scaler = new StandardScaler().fit(x);
    expectClose(scaler.mean, [3.75, 30, 5]);
    expectClose(scaler.scale, [2.680951323690902, 16.32993161855452, 1]);
    const scaled = scaler.transform(x);
    expect(scaled.dtype).toBe('float64');
    expectClose(scaled.data, [
      -1.025755289064345,
      -1.224744871391589,
      0,
      -0.6527533657682196,
      Number.NaN,
      0,
      0.09325048082403138,
      0,
      0,
      1.5852581740085334,
      1.224744871391589,
      0,
    ]);
    expectClose(scaler.inverseTransform(scaled).data, Array.from(x.data));
  });

  it('is not fooled by rounding in a constant feature', () => {
    const constant = new Float64Array(1000).fill(0.1);
    const { values } = standardize({ data: constant, shape: [1000, 1], dtype: 'float64' });
    expect(values.data.every((v) => Math.abs(v) < 1e-9)).toBe(true);
  });

  it('treats later rows as it learned, and keeps shapes', () => {
    const { values, scaler } = standardize([
      [[0], [10]],
      [[2], [30]],
    ]);
    expect(values.shape).toEqual([2, 2, 1]);
    expect(values.data).toEqual(Float32Array.of(-1, -1, 1, 1));
    expect(Array.from(scaler.transform([[[4], [0]]]).data)).toEqual([3, -2]);
    expect(Array.from(new StandardScaler().fitTransform(Int32Array.of(1, 3)).data)).toEqual([
      -1, 1,
    ]);
  });

  it('says what is wrong', () => {
    expect(() => new StandardScaler().transform(x)).toThrow(
      'StandardScaler.transform: nothing learned yet',
    );
    expect(() => new StandardScaler().fit(x).transform([[1, 2]])).toThrow('2 features, fit saw 3');
    expect(() =>
      standardize([
        [1, null],
        [2, null],
      ]),
    ).toThrow('feature 1 has no value');
    expect(() => standardize([])).toThrow('expected at least one row');
  });
});

describe('MinMaxScaler', () => {
  it('agrees with scikit-learn', () => {
    const scaler = new MinMaxScaler({ range: [-1, 1] });
    expectClose(scaler.fitTransform(x).data, [
      -1,
      -1,
      -1,
      -0.7142857142857142,
      Number.NaN,
      -1,
      -0.1428571428571428,
      0,
      -1,
      1,
      1,
      -1,
    ]);
    const later = scaler.transform({
      data: Float64Array.of(16, 0, 7),
      shape: [1, 3],
      dtype: 'float64',
    });
    expectClose(later.data, [3.2857142857142856, -1.5, 3]);
    expectClose(scaler.inverseTransform(later).data, [16, 0, 7]);
  });

  it('clips when told', () => {
    const scaler = new MinMaxScaler({ clip: true }).fit([0, 10]);
    expect(Array.from(scaler.transform([-5, 5, 50]).data)).toEqual([0, 0.5, 1]);
  });

  it('needs a rising range', () => {
    expect(() => new MinMaxScaler({ range: [1, 0] })).toThrow('range is [1, 0]');
  });
});
