import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import { SeedGenerator } from '../../../tensor/random.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type CallOptions, Layer, type LayerOptions } from '../layer.ts';
import { type DataFormatName, dataFormatConfig, dataFormatOf, factoryName } from '../spatial.ts';

/** Layers that disturb their inputs at random in training and leave them alone elsewhere. */

export interface NoiseOptions extends LayerOptions {
  readonly seed?: number | null;
}

export interface RateOptions extends NoiseOptions {
  /** Share of the inputs that is dropped, from 0 to 1. */
  readonly rate: number;
}

/** A layer with random numbers of its own. `disturb` runs in training only. */
abstract class Noise extends Layer {
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator;

  constructor(options: NoiseOptions) {
    super(options);
    this.seed = options.seed ?? null;
    this.seedGenerator = new SeedGenerator(options.seed ?? undefined);
    this.supportsMasking = true;
    this.built = true;
  }

  protected abstract disturb(x: Tensor): Tensor;

  call(x: Tensor, { training }: CallOptions = {}): Tensor {
    return training ? this.disturb(x) : x;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), seed: this.seed };
  }
}

abstract class RateLayer extends Noise {
  readonly rate: number;

  constructor(options: RateOptions) {
    super(options);
    this.rate = options.rate;
    if (!(this.rate >= 0 && this.rate <= 1)) {
      fail(factoryName(this), `rate is ${options.rate}; expected a number from 0 to 1`);
    }
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate };
  }
}

export interface DropoutOptions extends RateOptions {
  /** Shape of the mask where it is shared along axes: null for the input's own size. */
  readonly noiseShape?: readonly (number | null)[] | null;
}

/**
 * In training, sets a random share of the inputs to zero and scales the others by 1/(1-rate), so that
 * the expected sum stays (Srivastava et al. 2014, inverted). Elsewhere the identity.
 */
export class Dropout extends RateLayer {
  static readonly className = 'Dropout';
  readonly noiseShape: readonly (number | null)[] | null;

  constructor(options: DropoutOptions) {
    super(options);
    this.noiseShape = options.noiseShape ? [...options.noiseShape] : null;
  }

  protected disturb(x: Tensor): Tensor {
    if (this.rate === 0) return x;
    return ops.dropout(this.seedGenerator.next(), x, this.rate, this.noiseShape);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), noiseShape: this.noiseShape };
  }
}

/** Dropout of whole feature maps: all of space shares one decision (Tompson et al. 2014). */
abstract class SpatialDropout extends RateLayer {
  readonly rank: number;
  /** Keras's spelling; kept where it was given, since the one-dimensional layer has none. */
  readonly channelsFirst: boolean;

  constructor(rank: number, options: SpatialDropoutOptions) {
    super(options);
    this.rank = rank;
    this.channelsFirst = dataFormatOf(this, options.dataFormat) === 'channelsFirst';
  }

  protected disturb(x: Tensor): Tensor {
    if (this.rate === 0) return x;
    if (x.rank !== this.rank + 2) {
      fail(
        factoryName(this),
        `received the input shape [${x.shape.map((d) => d ?? 'batch').join(', ')}]; expected ${this.rank + 2} axes`,
      );
    }
    const channels = this.channelsFirst ? 1 : this.rank + 1;
    const shared = x.shape.map((_, i) => (i === 0 || i === channels ? null : 1));
    return ops.dropout(this.seedGenerator.next(), x, this.rate, shared);
  }

  /** Keras's layers of this name refuse to be told whether they are trainable. */
  override getConfig(): Record<string, unknown> {
    const { trainable: _, ...config } = super.getConfig() as Record<string, unknown>;
    return config;
  }
}

export interface SpatialDropoutOptions extends RateOptions {
  /** Where the channels are; behind space by default. */
  readonly dataFormat?: DataFormatName | null;
}

/** Drops whole channels of [batch, steps, channels]. */
export class SpatialDropout1D extends SpatialDropout {
  static readonly className = 'SpatialDropout1D';

  constructor(options: RateOptions) {
    super(1, { ...options, dataFormat: null });
  }
}

/** Drops whole channels of [batch, height, width, channels]. */
export class SpatialDropout2D extends SpatialDropout {
  static readonly className = 'SpatialDropout2D';

  constructor(options: SpatialDropoutOptions) {
    super(2, options);
  }

  override getConfig() {
    return { ...super.getConfig(), dataFormat: formatConfig(this.channelsFirst) };
  }
}

/** Drops whole channels of [batch, depth, height, width, channels]. */
export class SpatialDropout3D extends SpatialDropout {
  static readonly className = 'SpatialDropout3D';

  constructor(options: SpatialDropoutOptions) {
    super(3, options);
  }

  override getConfig() {
    return { ...super.getConfig(), dataFormat: formatConfig(this.channelsFirst) };
  }
}

const formatConfig = (channelsFirst: boolean): string =>
  dataFormatConfig(channelsFirst ? 'channelsFirst' : 'channelsLast');

/** In training, multiplies by normal numbers of mean 1 and variance rate/(1-rate). */
export class GaussianDropout extends RateLayer {
  static readonly className = 'GaussianDropout';

  protected disturb(x: Tensor): Tensor {
    if (this.rate === 0) return x;
    const stddev = Math.sqrt(this.rate / (1 - this.rate));
    const key = this.seedGenerator.next();
    return x.mul(ops.normal(key, x.node.shape, 1, stddev, x.dtype));
  }
}

export interface GaussianNoiseOptions extends NoiseOptions {
  readonly stddev: number;
}

/** In training, adds normal numbers of mean 0. */
export class GaussianNoise extends Noise {
  static readonly className = 'GaussianNoise';
  readonly stddev: number;

  constructor(options: GaussianNoiseOptions) {
    super(options);
    this.stddev = options.stddev;
    if (!(this.stddev >= 0)) {
      fail('gaussianNoise', `stddev is ${options.stddev}; expected a number of 0 or more`);
    }
  }

  protected disturb(x: Tensor): Tensor {
    if (this.stddev === 0) return x;
    const key = this.seedGenerator.next();
    return x.add(ops.normal(key, x.node.shape, 0, this.stddev, x.dtype));
  }

  override getConfig() {
    return { ...super.getConfig(), stddev: this.stddev };
  }
}

/** The value to which selu falls for large negative inputs, -alpha * scale. */
const SATURATION = -1.6732632423543772 * 1.0507009873554805;

/**
 * Dropout for self-normalizing networks: what is dropped takes selu's lowest value, and all is scaled
 * and shifted such that mean and variance stay (Klambauer et al. 2017).
 */
export class AlphaDropout extends RateLayer {
  static readonly className = 'AlphaDropout';
  readonly noiseShape: readonly (number | null)[] | null;

  constructor(options: DropoutOptions) {
    super(options);
    this.noiseShape = options.noiseShape ? [...options.noiseShape] : null;
  }

  protected disturb(x: Tensor): Tensor {
    const { rate } = this;
    if (rate === 0) return x;
    const shape = x.node.shape.map((d, i) => this.noiseShape?.[i] ?? d);
    const kept = ops.greaterEqual(ops.uniform(this.seedGenerator.next(), shape), rate);
    const a = ((1 - rate) * (1 + rate * SATURATION ** 2)) ** -0.5;
    const b = -a * SATURATION * rate;
    return ops.where(kept, x, SATURATION).mul(a).add(b);
  }

  override getConfig() {
    return { ...super.getConfig(), noiseShape: this.noiseShape };
  }
}
