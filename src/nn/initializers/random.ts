import { allocate, type DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { fillUniform } from '../../graph/random.ts';
import { drawSeed } from '../../tensor/random.ts';
import { classNameOf } from '../registry.ts';
import { computeFans, type FanAxes, Initializer } from './initializer.ts';

/** Initializers that draw numbers. An instance gives the same numbers at every call, as in Keras. */

export interface SeedOptions {
  /** For the same numbers in every run; drawn from the global seed by default. */
  readonly seed?: number | null;
}

export abstract class RandomInitializer extends Initializer {
  readonly seed: number | null;
  readonly #key: number;

  constructor({ seed }: SeedOptions = {}) {
    super();
    this.seed = seed ?? null;
    this.#key = (seed ?? drawSeed()) | 0;
  }

  /** `count` numbers in [0, 1); streams of one instance are independent. */
  protected uniforms(count: number, stream = 0): Float32Array {
    const out = new Float32Array(count);
    fillUniform(this.#key, stream, out);
    return out;
  }

  protected uniform(shape: readonly number[], dtype: DType, low: number, high: number): NDArray {
    const size = shape.reduce((p, d) => p * d, 1);
    const data = allocate(dtype, size);
    const u = this.uniforms(size);
    for (let i = 0; i < size; i++) data[i] = low + (high - low) * u[i];
    return { data, shape: [...shape], dtype };
  }

  /** Box and Muller 1958; with `truncate`, values beyond two standard deviations are drawn again. */
  protected normal(
    shape: readonly number[],
    dtype: DType,
    mean: number,
    stddev: number,
    truncate = false,
  ): NDArray {
    const size = shape.reduce((p, d) => p * d, 1);
    const data = allocate(dtype, size);
    let filled = 0;
    for (let stream = 0; filled < size; stream++) {
      const u = this.uniforms(Math.max(2 * (size - filled), 16), stream);
      for (let i = 0; i + 1 < u.length && filled < size; i += 2) {
        const radius = Math.sqrt(-2 * Math.log(1 - u[i]));
        for (const z of [
          radius * Math.cos(2 * Math.PI * u[i + 1]),
          radius * Math.sin(2 * Math.PI * u[i + 1]),
        ]) {
          if (filled < size && !(truncate && Math.abs(z) > 2)) data[filled++] = mean + stddev * z;
        }
      }
    }
    return { data, shape: [...shape], dtype };
  }
}

export interface RandomNormalOptions extends SeedOptions {
  readonly mean?: number;
  readonly stddev?: number;
}

/** Normal distribution. */
export class RandomNormal extends RandomInitializer {
  static readonly className: string = 'RandomNormal';
  readonly mean: number;
  readonly stddev: number;

  constructor(options: RandomNormalOptions = {}) {
    super(options);
    this.mean = options.mean ?? 0;
    this.stddev = options.stddev ?? 0.05;
  }

  initialize(shape: readonly number[], dtype: DType): NDArray {
    return this.normal(shape, dtype, this.mean, this.stddev);
  }

  getConfig() {
    return { mean: this.mean, stddev: this.stddev, seed: this.seed };
  }
}

/** Normal distribution cut off at two standard deviations. */
export class TruncatedNormal extends RandomNormal {
  static override readonly className = 'TruncatedNormal';
  override initialize(shape: readonly number[], dtype: DType): NDArray {
    return this.normal(shape, dtype, this.mean, this.stddev, true);
  }
}

export interface RandomUniformOptions extends SeedOptions {
  readonly minval?: number;
  readonly maxval?: number;
}

/** Uniform distribution. */
export class RandomUniform extends RandomInitializer {
  static readonly className = 'RandomUniform';
  readonly minval: number;
  readonly maxval: number;

  constructor(options: RandomUniformOptions = {}) {
    super(options);
    this.minval = options.minval ?? -0.05;
    this.maxval = options.maxval ?? 0.05;
  }

  initialize(shape: readonly number[], dtype: DType): NDArray {
    return this.uniform(shape, dtype, this.minval, this.maxval);
  }

  getConfig() {
    return { minval: this.minval, maxval: this.maxval, seed: this.seed };
  }
}

export interface ScalingOptions extends SeedOptions, FanAxes {}

export interface VarianceScalingOptions extends ScalingOptions {
  readonly scale?: number;
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAvg' | 'fan_in' | 'fan_out' | 'fan_avg';
  readonly distribution?:
    | 'truncatedNormal'
    | 'untruncatedNormal'
    | 'normal'
    | 'uniform'
    | 'truncated_normal'
    | 'untruncated_normal';
}

/** Standard deviation of a unit normal that is cut off at two. */
const TRUNCATED_STDDEV = 0.8796256610342398;

/**
 * A distribution whose variance is `scale / n`, n the number of inputs, of outputs, or their mean, so
 * that signals keep their size from layer to layer (Glorot and Bengio 2010; He et al. 2015).
 */
export class VarianceScaling extends RandomInitializer {
  static readonly className: string = 'VarianceScaling';
  /** What configurations leave out where it is not given. */
  static readonly options = ['inputAxes', 'outputAxes'];
  readonly scale: number;
  readonly mode: string;
  readonly distribution: string;
  readonly inputAxes: readonly number[] | null;
  readonly outputAxes: readonly number[] | null;

  constructor(options: VarianceScalingOptions = {}) {
    super(options);
    this.inputAxes = options.inputAxes ?? null;
    this.outputAxes = options.outputAxes ?? null;
    if ((this.inputAxes === null) !== (this.outputAxes === null)) {
      fail(classNameOf(this), 'inputAxes and outputAxes go together; received one of them');
    }
    this.scale = options.scale ?? 1;
    this.mode = (options.mode ?? 'fan_in').replace(/[A-Z]/, (c) => `_${c.toLowerCase()}`);
    this.distribution = (options.distribution ?? 'truncated_normal').replace(
      /[A-Z]/,
      (c) => `_${c.toLowerCase()}`,
    );
    if (!(this.scale > 0)) {
      fail('VarianceScaling', `scale is ${this.scale}; expected a positive number`);
    }
    if (!['fan_in', 'fan_out', 'fan_avg'].includes(this.mode)) {
      fail('VarianceScaling', `mode is '${options.mode}'; expected 'fanIn', 'fanOut' or 'fanAvg'`);
    }
    const known = ['truncated_normal', 'untruncated_normal', 'normal', 'uniform'];
    if (!known.includes(this.distribution)) {
      fail(
        'VarianceScaling',
        `distribution is '${options.distribution}'; expected 'truncatedNormal', 'untruncatedNormal' or 'uniform'`,
      );
    }
  }

  initialize(shape: readonly number[], dtype: DType): NDArray {
    const { fanIn, fanOut } = computeFans(shape, this);
    const fans: Record<string, number> = { fan_in: fanIn, fan_out: fanOut };
    const variance = this.scale / Math.max(1, fans[this.mode] ?? (fanIn + fanOut) / 2);
    switch (this.distribution) {
      case 'uniform': {
        const limit = Math.sqrt(3 * variance);
        return this.uniform(shape, dtype, -limit, limit);
      }
      case 'untruncated_normal':
        return this.normal(shape, dtype, 0, Math.sqrt(variance));
      default:
        return this.normal(shape, dtype, 0, Math.sqrt(variance) / TRUNCATED_STDDEV, true);
    }
  }

  getConfig(): Record<string, unknown> {
    const { scale, mode, distribution } = this;
    return { scale, mode, distribution, ...this.commonConfig() };
  }

  /** What initializers with a fixed distribution have, too. Keras before 3.15 does not know the axes. */
  protected commonConfig(): Record<string, unknown> {
    const { seed, inputAxes, outputAxes } = this;
    return { seed, ...(inputAxes ? { inputAxes, outputAxes } : {}) };
  }
}

/** VarianceScaling with everything but the seed and the axes fixed. */
function scaling(
  name: string,
  fixed: VarianceScalingOptions,
): { new (options?: ScalingOptions): VarianceScaling; readonly className: string } {
  return class extends VarianceScaling {
    static override readonly className = name;
    constructor({ seed, inputAxes, outputAxes }: ScalingOptions = {}) {
      super({ ...fixed, seed, inputAxes, outputAxes });
    }
    override getConfig() {
      return this.commonConfig();
    }
  };
}

/** +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010): for tanh and sigmoid. */
export const GlorotUniform = scaling('GlorotUniform', { mode: 'fanAvg', distribution: 'uniform' });
/** Truncated normal with the variance 2 / (inputs + outputs) (Glorot and Bengio 2010). */
export const GlorotNormal = scaling('GlorotNormal', { mode: 'fanAvg' });
/** +-sqrt(6 / inputs) (He et al. 2015): for relu. */
export const HeUniform = scaling('HeUniform', { scale: 2, distribution: 'uniform' });
/** Truncated normal with the variance 2 / inputs (He et al. 2015): for relu. */
export const HeNormal = scaling('HeNormal', { scale: 2 });
/** +-sqrt(3 / inputs) (LeCun et al. 1998). */
export const LecunUniform = scaling('LecunUniform', { distribution: 'uniform' });
/** Truncated normal with the variance 1 / inputs (LeCun et al. 1998): for selu. */
export const LecunNormal = scaling('LecunNormal', {});
