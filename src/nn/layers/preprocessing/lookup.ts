import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import { isTensor, type Tensor, tensor } from '../../../tensor/tensor.ts';
import { type CallOptions, Layer, type LayerOptions } from '../layer.ts';
import { factoryName } from '../spatial.ts';
import {
  encodeIndices,
  type OutputMode,
  type OutputModeName,
  outputModeConfig,
  outputModeOf,
} from './encoding.ts';
import { fingerprint64 } from './fingerprint.ts';
import { callOnHost } from './host-layer.ts';
import {
  type Batches,
  flattenTokens,
  isBatches,
  type Nested,
  nestTokens,
  type Token,
} from './tokens.ts';
import { type Vocabulary, VocabularyCounter, vocabularyOf } from './vocabulary.ts';

/**
 * Tokens to indices: what stands at index i of the vocabulary becomes i. First come the mask token (only
 * for 'int'), then the indices of unknown tokens, then the words, the most frequent first.
 */

/** Indices for unknown words; each is an entry of the vocabulary. */
const LARGEST_OOV = 1 << 20;

export interface LookupOptions<T extends Token> extends LayerOptions {
  /** Largest size of the vocabulary, special tokens included; no limit by default. */
  readonly maxTokens?: number | null;
  /** How many indices unknown tokens share; 1 by default, none makes them an error. */
  readonly numOovIndices?: number;
  /** Stands for missing values: index 0 for 'int', no trace otherwise. None by default. */
  readonly maskToken?: T | null;
  /** What an unknown index is turned back into. */
  readonly oovToken?: T;
  /** The words, where they are known; otherwise `adapt` finds them. */
  readonly vocabulary?: readonly T[] | null;
  /** Weights of the words for 'tfIdf'. */
  readonly idfWeights?: readonly number[] | null;
  /** Turns indices back into tokens. */
  readonly invert?: boolean;
  /** 'int' by default. */
  readonly outputMode?: OutputModeName;
  /** Whether encoded vectors have maxTokens elements even if the vocabulary is smaller. */
  readonly padToMaxTokens?: boolean;
}

export interface IntegerLookupOptions extends LookupOptions<number> {
  /** How unknown integers share several indices: 'floormod' (by default) or 'farmhash'. */
  readonly oovMethod?: 'floormod' | 'farmhash';
}

const outputModes: readonly OutputMode[] = ['int', 'oneHot', 'multiHot', 'count', 'tfIdf'];

abstract class IndexLookup<T extends Token> extends Layer {
  readonly maxTokens: number | null;
  readonly numOovIndices: number;
  readonly maskToken: T | null;
  readonly oovToken: T;
  readonly invert: boolean;
  readonly outputMode: OutputMode;
  readonly padToMaxTokens: boolean;
  #vocabulary: Vocabulary<T> | undefined;

  constructor(options: LookupOptions<T>, oovToken: T) {
    super(options);
    const where = factoryName(this);
    this.maxTokens = options.maxTokens ?? null;
    this.numOovIndices = options.numOovIndices ?? 1;
    this.maskToken = options.maskToken ?? null;
    this.oovToken = options.oovToken ?? oovToken;
    this.invert = options.invert ?? false;
    this.outputMode = outputModeOf(where, options.outputMode ?? 'int', outputModes);
    this.padToMaxTokens = options.padToMaxTokens ?? false;
    this.built = true;
    if (this.maxTokens !== null && !(Number.isInteger(this.maxTokens) && this.maxTokens > 1)) {
      fail(where, `maxTokens is ${this.maxTokens}; expected a whole number of 2 or more`);
    }
    const { numOovIndices: oov } = this;
    if (!(Number.isInteger(oov) && oov >= 0 && oov <= LARGEST_OOV)) {
      fail(where, `numOovIndices is ${oov}; expected a whole number from 0 to ${LARGEST_OOV}`);
    }
    if (this.padToMaxTokens && this.maxTokens === null) {
      fail(where, 'padToMaxTokens needs maxTokens; set both');
    }
    if (this.invert && this.outputMode !== 'int') {
      fail(where, `invert needs outputMode 'int'; received '${this.outputMode}'`);
    }
    if (options.vocabulary) this.setVocabulary(options.vocabulary, options.idfWeights);
  }

  /** Index of the first unknown token. */
  get oovStart(): number {
    return this.maskToken !== null && this.outputMode === 'int' ? 1 : 0;
  }

  /** Index of the first word. */
  get tokenStart(): number {
    return this.oovStart + this.numOovIndices;
  }

