/** The larger recipes on little data and for a few steps: everything runs, and leaves what it promises. */
import { type NDArray, optimizers, setRandomSeed } from 'nabla';
import { describe, expect, it } from 'vitest';
import { learn as learnAutoencoder } from '../../recipes/autoencoder.ts';
import {
  Alphabet,
  buildGpt,
  learn as learnGpt,
  ownComments,
  write,
} from '../../recipes/char-gpt.ts';
import { learn as learnSolids, makeSolids } from '../../recipes/conv3d.ts';
import { Gan, learn as learnGan } from '../../recipes/gan.ts';
import { learn as learnText, makeSentences } from '../../recipes/lstm-text.ts';
import { learn as learnCnn } from '../../recipes/mnist-cnn.ts';
import { learn as learnEnsemble } from '../../recipes/mnist-ensemble.ts';
import { distort, gentle } from '../../recipes/shared/augment.ts';
import * as digits from '../../src/data/builtin/digits.ts';
import { train, withContext } from './context.ts';

/** The built-in digits of 8 by 8 pixels, drawn as large as MNIST's. */
function smallDigits(from: number, to: number) {
  const { x, y } = digits.load();
  const count = to - from;
  const data = new Float32Array(count * 784);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < 784; p++) {
      const [row, column] = [Math.floor(p / 28) - 2, (p % 28) - 2];
      const inside = row >= 0 && row < 24 && column >= 0 && column < 24;
      const cell = Math.floor(row / 3) * 8 + Math.floor(column / 3);
      data[i * 784 + p] = inside ? x.data[(from + i) * 64 + cell] / 16 : 0;
    }
  }
  const images = (shape: number[]): NDArray => ({ data, shape, dtype: 'float32' });
  const labels: NDArray = { data: y.data.slice(from, to), shape: [count], dtype: 'int32' };
  return {
    flat: { x: images([count, 784]), y: labels },
    square: { x: images([count, 28, 28, 1]), y: labels },
  };
}

describe('recipes on digits', () => {
  const seen = smallDigits(0, 200);
  const unseen = smallDigits(200, 260);

  it('mnist-cnn', async () => {
    await withContext({ epochs: 3, batchSize: 20, learningRate: 0.003 }, async (context) => {
      const data = { train: seen.square, test: unseen.square };
      const { parameters, epochs, metrics } = await learnCnn(context, data);
      expect(parameters).toBe(320 + 18_496 + 9216 * 128 + 128 + 1290);
      expect(epochs).toBe(3);
      expect(metrics.test?.accuracy).toBeGreaterThan(0.7);
      const files = await context.files();
      expect(files).toEqual(
        expect.arrayContaining(['confusion-matrix.svg', 'curves.svg', 'history.csv']),
      );
      const wrong = Math.round((1 - metrics.test!.accuracy) * 60);
      if (wrong > 0) {
        expect(await context.text('mistakes.svg')).toContain(`${wrong} of 60 test digits`);
      } else expect(files).not.toContain('mistakes.svg');
    });
  });

  it('mnist-ensemble', async () => {
    await withContext({ epochs: 1, batchSize: 20, learningRate: 0.003 }, async (context) => {
      const data = { train: smallDigits(0, 60).square, test: unseen.square };
      const { metrics } = await learnEnsemble(context, data, 2);
      const files = ['errors.svg', 'history-1.csv', 'history-2.csv', 'model-2.keras'];
      expect(await context.files()).toEqual(expect.arrayContaining(files));
      expect(await context.text('errors.svg')).toContain('all together');
      const [, ...rows] = (await context.text('confusion-matrix.csv')).trim().split('\n');
      const counts = rows.map((row) => row.split(',').slice(1).map(Number));
      expect(counts.flat().reduce((a, b) => a + b)).toBe(60);
      const right = counts.reduce((sum, row, i) => sum + row[i], 0);
      expect(metrics.test?.accuracy).toBeCloseTo(right / 60, 6);
    });
  });

  it('distorted digits keep their ink, and follow from the seed', () => {
    const { x } = smallDigits(0, 12).square;
    const distorted = distort(x, gentle, 3);
    expect(distorted.shape).toEqual(x.shape);
    expect(distort(x, gentle, 3).data).toEqual(distorted.data);
    expect(distort(x, gentle, 4).data).not.toEqual(distorted.data);
    const ink = (a: NDArray) => (a.data as Float32Array).reduce((sum, p) => sum + p, 0);
    expect(ink(distorted) / ink(x)).toBeGreaterThan(0.8);
    expect(ink(distorted) / ink(x)).toBeLessThan(1.2);
    const none = { rotation: 0, scale: 0, shear: 0, shift: 0 };
    expect(distort(x, none, 3).data).toEqual(x.data);
  });

  it('autoencoder', async () => {
    await withContext({ epochs: 3, batchSize: 20, learningRate: 0.003 }, async (context) => {
      const data = { train: seen.flat, test: unseen.flat };
      const { loss, metrics } = await learnAutoencoder(context, data);
      expect(loss).toBeLessThan(0.6);
      expect(metrics.test?.loss).toBeLessThan(0.6);
      const picture = await context.text('reconstructions.svg');
      expect(picture.match(/<image/g)).toHaveLength(20);
    });
  });

  it('gan', async () => {
    await withContext({ epochs: 2, batchSize: 50, learningRate: 0.001 }, async (context) => {
      const { parameters, epochs, metrics } = await learnGan(context, seen.flat);
      expect(parameters).toBe(553_488 + 533_505);
      expect(epochs).toBe(2);
      expect(Object.keys(metrics.train!)).toEqual(['generator_loss', 'discriminator_loss']);
      const names = (await context.files()).filter((n) => n.startsWith('samples'));
      expect(names).toEqual(['samples-001.svg', 'samples-002.svg']);
      expect(await context.text(names[0])).not.toBe(await context.text(names[1]));
      expect((await context.text(names[1])).match(/<image/g)).toHaveLength(48);
    });
  });

  it("a step of the gan changes both networks, each by its own loss's gradient", async () => {
    setRandomSeed(1);
    const gan = new Gan(0);
    gan.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }) });
    const values = (model: { getWeights(): Promise<NDArray[]> }) =>
      model.getWeights().then((all) => all.map((w) => [...w.data]));
    const [drawer, teller] = [await values(gan.generator), await values(gan.discriminator)];
    const logs = await gan.trainOnBatch(seen.flat.x);
    expect(logs.generator_loss).toBeGreaterThan(0);
    // A discriminator whose rate is 0 stays as it is, whatever happens to the generator.
    expect(await values(gan.discriminator)).toEqual(teller);
    expect(await values(gan.generator)).not.toEqual(drawer);
  });
});

