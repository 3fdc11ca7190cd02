import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { Sequential } from '../../src/training/sequential.ts';
import { testLayer } from './harness.ts';

beforeAll(() => registerEngine('js', async () => createJsEngine()));

/** A layer after the way through a file. */
const again = (layer: any): any =>
  layers.deserialize(JSON.parse(JSON.stringify(layers.serialize(layer))));

testLayer('Normalization with given statistics', {
  make: (o) => layers.normalization({ ...o, mean: [1, 2, 3], variance: [4, 1, 0] }),
  input: { shape: [2, 3], values: [1, 3, 3, 5, 2, 3] },
  outputShape: [2, 3],
  masking: true,
});
testLayer('Normalization to be adapted', {
  make: (o) => layers.normalization({ ...o, axis: [1, 2], invert: true }),
  input: [2, 3, 2, 2],
  outputShape: [2, 3, 2, 2],
  nonTrainable: 3,
  masking: true,
});
testLayer('Rescaling', {
  make: (o) => layers.rescaling({ ...o, scale: [1 / 255, 2], offset: -1 }),
  input: { shape: [2, 2], dtype: 'int32', values: [0, 255, 100, 3] },
  outputShape: [2, 2],
  masking: true,
  noGradients: 'the input is integers',
});
testLayer('Rescaling of floats', {
  make: (o) => layers.rescaling({ ...o, scale: 2, offset: -1 }),
  input: [2, 3],
  outputShape: [2, 3],
  masking: true,
});
testLayer('Discretization', {
  make: () => layers.discretization({ binBoundaries: [0, 0.5, 1] }),
  input: [2, 5],
  outputShape: [2, 5],
  outputDType: 'int32',
  noGradients: 'the output is integers',
});
testLayer('Discretization, one-hot', {
  make: () => layers.discretization({ binBoundaries: [0, 0.5, 1], outputMode: 'one_hot' }),
  input: [2, 5],
  outputShape: [2, 5, 4],
  noGradients: 'bins are constant',
});
const indices = { shape: [2, 3], dtype: 'int32', values: [0, 2, 1, 3, 3, 0] } as const;
for (const outputMode of ['oneHot', 'multiHot', 'count'] as const) {
  testLayer(`CategoryEncoding, ${outputMode}`, {
    make: (o) => layers.categoryEncoding({ ...o, numTokens: 4, outputMode }),
    input: indices,
    outputShape: outputMode === 'oneHot' ? [2, 3, 4] : [2, 4],
    noGradients: 'the input is integers',
  });
}
testLayer('IntegerLookup', {
  make: (o) => layers.integerLookup({ ...o, vocabulary: [12, 36, 1138, 42], numOovIndices: 2 }),
  input: { shape: [2, 3], dtype: 'int32', values: [12, 1138, 42, 37, 1000, 36] },
  outputShape: [2, 3],
  outputDType: 'int32',
  noGradients: 'the input is integers',
});
testLayer('IntegerLookup, inverted', {
  make: (o) => layers.integerLookup({ ...o, vocabulary: [12, 36, 1138, 42], invert: true }),
  input: { shape: [2, 3], dtype: 'int32', values: [1, 3, 4, 4, 0, 9] },
  outputShape: [2, 3],
  outputDType: 'int32',
  noGradients: 'the input is integers',
});

describe('Normalization', () => {
  const data = [
    [0, 7, 4],
    [2, 9, 6],
    [0, 7, 4],
    [2, 9, 6],
  ];

  it('takes its statistics from the data', async () => {
    const layer = layers.normalization();
    await layer.adapt(tensor(data));
    expect(await layer.call(tensor([[0, 7, 4]])).array()).toEqual([[-1, -1, -1]]);
    const whole = layers.normalization({ axis: null });
    await whole.adapt([1, 2, 3, 4, 5]);
    const [first] = await whole.call(tensor([1, 2, 3])).array();
    expect(first).toBeCloseTo(-Math.SQRT2, 6);
  });

  it('joins batches of different sizes', async () => {
    const layer = layers.normalization();
    async function* batches() {
      yield data.slice(0, 1);
      yield tensor(data.slice(1));
    }
    await layer.adapt(batches());
    expect(await layer.mean!.array()).toEqual([1, 8, 5]);
    expect(await layer.variance!.array()).toEqual([1, 1, 1]);
  });

  it('undoes itself with invert', async () => {
    const layer = layers.normalization({ invert: true });
    await layer.adapt(data);
    expect(await layer.call(tensor([[1, 2, 3]])).array()).toEqual([[2, 10, 8]]);
  });

  it('refuses data of another shape', async () => {
    const layer = layers.normalization();
    await layer.adapt(data);
    await expect(layer.adapt([[1, 2]])).rejects.toThrow(/received data of the shape \[1, 2\]/);
  });
});