  protected get vocabulary(): Vocabulary<T> {
    return (
      this.#vocabulary ??
      fail(
        factoryName(this),
        'the layer has no vocabulary; give it one with the option vocabulary or with adapt(data)',
      )
    );
  }

  /** The words and, for 'tfIdf', their weights. Both may begin with the special tokens. */
  setVocabulary(tokens: readonly T[], idfWeights?: readonly number[] | null): void {
    this.#vocabulary = vocabularyOf(this, this.#specialTokens(), tokens, idfWeights ?? null);
  }

  #specialTokens(): T[] {
    const mask = this.oovStart === 1 ? [this.maskToken as T] : [];
    return [...mask, ...new Array<T>(this.numOovIndices).fill(this.oovToken)];
  }

  /** The tokens by index; without the special ones, the words only. */
  getVocabulary(includeSpecialTokens = true): T[] {
    const words = this.#vocabulary?.words ?? [];
    return includeSpecialTokens ? [...this.#specialTokens(), ...words] : [...words];
  }

  /** Number of indices, those of special tokens included. */
  get vocabularySize(): number {
    return this.tokenStart + this.vocabulary.words.length;
  }

  /**
   * Finds the vocabulary: the words of the data, the most frequent first, ties in falling order. Every
   * row of nested arrays, or every element of a flat one, counts as one document for 'tfIdf'. Large
   * data come as an iterable of batches.
   */
  async adapt(data: Nested<T> | Batches<Nested<T>>): Promise<void> {
    const counter = new VocabularyCounter<T>();
    const add = (batch: Nested<T>) => {
      const { flat, shape } = flattenTokens(factoryName(this), batch);
      const width = shape.length > 1 ? flat.length / Math.max(shape[0], 1) : 1;
      for (let i = 0; i < flat.length; i += width) counter.add(flat.slice(i, i + width));
    };
    if (isBatches(data)) for await (const batch of data) add(batch);
    else add(data);
    this.adaptTo(counter);
  }

  /** The vocabulary of what was counted. */
  adaptTo(counter: VocabularyCounter<T>): void {
    const special = [this.maskToken, this.oovToken].filter((t) => t !== null);
    const most = this.maxTokens === null ? undefined : this.maxTokens - this.tokenStart;
    const words = counter.words(special, most);
    const weights = this.outputMode === 'tfIdf' ? counter.idfWeights(words) : null;
    this.setVocabulary(words, weights);
  }

  /** The index that an unknown token shares with others, counted from 0. */
  protected abstract oovBucket(token: T): number;

  /** The index of one token: -1 for one that leaves no trace. */
  protected indexOf(token: T): number {
    if (token === this.maskToken) return this.outputMode === 'int' ? 0 : -1;
    const word = this.vocabulary.indices.get(token);
    if (word !== undefined) return this.tokenStart + word;
    if (this.numOovIndices === 0) {
      fail(
        factoryName(this),
        `'${token}' is not in the vocabulary; expected one of its ${this.vocabulary.words.length} words, or set numOovIndices to 1 or more`,
      );
    }
    return this.oovStart + (this.numOovIndices === 1 ? 0 : this.oovBucket(token));
  }

  /** Indices as the output mode wants them. */
  protected encode(indices: Tensor): Tensor {
    const depth = this.padToMaxTokens ? this.maxTokens! : this.vocabularySize;
    const encoded = encodeIndices(indices, this.outputMode, depth);
    if (this.outputMode !== 'tfIdf') return encoded;
    const weights = [...this.vocabulary.idfWeights!];
    while (weights.length < depth) weights.push(0);
    return encoded.mul(tensor(weights));
  }

  /** The indices, or vectors, of tokens in nested arrays. */
  protected look(values: Nested<T>): Tensor {
    const { flat, shape } = flattenTokens(factoryName(this), values);
    return this.encode(
      tensor(
        Int32Array.from(flat, (t) => this.indexOf(t)),
        shape,
        'int32',
      ),
    );
  }

  /** The tokens of indices in nested arrays. */
  protected restore(values: Nested<number>): Nested<T> {
    const { flat, shape } = flattenTokens(factoryName(this), values);
    const tokens = this.getVocabulary();
    return nestTokens(
      flat.map((i) => tokens[i] ?? this.oovToken),
      shape,
    );
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      maxTokens: this.maxTokens,
      numOovIndices: this.numOovIndices,
      maskToken: this.maskToken,
      oovToken: this.oovToken,
      // Weights belong to all tokens, so these come with the special ones.
      vocabulary: this.#vocabulary ? this.getVocabulary(this.outputMode === 'tfIdf') : null,
      idfWeights: this.#vocabulary?.idfWeights ?? null,
      invert: this.invert,
      outputMode: outputModeConfig(this.outputMode),
      padToMaxTokens: this.padToMaxTokens,
    };
  }
}

