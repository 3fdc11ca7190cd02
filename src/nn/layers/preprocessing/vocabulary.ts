import { fail } from '../../../graph/errors.ts';
import { factoryName } from '../spatial.ts';
import { compareTokens, type Token } from './tokens.ts';

/** The words of a lookup layer, and how they are found. */
export interface Vocabulary<T extends Token> {
  readonly words: readonly T[];
  /** Position of each word among the words. */
  readonly indices: ReadonlyMap<T, number>;
  /** A weight for each index, special tokens included, where the layer has weights. */
  readonly idfWeights: readonly number[] | null;
}

interface LookupLayer<T extends Token> {
  readonly outputMode: string;
  readonly maskToken: T | null;
  readonly oovToken: T;
  readonly invert: boolean;
  readonly maxTokens: number | null;
}

/** Checks words that may begin with the special tokens. */
export function vocabularyOf<T extends Token>(
  layer: LookupLayer<T> & object,
  special: readonly T[],
  tokens: readonly T[],
  weights: readonly number[] | null,
): Vocabulary<T> {
  const where = factoryName(layer);
  const complete = special.length > 0 && special.every((t, i) => tokens[i] === t);
  const words = complete ? tokens.slice(special.length) : [...tokens];
  if (words.length === 0) fail(where, 'the vocabulary is empty; expected one word or more');
  const indices = new Map<T, number>();
  for (const word of words) {
    if (indices.has(word)) {
      fail(where, `the vocabulary has '${word}' twice; expected every word once`);
    }
    if (word === layer.maskToken || (layer.invert && word === layer.oovToken)) {
      fail(
        where,
        `the vocabulary has the special token '${word}' among its words; leave special tokens out, or put all of them first: ${JSON.stringify(special)}`,
      );
    }
    indices.set(word, indices.size);
  }
  const size = special.length + words.length;
  if (layer.maxTokens !== null && size > layer.maxTokens) {
    fail(
      where,
      `the vocabulary has ${size} tokens, maxTokens is ${layer.maxTokens}; raise maxTokens or shorten the vocabulary`,
    );
  }
  if ((layer.outputMode === 'tfIdf') !== (weights !== null)) {
    fail(
      where,
      weights ? "idfWeights need outputMode 'tfIdf'" : "outputMode 'tfIdf' needs idfWeights",
    );
  }
  if (weights && weights.length !== tokens.length) {
    fail(
      where,
      `received ${weights.length} idfWeights for ${tokens.length} tokens; expected one for each`,
    );
  }
  return {
    words,
    indices,
    idfWeights: weights && padWeights(weights, complete ? 0 : special.length),
  };
}

/** Special tokens that have no weight of their own get the mean of the others. */
function padWeights(weights: readonly number[], front: number): number[] {
  const mean = weights.reduce((a, w) => a + w, 0) / weights.length;
  return [...new Array<number>(front).fill(mean), ...weights];
}

/** Counts tokens and the documents that they occur in. */
export class VocabularyCounter<T extends Token> {
  readonly #counts = new Map<T, number>();
  readonly #documents = new Map<T, number>();
  #documentCount = 0;

  /** One more document. */
  add(tokens: readonly T[]): void {
    this.#documentCount++;
    for (const t of tokens) this.#counts.set(t, (this.#counts.get(t) ?? 0) + 1);
    for (const t of new Set(tokens)) this.#documents.set(t, (this.#documents.get(t) ?? 0) + 1);
  }

  /** The most frequent tokens; of equally frequent ones the greater first, as in Keras. */
  words(except: readonly T[], most = Number.POSITIVE_INFINITY): T[] {
    return [...this.#counts]
      .filter(([token]) => !except.includes(token))
      .sort(([a, m], [b, n]) => n - m || compareTokens(b, a))
      .slice(0, Math.max(most, 0))
      .map(([token]) => token);
  }

  /** log(1 + documents / (1 + documents with the word)) for each word. */
  idfWeights(words: readonly T[]): number[] {
    return words.map((w) =>
      Math.log(1 + this.#documentCount / (1 + (this.#documents.get(w) ?? 0))),
    );
  }
}