describe('Discretization', () => {
  it('puts numbers into bins', async () => {
    const layer = layers.discretization({ binBoundaries: [0, 0.35, 0.5, 1] });
    const x = tensor([[-1, 0, 0.1, 0.2, 0.4, 0.5, 1, 1.2, 0.98]]);
    expect(await layer.call(x).array()).toEqual([[0, 1, 1, 1, 2, 3, 4, 4, 3]]);
  });

  it('finds boundaries at the quantiles, as Keras does, and keeps them', async () => {
    const x = [
      [-1.5, 1, 3.4, 0.5],
      [0, 3, 1.3, 0],
    ];
    const layer = layers.discretization({ numBins: 4, epsilon: 0.01 });
    expect(() => layer.call(tensor(x))).toThrow(/call adapt\(data\) first/);
    await layer.adapt(x);
    const expected = [
      [0, 2, 3, 2],
      [1, 3, 3, 1],
    ];
    expect(await layer.call(tensor(x)).array()).toEqual(expected);
    expect(await again(layer).call(tensor(x)).array()).toEqual(expected);
  });

  it('encodes the bins', async () => {
    const options = { binBoundaries: [0, 0.5, 1] };
    const count = layers.discretization({ ...options, outputMode: 'count' });
    expect(await count.call(tensor([[0.1, 0.8, 0.9]])).array()).toEqual([[0, 1, 2, 0]]);
    const multi = layers.discretization({ ...options, outputMode: 'multi_hot' });
    const deep = tensor([
      [
        [0.15, 0.75],
        [0.85, 0.45],
      ],
    ]);
    expect(await multi.call(deep).array()).toEqual([
      [
        [0, 1, 1, 0],
        [0, 1, 1, 0],
      ],
    ]);
  });
});

describe('CategoryEncoding', () => {
  it('adds up weights', async () => {
    const layer = layers.categoryEncoding({ numTokens: 4, outputMode: 'count' });
    const x = tensor(Int32Array.of(0, 1, 0, 0, 1, 2, 3, 1), [4, 2]);
    const countWeights = tensor([0.5, 0.25, 0.5, 0.5, 0.25, 0.75, 1, 0.25], [4, 2]);
    expect(await layer.call(x, { countWeights }).array()).toEqual([
      [0.5, 0.25, 0, 0],
      [1, 0, 0, 0],
      [0, 0.25, 0.75, 0],
      [0, 0.25, 0, 1],
    ]);
  });
});

describe('Hashing', () => {
  const letters = [['A'], ['B'], ['C'], ['D'], ['E']];
  const names = ['omar', 'stringer', 'marlo', 'wire', 'skywalker'];

  it("finds Keras's bins with FarmHash", async () => {
    const three = layers.hashing({ numBins: 3 });
    expect(await three.apply(letters).array()).toEqual([[1], [0], [1], [1], [2]]);
    expect(await three.apply([0, 1, 2, 3, 4]).array()).toEqual([1, 0, 1, 0, 2]);
    const two = layers.hashing({ numBins: 2 });
    expect(await two.apply(names).array()).toEqual([0, 0, 1, 0, 0]);
  });

  it("finds Keras's bins with a mask", async () => {
    const empty = layers.hashing({ numBins: 3, maskValue: '' });
    expect(await empty.apply([['A'], ['B'], [''], ['C'], ['D']]).array()).toEqual([
      [1],
      [1],
      [0],
      [2],
      [2],
    ]);
    const omar = layers.hashing({ numBins: 3, maskValue: 'omar' });
    expect(await omar.apply(names).array()).toEqual([0, 1, 2, 1, 1]);
  });

  it("finds Keras's bins with SipHash", async () => {
    const bins = (salt: number | number[], numBins: number, values: any) =>
      again(layers.hashing({ numBins, salt })).apply(values).array();
    expect(await bins([133, 137], 3, letters)).toEqual([[1], [2], [1], [0], [2]]);
    expect(await bins(133, 3, letters)).toEqual([[0], [0], [2], [1], [0]]);
    expect(await bins([133, 137], 2, names)).toEqual([0, 1, 0, 1, 0]);
    expect(await bins([211, 137], 2, names)).toEqual([1, 0, 1, 0, 1]);
    expect(await bins([133, 137], 3, [[0], [1], [2], [3], [4]])).toEqual([[1], [1], [2], [0], [1]]);
  });

  it('encodes the bins', async () => {
    const count = layers.hashing({ numBins: 3, outputMode: 'count' });
    expect(await count.apply([[0, 1, 2, 3, 4]]).array()).toEqual([[2, 2, 1]]);
  });
});

