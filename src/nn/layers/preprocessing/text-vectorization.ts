import { fail } from '../../../graph/errors.ts';
import { type Tensor, tensor } from '../../../tensor/tensor.ts';
import type { LayerOptions } from '../layer.ts';
import { encodeIndices, type OutputModeName, outputModeConfig } from './encoding.ts';
import { HostLayer } from './host-layer.ts';
import { StringLookup } from './lookup.ts';
import { type Batches, flattenTokens, isBatches, type Nested } from './tokens.ts';
import { VocabularyCounter } from './vocabulary.ts';

/** What happens to a text before it is split. */
type Standardization = 'lowerAndStripPunctuation' | 'lower' | 'stripPunctuation';

export interface TextVectorizationOptions extends LayerOptions {
  /** Largest size of the vocabulary, special tokens included; no limit by default. */
  readonly maxTokens?: number | null;
  /** 'lowerAndStripPunctuation' by default; null leaves texts as they are. */
  readonly standardize?:
    | Standardization
    | 'lower_and_strip_punctuation'
    | 'strip_punctuation'
    | ((text: string) => string)
    | null;
  /** 'whitespace' by default; null takes each text as one token. */
  readonly split?: 'whitespace' | 'character' | ((text: string) => readonly string[]) | null;
  /** Joins up to so many neighbouring tokens, or exactly as many as the list says. */
  readonly ngrams?: number | readonly number[] | null;
  /** 'int' by default: one index a token. */
  readonly outputMode?: OutputModeName;
  /** For 'int': texts are cut or filled with 0 to this number of tokens. */
  readonly outputSequenceLength?: number | null;
  readonly padToMaxTokens?: boolean;
  readonly vocabulary?: readonly string[] | null;
  readonly idfWeights?: readonly number[] | null;
}

const standardizations: Readonly<Record<string, (text: string) => string>> = {
  lower: lowerAscii,
  strip_punctuation: stripPunctuation,
  lower_and_strip_punctuation: (text) => stripPunctuation(lowerAscii(text)),
};

/** Only ASCII letters change, as in TensorFlow. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (c) => c.toLowerCase());
}

function stripPunctuation(text: string): string {
  return text.replace(/[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g, '');
}

const splits: Readonly<Record<string, (text: string) => readonly string[]>> = {
  whitespace: (text) => text.split(/[ \t\n\v\f\r]+/).filter((t) => t !== ''),
  character: (text) => Array.from(text),
};

/**
 * Texts to indices of their words, or to vectors of them: standardized, split, joined to n-grams and
 * looked up. Index 0 is padding (for 'int'), 1 an unknown word. Runs on the host:
 * `vectorize.apply(['a text', 'another'])`.
 */
export class TextVectorization extends HostLayer {
  static readonly className = 'TextVectorization';
  readonly standardize: string | null | ((text: string) => string);
  readonly split: string | null | ((text: string) => readonly string[]);
  readonly ngrams: number | readonly number[] | null;
  readonly outputSequenceLength: number | null;
  readonly #lookup: StringLookup;

