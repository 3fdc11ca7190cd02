import { describe, expect, it } from 'vitest';
import type { NDArray } from '../graph/ndarray.ts';
import { setRandomSeed } from '../tensor/random.ts';
import { asNDArray } from './array.ts';
import { kFold, shuffleRows, stratifiedKFold, trainTestSplit } from './split.ts';
import { createTable, numberColumn } from './table.ts';

const n = 10;
const x = asNDArray(Array.from({ length: n }, (_, i) => [i, 10 * i]));
const names = Array.from({ length: n }, (_, i) => `row ${i}`);

function counts(labels: Iterable<unknown>): Record<string, number> {
  const out: Record<string, number> = {};
  for (const label of labels) out[String(label)] = (out[String(label)] ?? 0) + 1;
  return out;
}

describe('trainTestSplit', () => {
  it('draws the same rows of every input', () => {
    const table = createTable({ i: Array.from({ length: n }, (_, i) => i) });
    const [xTrain, xTest, namesTrain, namesTest, tableTrain, tableTest] = trainTestSplit(
      x,
      names,
      table,
      { testSize: 0.3, seed: 1 },
    );
    const first = (a: NDArray): number[] =>
      Array.from({ length: a.shape[0] }, (_, i) => a.data[2 * i]);
    expect([xTrain.shape, xTest.shape]).toEqual([
      [7, 2],
      [3, 2],
    ]);
    expect(namesTrain).toEqual(first(xTrain).map((i) => `row ${i}`));
    expect(namesTest).toEqual(first(xTest).map((i) => `row ${i}`));
    expect(Array.from(numberColumn(tableTrain, 'i'))).toEqual(first(xTrain));
    expect(Array.from(numberColumn(tableTest, 'i'))).toEqual(first(xTest));
    expect([...first(xTrain), ...first(xTest)].sort((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it('repeats itself for the same seed, and holds a quarter back by default', () => {
    const split = (seed: number): string[] => trainTestSplit(names, { seed })[1];
    expect(split(3)).toEqual(split(3));
    expect(split(3)).toHaveLength(3);
    const different = new Set(Array.from({ length: 20 }, (_, seed) => split(seed).join()));
    expect(different.size).toBeGreaterThan(10);
    expect(trainTestSplit(names)[0]).toHaveLength(7);
  });

  it('follows the global seed when it has none of its own', () => {
    const draw = (): string[][] => [trainTestSplit(names)[1], trainTestSplit(names)[1]];
    setRandomSeed(11);
    const first = draw();
    setRandomSeed(11);
    expect(draw()).toEqual(first);
    expect(draw()).not.toEqual(first);
  });

  it('keeps the order without shuffle', () => {
    expect(trainTestSplit([1, 2, 3, 4, 5], { testSize: 2, shuffle: false })).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('keeps proportions with stratify', () => {
    const labels = Array.from({ length: 100 }, (_, i) => (i < 50 ? 'a' : i < 80 ? 'b' : 'c'));
    const [train, test] = trainTestSplit(labels, { testSize: 0.2, stratify: labels, seed: 2 });
    expect(counts(train)).toEqual({ a: 40, b: 24, c: 16 });
    expect(counts(test)).toEqual({ a: 10, b: 6, c: 4 });
    expect(train.slice(0, 40)).not.toEqual(Array(40).fill('a'));
    // Shares that are not whole, as scikit-learn's train_test_split has them.
    const few = Int32Array.from({ length: 15 }, (_, i) => (i < 7 ? 0 : i < 12 ? 1 : 2));
    const [, fewTest] = trainTestSplit(asNDArray(few), { testSize: 0.3, stratify: few, seed: 2 });
    expect(counts(fewTest.data)).toEqual({ 0: 2, 1: 2, 2: 1 });
  });

  it('says what is wrong', () => {
    expect(() => trainTestSplit(x, [1, 2])).toThrow('the inputs have 10, 2 rows');
    expect(() => trainTestSplit(x, { testSize: 10 })).toThrow('expected between 1 and 9');
    expect(() => trainTestSplit(x, { testSize: 2.5 })).toThrow('testSize 2.5');
    expect(() => trainTestSplit(x, { stratify: names })).toThrow('the rarest with 1 rows');
    expect(() => trainTestSplit(x, { stratify: names, shuffle: false })).toThrow('needs shuffle');
    expect(() => trainTestSplit(x, { stratify: ['a'] })).toThrow('1 labels for 10 rows');
    expect(() => trainTestSplit(x, { stratify: asNDArray([[1, 0]]) })).toThrow('class numbers');
    expect(() => trainTestSplit()).toThrow('received no arrays');
  });

  it('takes typed arrays, and does not mistake other values for options', () => {
    const y = Float32Array.from({ length: n }, (_, i) => i);
    const [, , train, test] = trainTestSplit(names, y);
    expect(train).toBeInstanceOf(Float32Array);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual([...y]);
    const options = { seed: 3 };
    expect(trainTestSplit(y, y, options)[1]).toEqual(trainTestSplit(y, y, options)[3]);
    expect(trainTestSplit(names, undefined as never)).toHaveLength(2);
    class Other {}
    expect(() => trainTestSplit(names, new Other() as never)).toThrow('received an object');
  });
});

describe('kFold', () => {
  it('gives the first folds the rows that are left over', () => {
    const folds = kFold(11, { splits: 3 });
    // scikit-learn's KFold(3)
    expect(folds.map((f) => Array.from(f.test))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10],
    ]);
    expect(Array.from(folds[1].train)).toEqual([0, 1, 2, 3, 8, 9, 10]);
  });

  it('tests every row once when shuffled', () => {
    const folds = kFold(23, { shuffle: true, seed: 4 });
    expect(folds).toHaveLength(5);
    const tested = folds.flatMap((f) => Array.from(f.test)).sort((a, b) => a - b);
    expect(tested).toEqual(Array.from({ length: 23 }, (_, i) => i));
    expect(Array.from(folds[0].test)).not.toEqual([0, 1, 2, 3, 4]);
    expect(kFold(23, { shuffle: true, seed: 4 })).toEqual(folds);
    for (const { train, test } of folds) expect(train.length + test.length).toBe(23);
  });

  it('needs as many rows as folds', () => {
    expect(() => kFold(3)).toThrow('splits is 5, expected 2 to 3');
    expect(() => kFold(3, { splits: 1 })).toThrow('splits is 1');
  });

  it('takes the number of rows, not the rows', () => {
    expect(() => kFold(names as never)).toThrow('received an array of 10');
  });
});

describe('stratifiedKFold', () => {
  const labels = [0, 1, 0, 2, 1, 0, 0, 1, 2, 0, 1, 0, 2];

  it('deals out labels as scikit-learn does', () => {
    const folds = stratifiedKFold(labels, { splits: 3 });
    expect(folds.map((f) => Array.from(f.test))).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ]);
  });

  it('gives every fold its share when shuffled', () => {
    const many = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 'rare' : 'common'));
    const folds = stratifiedKFold(many, { shuffle: true, seed: 1 });
    for (const { test } of folds) {
      expect(counts(Array.from(test, (i) => many[i]))).toEqual({ rare: 20, common: 40 });
    }
    expect(Array.from(folds[0].test)).not.toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it('needs a label with enough rows', () => {
    expect(() => stratifiedKFold(['a', 'a', 'b'], { splits: 3 })).toThrow('expected 2 to 2');
  });
});

describe('shuffleRows', () => {
  it('keeps rows of inputs together', () => {
    const [xs, labels] = shuffleRows([x, names], { seed: 1 });
    expect(labels).not.toEqual(names);
    expect(labels).toEqual(Array.from({ length: n }, (_, i) => `row ${xs.data[2 * i]}`));
    expect([...labels].sort()).toEqual(names);
  });
});
