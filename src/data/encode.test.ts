import { describe, expect, it } from 'vitest';
import { categoriesOf, encodeLabels, getDummies, toCategorical } from './encode.ts';
import { createTable, numberColumn } from './table.ts';

describe('toCategorical', () => {
  it('makes one-hot rows', () => {
    expect(toCategorical([0, 2])).toEqual({
      data: Float32Array.of(1, 0, 0, 0, 0, 1),
      shape: [2, 3],
      dtype: 'float32',
    });
    expect(toCategorical(Int32Array.of(1), 4).shape).toEqual([1, 4]);
  });

  it('drops a last axis of one, and keeps other axes', () => {
    expect(toCategorical([[1], [0]]).shape).toEqual([2, 2]);
    expect(toCategorical([[1, 0, 1]]).shape).toEqual([1, 3, 2]);
  });

  it('refuses what is not a class', () => {
    expect(() => toCategorical([0, -1])).toThrow(
      'found the label -1, expected whole numbers from 0',
    );
    expect(() => toCategorical([0.5])).toThrow('label 0.5');
    expect(() => toCategorical([3], 3)).toThrow('from 0 up to 2');
  });
});

describe('encodeLabels', () => {
  it('numbers labels in sorted order, or as told', () => {
    const { y, classes } = encodeLabels(['dog', 'cat', 'dog']);
    expect(classes).toEqual(['cat', 'dog']);
    expect(y).toEqual({ data: Int32Array.of(1, 0, 1), shape: [3], dtype: 'int32' });
    expect(encodeLabels(Float64Array.of(10, 9)).classes).toEqual([9, 10]);
    expect(Array.from(encodeLabels(['cat'], ['dog', 'cat']).y.data)).toEqual([1]);
    expect(() => encodeLabels(['cow'], classes)).toThrow('"cow", expected one of cat, dog');
  });
});

describe('getDummies', () => {
  const table = createTable({
    colour: ['red', null, 'blue', 'red'],
    size: [1, 2, 3, 4],
    doors: [2, 4, 2, Number.NaN],
  });

  it('encodes text columns behind the others', () => {
    const encoded = getDummies(table);
    expect(encoded.names).toEqual(['size', 'doors', 'colour_blue', 'colour_red']);
    expect(Array.from(numberColumn(encoded, 'colour_blue'))).toEqual([0, 0, 1, 0]);
    expect(Array.from(numberColumn(encoded, 'colour_red'))).toEqual([1, 0, 0, 1]);
  });

  it('encodes numeric columns when named, and drops the first category when told', () => {
    const encoded = getDummies(table, { columns: ['doors', 'colour'], dropFirst: true });
    expect(encoded.names).toEqual(['size', 'doors_4', 'colour_red']);
    expect(Array.from(numberColumn(encoded, 'doors_4'))).toEqual([0, 1, 0, 0]);
  });

  it('takes categories from elsewhere', () => {
    const categories = { colour: ['red', 'green', 'blue'] };
    expect(getDummies(table, { categories }).names.slice(2)).toEqual([
      'colour_red',
      'colour_green',
      'colour_blue',
    ]);
    expect(() => getDummies(table, { categories: { colour: ['red'] } })).toThrow(
      'column "colour" has the value "blue", expected one of red',
    );
  });

  it('refuses unknown columns and names taken', () => {
    expect(() => getDummies(table, { columns: ['weight'] })).toThrow('no column "weight"');
    const taken = createTable({ a: ['x'], a_x: [1] });
    expect(() => getDummies(taken)).toThrow('there is a column "a_x" already');
  });

  it('encodes later data by the categories of the training data', () => {
    const train = createTable({ colour: ['red', 'blue', null], size: [1, 2, 2] });
    const categories = categoriesOf(train);
    expect(categories).toEqual({ colour: ['blue', 'red'] });
    expect(categoriesOf(train, ['size'])).toEqual({ size: [1, 2] });
    const test = createTable({ colour: ['red', 'green'], size: [1, 1] });
    expect(() => getDummies(test, { categories })).toThrow(
      'value "green", expected one of blue, red',
    );
    const encoded = getDummies(test, { categories, unknown: 'ignore' });
    expect(encoded.names).toEqual(['size', 'colour_blue', 'colour_red']);
    expect(encoded.columns.colour_blue).toEqual(Float64Array.of(0, 0));
    expect(encoded.columns.colour_red).toEqual(Float64Array.of(1, 0));
  });
});
