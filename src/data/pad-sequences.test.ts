import { describe, expect, it } from 'vitest';
import { padSequences } from './pad-sequences.ts';

const rows = ({ data, shape: [n, length] }: ReturnType<typeof padSequences>) =>
  Array.from({ length: n }, (_, i) => [...data.slice(i * length, (i + 1) * length)]);

const sequences = [[1], [2, 3], [4, 5, 6]];

describe('padSequences', () => {
  it('fills up and cuts in front, as in Keras', () => {
    expect(rows(padSequences(sequences))).toEqual([
      [0, 0, 1],
      [0, 2, 3],
      [4, 5, 6],
    ]);
    expect(rows(padSequences(sequences, { maxLength: 2 }))).toEqual([
      [0, 1],
      [2, 3],
      [5, 6],
    ]);
  });

  it('or behind, with another value and dtype', () => {
    const options = { padding: 'post', truncating: 'post', maxLength: 2, value: -1 } as const;
    const padded = padSequences(sequences, { ...options, dtype: 'float32' });
    expect(rows(padded)).toEqual([
      [1, -1],
      [2, 3],
      [4, 5],
    ]);
    expect(padded.dtype).toBe('float32');
    expect(padSequences([]).shape).toEqual([0, 0]);
  });

  it('tells what it does not understand', () => {
    expect(() => padSequences([[1]], { padding: 'front' as any })).toThrow("padding is 'front'");
    expect(() => padSequences([1] as any)).toThrow('expected an array of arrays');
    expect(() => padSequences([[1]], { maxLength: 1.5 })).toThrow('maxLength is 1.5');
  });
});