/**
 * Strings to indices, or back with `invert`. Runs on the host: `lookup.apply([['a', 'c'], ['b', 'x']])`.
 */
export class StringLookup extends IndexLookup<string> {
  static readonly className = 'StringLookup';

  constructor(options: LookupOptions<string> = {}) {
    super(options, '[UNK]');
    this.call = callOnHost(this);
  }

  /**
   * Indices (int32) or vectors (float32) of strings in nested arrays; with `invert` strings of indices.
   */
  apply(values: Nested<string>): Tensor;
  apply(values: Nested<number>): Nested<string>;
  apply(values: Nested<any>): Tensor | Nested<string> {
    return this.invert ? this.restore(values) : this.look(values);
  }

  call(inputs: any): any {
    return this.apply(inputs);
  }

  protected oovBucket(token: string): number {
    return Number(fingerprint64(token) % BigInt(this.numOovIndices));
  }
}

/**
 * Integers to indices, or back with `invert`, inside a model or on the host. In a model an integer that
 * is not in the vocabulary gets the index -1 if `numOovIndices` is 0.
 */
export class IntegerLookup extends IndexLookup<number> {
  static readonly className = 'IntegerLookup';
  readonly oovMethod: 'floormod' | 'farmhash';

  constructor(options: IntegerLookupOptions = {}) {
    super(options, -1);
    this.oovMethod = options.oovMethod ?? 'floormod';
    if (this.oovMethod !== 'floormod' && this.oovMethod !== 'farmhash') {
      fail(
        'integerLookup',
        `oovMethod is '${options.oovMethod}'; expected 'floormod' or 'farmhash'`,
      );
    }
  }

  /** Indices (int32) or vectors (float32) of integers; with `invert` integers of indices. */
  apply(values: Nested<number> | Tensor): Tensor {
    if (isTensor(values)) return this.call(values);
    if (!this.invert) return this.look(values);
    const { flat, shape } = flattenTokens('integerLookup', this.restore(values));
    return tensor(Int32Array.from(flat), shape, 'int32');
  }

  call(x: Tensor, _options?: CallOptions): Tensor {
    const values = ops.cast(x, 'int32');
    if (this.invert) {
      const tokens = [...this.getVocabulary(), this.oovToken];
      const known = ops.logicalAnd(
        ops.greaterEqual(values, 0),
        ops.less(values, tokens.length - 1),
      );
      const index = ops.where(known, values, tokens.length - 1);
      return ops.take(integers(tokens), index, 0);
    }
    return this.encode(this.#indices(values));
  }

  /** A binary search in the sorted words. */
  #indices(values: Tensor): Tensor {
    const { words } = this.vocabulary;
    const order = words.map((_, i) => i).sort((a, b) => words[a] - words[b]);
    const sorted = integers(order.map((i) => words[i]));
    const place = ops.minimum(ops.searchsorted(sorted, values), words.length - 1);
    const known = ops.equal(ops.take(sorted, place, 0), values);
    const found = ops.take(integers(order), place, 0).add(this.tokenStart);
    const index = ops.where(known, found, this.#unknown(values));
    if (this.maskToken === null) return index;
    const masked = ops.equal(values, this.maskToken);
    return ops.where(masked, this.outputMode === 'int' ? 0 : -1, index);
  }

  #unknown(values: Tensor): Tensor {
    if (this.numOovIndices === 0) return ops.fullLike(values, -1);
    if (this.numOovIndices === 1) return ops.fullLike(values, this.oovStart);
    if (this.oovMethod === 'farmhash') {
      fail(
        'integerLookup',
        "oovMethod 'farmhash' hashes text and cannot run inside a model; use apply(values) on the data before, or 'floormod'",
      );
    }
    return ops.mod(values, this.numOovIndices).add(this.oovStart);
  }

  protected oovBucket(token: number): number {
    const n = this.numOovIndices;
    if (this.oovMethod === 'farmhash') return Number(fingerprint64(String(token)) % BigInt(n));
    return ((token % n) + n) % n;
  }

  override getConfig() {
    return { ...super.getConfig(), vocabularyDtype: 'int64', oovMethod: this.oovMethod };
  }
}

const integers = (values: readonly number[]): Tensor =>
  tensor(Int32Array.from(values), [values.length], 'int32');
