import { describe, expect, it } from 'vitest';
import { Imputer, type ImputeStrategy, impute } from './impute.ts';
import { createTable, numberColumn } from './table.ts';

const x = [
  [1, 7],
  [null, 7],
  [3, null],
  [8, 2],
  [3, 2],
];

describe('impute', () => {
  // Expected values from scikit-learn 1.2's SimpleImputer.
  it.each([
    ['mean', 3.75, 4.5],
    ['median', 3, 4.5],
    ['mostFrequent', 3, 2],
  ] as [ImputeStrategy, number, number][])('fills an array with the %s', (strategy, a, b) => {
    const filled = impute(x, { strategy });
    expect(filled.shape).toEqual([5, 2]);
    expect(Array.from(filled.data)).toEqual([1, 7, a, 7, 3, b, 8, 2, 3, 2]);
  });

  it('fills with a constant, and takes the mean by default', () => {
    expect(
      Array.from(impute(x, { strategy: 'constant', fillValue: -1 }).data.subarray(2, 6)),
    ).toEqual([-1, 7, 3, -1]);
    expect(impute(x).data[2]).toBe(3.75);
  });

  it('leaves its input alone', () => {
    const array = { data: Float64Array.of(1, Number.NaN), shape: [2], dtype: 'float64' } as const;
    expect(Array.from(impute(array).data)).toEqual([1, 1]);
    expect(array.data[1]).toBeNaN();
  });

  it('fills tables', () => {
    const table = createTable({ age: [20, null, 40], port: ['S', 'S', null] });
    const ages = impute(table, { columns: ['age'], strategy: 'median' });
    expect(Array.from(numberColumn(ages, 'age'))).toEqual([20, 30, 40]);
    expect(ages.columns.port).toEqual(['S', 'S', null]);
    expect(impute(table, { strategy: 'mostFrequent' }).columns.port).toEqual(['S', 'S', 'S']);
    const named = impute(table, { strategy: 'constant', fillValue: '?', columns: ['port'] });
    expect(named.columns.port).toEqual(['S', 'S', '?']);
    expect(table.columns.age[1]).toBeNaN();
  });

  it('says what is wrong', () => {
    const table = createTable({ age: [20, null], port: ['S', null] });
    expect(() => impute(table)).toThrow('column "port" is text and has no mean');
    expect(() => impute(table, { strategy: 'constant', fillValue: 0 })).toThrow(
      'fillValue 0 does not fit column "port", which holds text',
    );
    expect(() => impute([[null], [null]])).toThrow('feature 0 has no value');
    expect(() => impute(x, { strategy: 'constant' })).toThrow('needs fillValue');
  });
});

describe('Imputer', () => {
  it('fills test data from the training data', () => {
    const imputer = new Imputer({ strategy: 'mean' }).fit(x);
    expect(Array.from(imputer.transform([[null, null]]).data)).toEqual([3.75, 4.5]);
    expect(() => imputer.transform([[1]])).toThrow('rows have 1 features, fit saw 2');
    expect(() => new Imputer().transform(x)).toThrow('call fit first');
  });

  it('does not invent text for gaps that it could not learn about', () => {
    const imputer = new Imputer().fit(createTable({ port: ['S', 'C'] }));
    expect(imputer.transform(createTable({ port: ['Q'] })).columns.port).toEqual(['Q']);
    expect(() => imputer.transform(createTable({ port: ['Q', null] }))).toThrow('"port" has gaps');
  });
});