describe('HashedCrossing', () => {
  it("finds Keras's bins", async () => {
    const features = [
      ['A', 'B', 'A', 'B', 'A'],
      [101, 101, 101, 102, 102],
    ];
    const layer = layers.hashedCrossing({ numBins: 5 });
    expect(await layer.apply(features).array()).toEqual([1, 4, 1, 1, 3]);
    const hot = layers.hashedCrossing({ numBins: 5, outputMode: 'one_hot' });
    expect((await again(hot).apply(features).array())[1]).toEqual([0, 0, 0, 0, 1]);
    expect(() => layer.apply([['a']])).toThrow(/two or more features/);
  });
});

describe('IntegerLookup', () => {
  const data = [
    [12, 1138, 42],
    [42, 1000, 36],
  ];

  it('knows its vocabulary, on the host and in a model', async () => {
    const layer = layers.integerLookup({ vocabulary: [12, 36, 1138, 42] });
    const expected = [
      [1, 3, 4],
      [4, 0, 2],
    ];
    expect(await layer.apply(data).array()).toEqual(expected);
    expect(await layer.call(tensor(data, [2, 3], 'int32')).array()).toEqual(expected);
    const back = layers.integerLookup({ vocabulary: layer.getVocabulary(), invert: true });
    expect(await back.apply(expected).array()).toEqual([
      [12, 1138, 42],
      [42, -1, 36],
    ]);
  });

  it('finds its vocabulary', async () => {
    const layer = layers.integerLookup();
    await layer.adapt(data);
    expect(layer.getVocabulary()).toEqual([-1, 42, 1138, 1000, 36, 12]);
    expect(await again(layer).apply(data).array()).toEqual([
      [5, 2, 1],
      [1, 3, 4],
    ]);
  });

  it('spreads unknown integers over several indices', async () => {
    const options = { vocabulary: [12, 36, 1138, 42], numOovIndices: 2 };
    const x = [
      [12, 1138, 42],
      [37, 1000, -1],
    ];
    const layer = layers.integerLookup(options);
    expect(await layer.apply(x).array()).toEqual([
      [2, 4, 5],
      [1, 0, 1],
    ]);
    expect(await layer.call(tensor(x, [2, 3], 'int32')).array()).toEqual([
      [2, 4, 5],
      [1, 0, 1],
    ]);
    const hashed = layers.integerLookup({ ...options, oovMethod: 'farmhash' });
    expect((await hashed.apply(x).array())[0]).toEqual([2, 4, 5]);
    expect(() => hashed.call(tensor(x))).toThrow(/cannot run inside a model/);
  });

  it('weighs words with tfIdf', async () => {
    const x = [
      [12, 1138, 42, 42],
      [42, 7, 36, 7],
    ];
    const layer = layers.integerLookup({
      outputMode: 'tfIdf',
      vocabulary: [-1, 12, 36, 1138, 42],
      idfWeights: [0.875, 0.25, 0.75, 0.5, 0.375],
    });
    const expected = [
      [0, 0.25, 0, 0.5, 0.75],
      [1.75, 0, 0.75, 0, 0.375],
    ];
    expect(await layer.apply(x).array()).toEqual(expected);
    expect(await again(layer).apply(x).array()).toEqual(expected);
    expect(await layer.call(tensor(x, [2, 4], 'int32')).array()).toEqual(expected);
  });

  it('hides masked integers', async () => {
    const options = { vocabulary: [1, 2], maskToken: 0 };
    const ints = layers.integerLookup(options);
    expect(await ints.apply([0, 1, 2, 4]).array()).toEqual([0, 2, 3, 1]);
    expect(await ints.call(tensor([0, 1, 2, 4], [4], 'int32')).array()).toEqual([0, 2, 3, 1]);
    const hot = layers.integerLookup({
      ...options,
      outputMode: 'multi_hot',
      maxTokens: 5,
      padToMaxTokens: true,
    });
    expect(await hot.apply([0, 1, 2]).array()).toEqual([0, 1, 1, 0, 0]);
  });
});