  constructor(options: TextVectorizationOptions = {}) {
    super(options);
    const { standardize = 'lower_and_strip_punctuation', split = 'whitespace' } = options;
    this.standardize =
      typeof standardize === 'string'
        ? standardize.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
        : standardize;
    this.split = split;
    this.ngrams = options.ngrams ?? null;
    this.outputSequenceLength = options.outputSequenceLength ?? null;
    if (typeof this.standardize === 'string' && !(this.standardize in standardizations)) {
      fail(
        'textVectorization',
        `standardize is '${standardize}'; expected ${Object.keys(standardizations).join(', ')}, a function or null`,
      );
    }
    if (typeof split === 'string' && !(split in splits)) {
      fail(
        'textVectorization',
        `split is '${split}'; expected 'whitespace', 'character', a function or null`,
      );
    }
    this.#lookup = new StringLookup({
      name: `${this.name}_lookup`,
      maxTokens: options.maxTokens,
      maskToken: '',
      vocabulary: options.vocabulary,
      idfWeights: options.idfWeights,
      outputMode: options.outputMode,
      padToMaxTokens: options.padToMaxTokens,
    });
    if (this.#lookup.outputMode !== 'int' && this.outputSequenceLength !== null) {
      fail('textVectorization', "outputSequenceLength needs outputMode 'int'");
    }
  }

  /** Finds the vocabulary of texts, or of batches of them; see {@link StringLookup}. */
  async adapt(texts: Nested<string> | Batches<Nested<string>>): Promise<void> {
    const counter = new VocabularyCounter<string>();
    const add = (batch: Nested<string>) => {
      for (const text of this.#texts(batch)) counter.add(this.tokens(text));
    };
    if (isBatches(texts)) for await (const batch of texts) add(batch);
    else add(texts);
    this.#lookup.adaptTo(counter);
  }

  setVocabulary(words: readonly string[], idfWeights?: readonly number[] | null): void {
    this.#lookup.setVocabulary(words, idfWeights);
  }

  getVocabulary(includeSpecialTokens = true): string[] {
    return this.#lookup.getVocabulary(includeSpecialTokens);
  }

  get vocabularySize(): number {
    return this.#lookup.vocabularySize;
  }

  /** Texts [n] or [n, 1] as a list. */
  #texts(values: Nested<string>): string[] {
    const { flat, shape } = flattenTokens('textVectorization', values);
    if (shape.length > 2 || (shape.length === 2 && shape[1] !== 1)) {
      fail(
        'textVectorization',
        `received texts of the shape [${shape.join(', ')}]; expected [n] or [n, 1]`,
      );
    }
    return flat;
  }

  /** The tokens of one text. */
  tokens(text: string): string[] {
    const { standardize, split, ngrams } = this;
    const standard = typeof standardize === 'string' ? standardizations[standardize] : standardize;
    const cleaned = standard ? standard(text) : text;
    const parts = typeof split === 'string' ? splits[split] : split;
    const tokens = parts ? parts(cleaned) : [cleaned];
    if (ngrams === null) return [...tokens];
    const widths =
      typeof ngrams === 'number' ? Array.from({ length: ngrams }, (_, i) => i + 1) : ngrams;
    return widths.flatMap((width) =>
      Array.from({ length: Math.max(tokens.length - width + 1, 0) }, (_, i) =>
        tokens.slice(i, i + width).join(' '),
      ),
    );
  }

  /** Indices [n, tokens] (int32) or vectors [n, vocabulary] (float32) of n texts. */
  apply(texts: Nested<string>): Tensor {
    const rows = this.#texts(texts).map((text) => this.tokens(text));
    const longest = Math.max(1, ...rows.map((r) => r.length));
    const length = this.outputSequenceLength ?? longest;
    const padding = '';
    const even = rows.map((r) => Array.from({ length }, (_, i) => r[i] ?? padding));
    if (rows.length === 0) return encodeIndices(tensor([], [0, length], 'int32'), 'int', 1);
    return this.#lookup.apply(even);
  }

  override getConfig() {
    if (typeof this.standardize === 'function' || typeof this.split === 'function') {
      fail(
        'textVectorization',
        'a function of your own for standardize or split cannot be saved; use one of the names',
      );
    }
    const lookup = this.#lookup.getConfig();
    return {
      ...super.getConfig(),
      maxTokens: lookup.maxTokens,
      standardize: this.standardize,
      split: this.split,
      ngrams: this.ngrams,
      outputMode: outputModeConfig(this.#lookup.outputMode),
      outputSequenceLength: this.outputSequenceLength,
      padToMaxTokens: lookup.padToMaxTokens,
      vocabulary: lookup.vocabulary,
      idfWeights: lookup.idfWeights,
    };
  }
}