describe('recipes on sequences and volumes', () => {
  it('conv3d', async () => {
    await withContext({ epochs: 6, batchSize: 20, learningRate: 0.004 }, async (context) => {
      const data = { train: makeSolids(240, 1), test: makeSolids(40, 2) };
      const { metrics } = await learnSolids(context, data);
      expect(metrics.test?.accuracy).toBeGreaterThan(0.4);
      expect((await context.text('solids.svg')).match(/<image/g)).toHaveLength(24);
    });
    expect(makeSolids(4, 1).x.data).toEqual(makeSolids(4, 1).x.data);
    expect(makeSolids(4, 1).x.data).not.toEqual(makeSolids(4, 2).x.data);
  });

  it('time-series', async () => {
    const { exitCode, stderr, result, files, text } = await train(['time-series', '-e', '30']);
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
    // The same month of the year before is wrong by 47.6 thousand on average.
    expect(result.metrics.test.mean_error).toBeLessThan(40);
    expect(files).toContain('forecast.svg');
    const [header, first] = text('forecast.csv').split('\n');
    expect(header.split(',')).toHaveLength(4);
    expect(first).toMatch(/^1959\.000,360,/);
  });

  it('lstm-text', async () => {
    const sentences = makeSentences(400, 3);
    expect(sentences.labels.filter((l) => l === 1).length).toBeGreaterThan(150);
    expect(makeSentences(400, 3)).toEqual(sentences);
    await withContext({ epochs: 2, batchSize: 40, learningRate: 0.01 }, async (context) => {
      const { metrics } = await learnText(context, {
        train: sentences,
        test: makeSentences(50, 4),
        length: 12,
        vocabulary: 60,
      });
      expect(metrics.test?.loss).toBeLessThan(1);
      const rows = (await context.text('predictions.csv')).trim().split('\n');
      expect(rows).toHaveLength(51);
      expect(await context.files()).toContain('confusion-matrix.svg');
    });
  });

  it('char-gpt', async () => {
    const text = 'abc abd '.repeat(300);
    await withContext({ epochs: 2, batchSize: 16, learningRate: 0.01 }, async (context) => {
      const small = { length: 8, size: 16, heads: 2, blocks: 1, samples: 240, written: 24 };
      const { loss, metrics } = await learnGpt(context, text, small);
      // Of eight characters only one, c or d, cannot be known when half of a period has been seen.
      expect(loss).toBeLessThan(0.8);
      expect(metrics.test?.bits_per_character).toBeLessThan(1);
      expect(await context.text('text.txt')).toMatch(/After 1 epoch\n\nabc abd /);
    });
  });

  it('char-gpt looks only back', async () => {
    setRandomSeed(2);
    const gpt = buildGpt({ vocabulary: 5, length: 6, size: 8, heads: 2, blocks: 2 });
    const scores = async (...numbers: number[]) =>
      (
        await gpt.predictOnBatch({ data: Int32Array.from(numbers), shape: [1, 6], dtype: 'int32' })
      ).data();
    const [one, other] = [await scores(1, 2, 3, 4, 0, 1), await scores(1, 2, 3, 0, 3, 3)];
    expect([...one.slice(0, 15)]).toEqual([...other.slice(0, 15)]);
    expect([...one.slice(15, 20)]).not.toEqual([...other.slice(15, 20)]);
  });

  it('char-gpt writes on from a beginning, and reads the comments of the library', async () => {
    const comments = await ownComments();
    expect(comments.length).toBeGreaterThan(20_000);
    expect(comments).not.toMatch(/^\s*\*/m);
    const alphabet = new Alphabet(comments);
    expect(alphabet.decode(alphabet.encode('a layer'))).toBe('a layer');
    const gpt = buildGpt({
      vocabulary: alphabet.characters.length,
      length: 8,
      size: 8,
      heads: 2,
      blocks: 1,
    });
    const options = { count: 12, length: 8, seed: 5 };
    const written = await write(gpt, alphabet, 'The layer ', options);
    expect(written).toMatch(/^The layer /);
    expect(written).toHaveLength(22);
    expect(await write(gpt, alphabet, 'The layer ', options)).toBe(written);
  });
});