describe('StringLookup', () => {
  const data = [
    ['a', 'c', 'd'],
    ['d', 'z', 'b'],
  ];

  it('knows its vocabulary, there and back', async () => {
    const vocabulary = ['a', 'b', 'c', 'd'];
    const layer = layers.stringLookup({ vocabulary });
    const found = layer.apply(data);
    expect(await found.array()).toEqual([
      [1, 3, 4],
      [4, 0, 2],
    ]);
    const back = layers.stringLookup({ vocabulary, invert: true });
    expect(back.apply(await found.array())).toEqual([
      ['a', 'c', 'd'],
      ['d', '[UNK]', 'b'],
    ]);
  });

  it('finds its vocabulary: frequent words first, ties in falling order', async () => {
    const layer = layers.stringLookup();
    await layer.adapt(data);
    expect(layer.getVocabulary()).toEqual(['[UNK]', 'd', 'z', 'c', 'b', 'a']);
    const few = layers.stringLookup({ maxTokens: 3 });
    await few.adapt([
      ['a', 'a', 'b'],
      ['c', 'c', '[UNK]'],
    ]);
    expect(few.getVocabulary()).toEqual(['[UNK]', 'c', 'a']);
  });

  it('shares unknown words out by their hash, as Keras does', async () => {
    const layer = layers.stringLookup({ vocabulary: ['a', 'b', 'c', 'd'], numOovIndices: 2 });
    expect(
      await layer
        .apply([
          ['a', 'c', 'd'],
          ['m', 'z', 'b'],
        ])
        .array(),
    ).toEqual([
      [2, 4, 5],
      [0, 1, 3],
    ]);
  });

  it('makes vectors', async () => {
    const options = { vocabulary: ['one', 'two', 'three'], maskToken: '', maxTokens: 7 };
    const batch = [['one', 'two', 'four', 'two']];
    const vectors = (outputMode: 'multiHot' | 'count' | 'oneHot', values: any) =>
      layers
        .stringLookup({ ...options, outputMode })
        .apply(values)
        .array();
    expect(await vectors('multiHot', batch)).toEqual([[1, 1, 1, 0]]);
    expect(await vectors('count', batch)).toEqual([[1, 1, 2, 0]]);
    expect(await vectors('oneHot', ['one', 'four'])).toEqual([
      [0, 1, 0, 0],
      [1, 0, 0, 0],
    ]);
  });

  it('weighs words by how few documents have them', async () => {
    const layer = layers.stringLookup({ outputMode: 'tf_idf', maskToken: '', maxTokens: 7 });
    await layer.adapt([
      ['one', 'one'],
      ['one', 'two'],
      ['two', 'three'],
    ]);
    const rows = await layer
      .apply([
        ['one', 'two'],
        ['two', 'four'],
      ])
      .array();
    const words = layer.getVocabulary();
    expect(words).toEqual(['[UNK]', 'one', 'two', 'three']);
    expect(rows[0][words.indexOf('one')]).toBeCloseTo(Math.LN2, 6);
    expect(rows[1][0]).toBeCloseTo(0.76752836, 6);
  });

  it('says what is wrong', () => {
    const strict = layers.stringLookup({ vocabulary: ['a'], numOovIndices: 0 });
    expect(() => strict.apply(['b'])).toThrow(/stringLookup: 'b' is not in the vocabulary/);
    expect(() => layers.stringLookup().apply(['b'])).toThrow(/has no vocabulary/);
    expect(() => layers.stringLookup({ vocabulary: ['a', 'a'] })).toThrow(/'a' twice/);
    expect(() => layers.stringLookup({ vocabulary: ['a'], maskToken: 'a' })).toThrow(
      /special token 'a'/,
    );
    expect(() => layers.stringLookup({ vocabulary: ['a', 'b'], maxTokens: 2 })).toThrow(/3 tokens/);
  });
});

