import type { DType } from '../../../graph/dtype.ts';
import { fail } from '../../../graph/errors.ts';
import { isTensor, type Tensor, tensor } from '../../../tensor/tensor.ts';
import type { LayerOptions } from '../layer.ts';
import {
  encodeIndices,
  type OutputMode,
  type OutputModeName,
  outputModeConfig,
  outputModeOf,
} from './encoding.ts';
import { fingerprint64, joinFingerprints, sipHash64 } from './fingerprint.ts';
import { HostLayer } from './host-layer.ts';
import { flattenTokens, type Nested, type Token } from './tokens.ts';

/** Categories to a fixed number of bins without a vocabulary: the hash of the text decides. */

export interface HashingOptions extends LayerOptions {
  /** Number of bins, the one of the mask included. */
  readonly numBins: number;
  /** What goes to bin 0, which then nothing else does. None by default. */
  readonly maskValue?: Token | null;
  /** Key of SipHash: a number or two. Without it FarmHash is used. */
  readonly salt?: number | readonly number[] | null;
  /** 'int' by default. */
  readonly outputMode?: OutputModeName;
}

function expectBins(operation: string, bins: number): number {
  if (!(Number.isInteger(bins) && bins > 0)) {
    fail(operation, `numBins is ${bins}; expected a whole number of 1 or more`);
  }
  return bins;
}

/** The dtype of what a hashing layer gives: floats for vectors. */
function dtypeOf(mode: OutputMode, dtype: DType | undefined): DType {
  return mode === 'int' ? 'int32' : dtype === 'float64' ? 'float64' : 'float32';
}

/** Keras writes an integer dtype for indices; layers here have floating-point ones. */
const layerOptions = <O extends LayerOptions>(options: O): O => ({
  ...options,
  dtype: options.dtype === 'float64' ? 'float64' : 'float32',
});

/**
 * Strings and integers to bins, by the same hashes as in Keras: an integer is hashed as its decimal
 * text. Runs on the host: `hashing.apply(['a', 'b'])`.
 */
export class Hashing extends HostLayer {
  static readonly className = 'Hashing';
  readonly numBins: number;
  readonly maskValue: Token | null;
  readonly salt: readonly [number, number] | null;
  readonly outputMode: OutputMode;

  constructor(options: HashingOptions) {
    super(layerOptions(options));
    this.numBins = expectBins('hashing', options.numBins);
    this.maskValue = options.maskValue ?? null;
    const { salt = null } = options;
    const key = typeof salt === 'number' ? [salt, salt] : salt;
    if (key !== null && !(key.length === 2 && key.every(Number.isInteger))) {
      fail('hashing', `salt is ${JSON.stringify(salt)}; expected an integer or two of them`);
    }
    this.salt = key as readonly [number, number] | null;
    this.outputMode = outputModeOf('hashing', options.outputMode ?? 'int', [
      'int',
      'oneHot',
      'multiHot',
      'count',
    ]);
  }

  #bin(value: Token): number {
    const masks = this.maskValue !== null && this.numBins > 1;
    if (masks && value === this.maskValue) return 0;
    const bins = BigInt(this.numBins - (masks ? 1 : 0));
    const text = typeof value === 'number' ? String(Math.trunc(value)) : value;
    const hash = this.salt
      ? sipHash64(text, [BigInt(this.salt[0]), BigInt(this.salt[1])])
      : fingerprint64(text);
    return Number(hash % bins) + (masks ? 1 : 0);
  }

  /** Bins (int32) or vectors of strings or numbers in nested arrays. */
  apply(values: Nested<Token>): Tensor {
    const { flat, shape } = flattenTokens('hashing', values);
    const bins = tensor(
      Int32Array.from(flat, (v) => this.#bin(v)),
      shape,
      'int32',
    );
    return encodeIndices(bins, this.outputMode, this.numBins, dtypeOf(this.outputMode, this.dtype));
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      numBins: this.numBins,
      salt: this.salt,
      maskValue: this.maskValue,
      outputMode: outputModeConfig(this.outputMode),
    };
  }
}

export interface HashedCrossingOptions extends LayerOptions {
  /** Number of bins. */
  readonly numBins: number;
  /** 'int' (by default) or 'oneHot'. */
  readonly outputMode?: OutputModeName;
}

/** The key with which TensorFlow starts to join hashes. */
const CROSSING_KEY = 0xdecafcaffen;

/**
 * Combinations of features to bins: the hash of all features of a row together. Runs on the host:
 * `crossing.apply([['a', 'b'], [1, 2]])` gives a bin for a with 1 and one for b with 2.
 */
export class HashedCrossing extends HostLayer {
  static readonly className = 'HashedCrossing';
  readonly numBins: number;
  readonly outputMode: OutputMode;

  constructor(options: HashedCrossingOptions) {
    super(layerOptions(options));
    this.numBins = expectBins('hashedCrossing', options.numBins);
    this.outputMode = outputModeOf('hashedCrossing', options.outputMode ?? 'int', [
      'int',
      'oneHot',
    ]);
  }

  /** Bins (int32) or vectors of features [n] or [n, 1], two or more of them. */
  apply(features: readonly Nested<Token>[]): Tensor {
    if (!Array.isArray(features) || features.length < 2 || features.some(isTensor)) {
      fail('hashedCrossing', 'expected a list of two or more features in nested arrays');
    }
    const columns = features.map((f) => flattenTokens('hashedCrossing', f));
    const { shape } = columns[0];
    if (
      shape.length > 2 ||
      (shape.length === 2 && shape[1] !== 1) ||
      columns.some((c) => c.shape.join() !== shape.join())
    ) {
      fail(
        'hashedCrossing',
        `received features of the shapes ${columns.map((c) => `[${c.shape.join(', ')}]`).join(', ')}; expected all [n] or all [n, 1]`,
      );
    }
    const bins = columns[0].flat.map((_, row) => {
      const hash = columns.reduce(
        (joined, { flat }) => joinFingerprints(joined, wholeOrHash(flat[row])),
        CROSSING_KEY,
      );
      return Number(hash % BigInt(this.numBins));
    });
    return encodeIndices(
      tensor(Int32Array.from(bins), shape, 'int32'),
      this.outputMode,
      this.numBins,
      dtypeOf(this.outputMode, this.dtype),
    );
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      numBins: this.numBins,
      outputMode: outputModeConfig(this.outputMode),
    };
  }
}

/** Integers stand for themselves, texts for their fingerprint. */
function wholeOrHash(value: Token): bigint {
  if (typeof value === 'string') return fingerprint64(value);
  if (!Number.isInteger(value)) {
    fail('hashedCrossing', `received ${value}; expected integers or strings`);
  }
  return BigInt.asUintN(64, BigInt(value));
}
