import { describe, expect, it } from 'vitest';
import type { NDArray } from '../graph/ndarray.ts';
import { asNDArray } from './array.ts';
import { padElements, stackElements } from './elements.ts';

describe('stackElements', () => {
  it('stacks every leaf of a tree', () => {
    const batch = stackElements([
      { x: asNDArray([1, 2]), y: 3, tags: ['a', true] as const },
      { x: asNDArray([4, 5]), y: 6, tags: ['b', false] as const },
    ]);
    expect(batch.x).toEqual({ data: Float32Array.of(1, 2, 4, 5), shape: [2, 2], dtype: 'float32' });
    expect(batch.y).toEqual({ data: Float32Array.of(3, 6), shape: [2], dtype: 'float32' });
    expect(batch.tags[0]).toEqual(['a', 'b']);
    expect(batch.tags[1]).toEqual({ data: Uint8Array.of(1, 0), shape: [2], dtype: 'bool' });
  });

  it('names the leaf that does not fit', () => {
    const of = (x: unknown): { x: unknown } => ({ x });
    expect(() => stackElements([of(asNDArray([1])), of(asNDArray([1, 2]))])).toThrow(
      'element.x has the shape [1] in the first element and [2] in another',
    );
    const whole: NDArray = { data: Int32Array.of(1), shape: [1], dtype: 'int32' };
    expect(() => stackElements([of(asNDArray([1])), of(whole)])).toThrow('float32 in the first');
    expect(() => stackElements([of(1), of('a')])).toThrow(
      'element.x is 1 in the first element and "a"',
    );
    expect(() => stackElements([of(1), { y: 1 } as never])).toThrow('element.x');
    expect(() => stackElements([[1], [1, 2]])).toThrow('an array of 1 in the first');
    expect(() => stackElements([of(null), of(null)])).toThrow(
      'element.x is null, expected numbers',
    );
  });

  it('takes typed arrays and lists of numbers as arrays, but the element itself as a tuple', () => {
    const typed = stackElements([Float32Array.of(1, 2), Float32Array.of(3, 4)]);
    expect(typed).toEqual(
      asNDArray([
        [1, 2],
        [3, 4],
      ]),
    );
    const pair = stackElements([
      [[1, 2, 3], 0],
      [[4, 5, null], 1],
    ] as [(number | null)[], number][]);
    expect(pair[0]).toEqual(
      asNDArray([
        [1, 2, 3],
        [4, 5, null],
      ]),
    );
    expect(pair[1]).toEqual(asNDArray([0, 1]));
    const named = stackElements([{ x: [[1, 2]], y: Int16Array.of(5) }]);
    expect(named.x.shape).toEqual([1, 1, 2]);
    expect(named.y).toEqual({ data: Int32Array.of(5), shape: [1, 1], dtype: 'int32' });
    expect(() => stackElements([{ x: [1, 2] }, { x: [1] }])).toThrow('element.x has the shape [2]');
    expect(() => stackElements([{ x: new Date() }])).toThrow('element.x is an object');
  });
});

describe('padElements', () => {
  it('fills up every axis at its end', () => {
    const batch = padElements([asNDArray([[1, 2]]), asNDArray([[3], [4], [5]])], {
      paddingValue: -1,
    });
    expect(batch.shape).toEqual([2, 3, 2]);
    expect(Array.from(batch.data)).toEqual([1, 2, -1, -1, -1, -1, 3, -1, 4, -1, 5, -1]);
  });

  it('fills sequences with zeros', () => {
    const batch = padElements([asNDArray([1, 2, 3]), asNDArray([]), asNDArray([4])]);
    expect(batch.shape).toEqual([3, 3]);
    expect(Array.from(batch.data)).toEqual([1, 2, 3, 0, 0, 0, 4, 0, 0]);
  });

  it('needs the same number of axes', () => {
    expect(() => padElements([asNDArray([1]), asNDArray([[1]])])).toThrow('1 axes in the first');
  });

  it('fills up lists of numbers', () => {
    const batch = padElements([{ x: [1, 2, 3] }, { x: [4] }, { x: [] }]);
    expect(batch.x).toEqual(
      asNDArray([
        [1, 2, 3],
        [4, 0, 0],
        [0, 0, 0],
      ]),
    );
  });
});
