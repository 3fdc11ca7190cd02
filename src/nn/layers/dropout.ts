import { fail } from '../../graph/errors.ts';
import { filled, randomUniform } from '../../ops/build.ts';
import { ops } from '../../tensor/lift.ts';
import { SeedGenerator } from '../../tensor/random.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type CallOptions, Layer, type LayerOptions } from './layer.ts';

export interface DropoutOptions extends LayerOptions {
  /** Share of the inputs that is set to zero, in [0, 1). */
  readonly rate: number;
  /** Shape of the mask where it is shared along axes: null for the input's own size. */
  readonly noiseShape?: readonly (number | null)[] | null;
  readonly seed?: number | null;
}

/**
 * In training, sets a random share of the inputs to zero and scales the others by 1/(1-rate), so that
 * the expected sum stays (Srivastava et al. 2014, inverted). Elsewhere the identity.
 */
export class Dropout extends Layer {
  static readonly className = 'Dropout';
  readonly rate: number;
  readonly noiseShape: readonly (number | null)[] | null;
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator;

  constructor(options: DropoutOptions) {
    super(options);
    this.rate = options.rate;
    if (!(this.rate >= 0 && this.rate <= 1)) {
      fail('dropout', `rate is ${options.rate}; expected a number from 0 to 1`);
    }
    this.noiseShape = options.noiseShape ?? null;
    this.seed = options.seed ?? null;
    this.seedGenerator = new SeedGenerator(options.seed ?? undefined);
    this.supportsMasking = true;
    this.built = true;
  }

  /** The shape of the random mask for an input. */
  protected maskShape(x: Tensor): number[] {
    return x.node.shape.map((d, i) => this.noiseShape?.[i] ?? d);
  }

  call(x: Tensor, { training }: CallOptions = {}): Tensor {
    if (!training || this.rate === 0) return x;
    if (this.rate === 1) return x.mul(0);
    const uniform = new Tensor(randomUniform(this.seedGenerator.next().node, this.maskShape(x)));
    const keep = ops.greaterEqual(uniform, this.rate);
    const zero = new Tensor(filled([], 0, x.dtype));
    return ops.where(keep, x.div(1 - this.rate), zero);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      rate: this.rate,
      seed: this.seed,
      noiseShape: this.noiseShape,
    };
  }
}
