import { describe, expect, it } from 'vitest';
import { makeTar } from '../../test/support/make-tar.ts';
import { parseImdbArchive, parseImdbReviews } from './imdb.ts';

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('parseImdbReviews', () => {
  const rows = ['test-', 'train-', 'test+', 'train+'].map((t, i) => ({ t, s: i < 2 ? 0 : 1 }));

  it('takes apart the four quarters', () => {
    const { train, test } = parseImdbReviews(json(rows), 1);
    expect(train.texts).toEqual(['train-', 'train+']);
    expect(test.texts).toEqual(['test-', 'test+']);
    expect(train.y).toEqual({ data: Int32Array.of(0, 1), shape: [2], dtype: 'int32' });
  });

  it('refuses other content', () => {
    expect(() => parseImdbReviews(json(rows))).toThrow('received 4 reviews, expected 50000');
    expect(() => parseImdbReviews(json([...rows].reverse()), 1)).toThrow('is not {t: text, s: 0}');
    expect(() => parseImdbReviews(json({}))).toThrow('received object');
  });
});

describe('parseImdbArchive', () => {
  const file = (path: string, content: string) => ({ name: `aclImdb/${path}`, content });

  it('reads labelled reviews and leaves out the rest', () => {
    const archive = makeTar([
      file('README', 'x'),
      file('test/neg/0_2.txt', 'bad'),
      file('test/pos/0_10.txt', 'fine'),
      file('train/unsup/0_0.txt', 'who knows'),
      file('train/neg/0_3.txt', 'dull'),
      file('train/neg/1_1.txt', 'worse'),
      file('train/pos/0_9.txt', 'très bon'),
    ]);
    const { train, test } = parseImdbArchive(archive);
    expect(train.texts).toEqual(['dull', 'worse', 'très bon']);
    expect(Array.from(train.y.data)).toEqual([0, 0, 1]);
    expect(test.texts).toEqual(['bad', 'fine']);
  });

  it('reports an archive without reviews', () => {
    expect(() => parseImdbArchive(makeTar([file('README', 'x')]))).toThrow(
      'no reviews in aclImdb/train/neg',
    );
  });
});
