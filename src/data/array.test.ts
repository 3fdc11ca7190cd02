import { describe, expect, it } from 'vitest';
import { asNDArray, isNDArray, sliceRows, takeRows } from './array.ts';

describe('asNDArray', () => {
  it('takes nested arrays, typed arrays and NDArrays', () => {
    const array = asNDArray([
      [1, 2, 3],
      [4, 5.5, null],
    ]);
    expect(array.shape).toEqual([2, 3]);
    expect(array.data).toEqual(Float32Array.of(1, 2, 3, 4, 5.5, Number.NaN));
    expect(asNDArray(array)).toBe(array);
    expect(asNDArray([[true], [false]], 'bool').data).toEqual(Uint8Array.of(1, 0));
    expect(asNDArray(Int32Array.of(1, 2))).toEqual({
      data: Int32Array.of(1, 2),
      shape: [2],
      dtype: 'int32',
    });
    expect(asNDArray([]).shape).toEqual([0]);
  });

  it('refuses ragged arrays and other things', () => {
    expect(() => asNDArray([[1, 2], [3]])).toThrow('depth 1 is an array of 1, expected 2 values');
    expect(() => asNDArray([[1], 2] as never)).toThrow('depth 1 is 2, expected 1 values');
    expect(() => asNDArray([1, [2]] as never)).toThrow('found an array of 1, expected numbers');
    expect(() => asNDArray(['a'] as never)).toThrow('found "a", expected numbers');
    expect(() => asNDArray(new Date() as never, 'float32', 'fit')).toThrow(
      'fit: received an object',
    );
  });

  it('takeRows refuses what is no row', () => {
    const three = asNDArray([1, 2, 3]);
    expect(() => takeRows(three, [0, 3])).toThrow('index 3 of an array of 3 rows');
    expect(() => takeRows(three, [-1])).toThrow('index -1');
    expect(() => takeRows(three, [0.5, Number.NaN])).toThrow('index');
  });
});

describe('rows', () => {
  it.each([3, 20])('of %i elements are copied in any order', (width) => {
    const x = asNDArray(Array.from({ length: 4 }, (_, r) => Array(width).fill(r)));
    const taken = takeRows(x, [3, 0, 3]);
    expect(taken.shape).toEqual([3, width]);
    expect([taken.data[0], taken.data[width], taken.data[3 * width - 1]]).toEqual([3, 0, 3]);
    taken.data[0] = 9;
    expect(x.data[3 * width]).toBe(3);
  });

  it('are sliced without copying', () => {
    const x = asNDArray([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const part = sliceRows(x, 1, 3);
    expect(part.shape).toEqual([2, 2]);
    part.data[0] = 9;
    expect(x.data[2]).toBe(9);
  });

  it('of a vector are numbers', () => {
    expect(takeRows(asNDArray(Int32Array.of(5, 6, 7)), [2, 1])).toEqual({
      data: Int32Array.of(7, 6),
      shape: [2],
      dtype: 'int32',
    });
  });
});

describe('isNDArray', () => {
  it('knows its own', () => {
    expect(isNDArray(asNDArray([1]))).toBe(true);
    for (const other of [null, undefined, 1, [1], Float32Array.of(1), { data: [1], shape: [1] }]) {
      expect(isNDArray(other)).toBe(false);
    }
  });
});
