import { describe, expect, it } from 'vitest';
import type { NDArray } from '../graph/ndarray.ts';
import { scoreClasses } from './class-scores.ts';

const array = (values: number[], shape: number[]): NDArray => ({
  data: Float32Array.from(values),
  shape,
  dtype: 'float32',
});

const matrix = (targets: NDArray, outputs: NDArray) =>
  scoreClasses(targets, outputs, [])?.confusionMatrix;

const chances = array([0.7, 0.2, 0.1, 0.1, 0.2, 0.7], [2, 3]);

describe('scoreClasses', () => {
  it('takes class numbers, in one axis or two, and one-hot rows', () => {
    const expected = [
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 0],
    ];
    expect(matrix(array([0, 1], [2]), chances)).toEqual(expected);
    expect(matrix(array([0, 1], [2, 1]), chances)).toEqual(expected);
    expect(matrix(array([1, 0, 0, 0, 1, 0], [2, 3]), chances)).toEqual(expected);
  });

  it('takes a single output for the chance of the second class', () => {
    const expected = [
      [1, 1],
      [0, 1],
    ];
    expect(matrix(array([0, 0, 1], [3]), array([0.2, 0.8, 0.6], [3, 1]))).toEqual(expected);
    // Also where every chance is a whole number.
    expect(matrix(array([0, 0, 1], [3, 1]), array([0, 1, 1], [3, 1]))).toEqual(expected);
  });

  it('names the classes where there is a name for each', () => {
    const named = scoreClasses(array([0, 1], [2]), chances, ['a', 'b', 'c']);
    expect(named?.classes.map((c) => c.name)).toEqual(['a', 'b', 'c']);
    const numbered = scoreClasses(array([0, 1], [2]), chances, ['a', 'b']);
    expect(numbered?.classes.map((c) => c.name)).toEqual(['0', '1', '2']);
  });

  it.each([
    ['soft targets', array([0.9, 0.1, 0, 0, 0, 1], [2, 3])],
    ['several labels in a row', array([1, 1, 0, 0, 0, 1], [2, 3])],
    ['another width', array([1, 0, 0, 1], [2, 2])],
    ['classes that the model does not have', array([0, 3], [2])],
    ['numbers', array([0.5, 1.5], [2])],
  ])('has none for %s', (_what, targets) => {
    expect(matrix(targets, chances)).toBeUndefined();
  });
});