describe('TextVectorization', () => {
  const vocabulary = ['foo', 'bar', 'baz'];

  it('finds words and cuts or fills sequences', async () => {
    const layer = layers.textVectorization({ maxTokens: 5000, outputSequenceLength: 4 });
    await layer.adapt(['foo bar', 'bar baz', 'baz bada boom']);
    expect(layer.getVocabulary()).toEqual(['', '[UNK]', 'baz', 'bar', 'foo', 'boom', 'bada']);
    const texts = [['foo qux bar'], ['qux baz']];
    const expected = [
      [4, 1, 3, 0],
      [1, 2, 0, 0],
    ];
    expect(await layer.apply(texts).array()).toEqual(expected);
    expect(await again(layer).apply(texts).array()).toEqual(expected);
    async function* batches() {
      yield ['foo bar', 'bar baz'];
      yield ['baz bada boom'];
    }
    const other = layers.textVectorization();
    await other.adapt(batches());
    expect(other.getVocabulary()).toEqual(layer.getVocabulary());
  });

  it('standardizes texts', async () => {
    const words = ['hello', 'world', 'this', 'is', 'nice', 'test'];
    const text = ['Hello, World!. This is just a nice test!'];
    const strip = layers.textVectorization({ vocabulary: words });
    expect(await strip.apply(text).array()).toEqual([[2, 3, 4, 5, 1, 1, 6, 7]]);
    const lower = layers.textVectorization({
      standardize: 'lower',
      vocabulary: ['hello,', ...words],
    });
    expect(await lower.apply(text).array()).toEqual([[2, 1, 5, 6, 1, 1, 7, 1]]);
    const none = layers.textVectorization({ standardize: null, vocabulary: ['Hello', 'world'] });
    expect(await none.apply(['Hello hello']).array()).toEqual([[2, 1]]);
    const own = layers.textVectorization({
      standardize: (t) => t.replaceAll('-', ' '),
      vocabulary: ['foo', 'bar'],
    });
    expect(await own.apply(['foo-bar']).array()).toEqual([[2, 3]]);
    expect(() => layers.serialize(own)).toThrow(/cannot be saved/);
  });

  it('splits texts and joins n-grams', async () => {
    const letters = layers.textVectorization({ split: 'character', vocabulary: [...'abcde'] });
    expect(await letters.apply(['abcf']).array()).toEqual([[2, 3, 4, 1]]);
    const whole = layers.textVectorization({ split: null, vocabulary });
    expect(await whole.apply([['foo'], ['bar'], ['unknown']]).array()).toEqual([[2], [3], [1]]);
    const grams = layers.textVectorization({ ngrams: [1, 3] });
    await grams.adapt(['foo bar baz']);
    expect(grams.getVocabulary(false).sort()).toEqual(['bar', 'baz', 'foo', 'foo bar baz']);
    expect(layers.textVectorization({ ngrams: 2 }).tokens('a b c')).toEqual([
      'a',
      'b',
      'c',
      'a b',
      'b c',
    ]);
  });

  it('makes vectors', async () => {
    const texts = ['foo bar', 'baz foo foo'];
    const multi = layers.textVectorization({ vocabulary, outputMode: 'multi_hot' });
    expect(await multi.apply(texts).array()).toEqual([
      [0, 1, 1, 0],
      [0, 1, 0, 1],
    ]);
    const count = layers.textVectorization({ vocabulary, outputMode: 'count' });
    expect(await count.apply(texts).array()).toEqual([
      [0, 1, 1, 0],
      [0, 2, 0, 1],
    ]);
    const weighed = layers.textVectorization({
      vocabulary,
      outputMode: 'tf_idf',
      idfWeights: [0.25, 0.5, 0.125],
    });
    expect(await weighed.apply(texts).array()).toEqual([
      [0, 0.25, 0.5, 0],
      [0, 0.5, 0, 0.125],
    ]);
  });

  it('feeds a model', async () => {
    const layer = layers.textVectorization({ vocabulary, outputMode: 'count' });
    const model = new Sequential([layers.dense({ units: 1, inputShape: [4] })]);
    const y = model.call(layer.apply(['foo bar', 'baz']));
    expect(y.shape).toEqual([2, 1]);
  });
});
