import { fail } from '../../../../graph/errors.ts';
import { ops } from '../../../../tensor/lift.ts';
import type { Tensor } from '../../../../tensor/tensor.ts';
import {
  type Factor,
  ImageLayer,
  RandomImageLayer,
  type RandomImageOptions,
  type Range,
  rangeOf,
  valueRangeOf,
} from './base.ts';
import {
  RandomBrightness,
  RandomColorDegeneration,
  RandomContrast,
  RandomPosterization,
  RandomSharpness,
  Solarization,
} from './color.ts';
import { RandomRotation, RandomShear, RandomTranslation } from './geometry.ts';
import { AutoContrast, Equalization } from './histogram.ts';

/**
 * Policies: several changes drawn for every image from a list. All of the list are computed and one is
 * kept, so a step costs as much as all together.
 */

interface PolicyOptions extends RandomImageOptions {
  /** The smallest and the largest value of pixels; [0, 255] by default. */
  readonly valueRange?: readonly number[];
  /** Strength from 0 to 1, as of the single layers. */
  readonly factor?: Factor;
  /** 'bilinear' by default. */
  readonly interpolation?: 'nearest' | 'bilinear';
}

abstract class Policy extends RandomImageLayer {
  readonly valueRange: Range;
  readonly factor: Range;
  readonly interpolation: 'nearest' | 'bilinear';

  constructor(options: PolicyOptions, factor: number) {
    super(options);
    this.valueRange = valueRangeOf(this, options.valueRange);
    this.factor = rangeOf(this, 'factor', options.factor ?? factor, [0, 1], (n) => [0, n]);
    this.interpolation = options.interpolation ?? 'bilinear';
  }

  /** The changes to draw from; without those of `colour` if they are not wanted. */
  protected changes(colour: boolean): ImageLayer[] {
    const { valueRange, factor, interpolation, seed, dtype } = this;
    const common = { seed, dtype };
    const move = { ...common, interpolation };
    const values = { ...common, valueRange };
    return [
      new RandomShear({ ...move, xFactor: factor, yFactor: factor }),
      new RandomTranslation({ ...move, heightFactor: factor, widthFactor: factor }),
      new RandomRotation({ ...move, factor }),
      new RandomPosterization({ ...values, factor: Math.max(1, Math.trunc(8 * factor[1])) }),
      new Solarization({ ...values, additionFactor: factor, thresholdFactor: factor }),
      new AutoContrast({ dtype, valueRange }),
      new Equalization({ dtype, valueRange }),
      ...(colour
        ? [
            new RandomBrightness({ ...values, factor }),
            new RandomColorDegeneration({ ...values, factor }),
            new RandomContrast({ ...values, factor }),
            new RandomSharpness({ ...values, factor }),
          ]
        : []),
    ];
  }

  /** One of the changes for each image; none with the chance of one if `orNone`. */
  protected change(images: Tensor, changes: readonly ImageLayer[], orNone: boolean): Tensor {
    const count = changes.length + (orNone ? 1 : 0);
    const which = ops.floor(this.draw(images, [0, count]));
    return changes.reduce<Tensor>((result, layer, i) => {
      const changed = layer.call(images, { training: true });
      return ops.where(ops.equal(which, i), changed, result);
    }, images);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      valueRange: this.valueRange,
      factor: this.factor,
      interpolation: this.interpolation,
    };
  }
}

export interface RandAugmentOptions extends PolicyOptions {
  /** How many changes follow one another; 2 by default. */
  readonly numOps?: number;
}

/** Changes drawn for every image, one after the other (Cubuk et al. 2020). Strength 0.5 by default. */
export class RandAugment extends Policy {
  static readonly className = 'RandAugment';
  readonly numOps: number;
  readonly steps: readonly ImageLayer[];

  constructor(options: RandAugmentOptions = {}) {
    super(options, 0.5);
    this.numOps = options.numOps ?? 2;
    if (!(Number.isInteger(this.numOps) && this.numOps > 0)) {
      fail('randAugment', `numOps is ${options.numOps}; expected a whole number of 1 or more`);
    }
    this.steps = this.changes(true);
  }

  protected augment(images: Tensor): Tensor {
    let result = images;
    for (let i = 0; i < this.numOps; i++) result = this.change(result, this.steps, false);
    return result;
  }

  override getConfig() {
    return { ...super.getConfig(), numOps: this.numOps };
  }
}

export interface RandomApplyOptions extends RandomImageOptions {
  /** Image layers, which are applied one after the other. */
  readonly transforms: readonly ImageLayer[];
  /** Probability that an image is changed: 0.5 is 0 to 0.5; 1 by default. */
  readonly factor?: Factor;
}

/** All of several changes, or none, for each image. */
export class RandomApply extends RandomImageLayer {
  static readonly className = 'RandomApply';
  readonly transforms: readonly ImageLayer[];
  readonly factor: Range;

  constructor(options: RandomApplyOptions) {
    super(options);
    this.transforms = options.transforms ?? [];
    this.factor = rangeOf(this, 'factor', options.factor ?? 1, [0, 1], (n) => [0, n]);
    if (!this.transforms.every((t) => t instanceof ImageLayer)) {
      fail('randomApply', 'transforms has something else than image layers; expected only those');
    }
  }

  protected augment(images: Tensor): Tensor {
    const changed = this.transforms.reduce<Tensor>(
      (x, layer) => layer.call(x, { training: true }),
      images,
    );
    return ops.where(this.happens(images, this.factor), changed, images);
  }

  override getConfig() {
    return { ...super.getConfig(), transforms: this.transforms, factor: this.factor };
  }
}

export interface AugMixOptions extends PolicyOptions {
  /** How many chains of changes are mixed; 3 by default. */
  readonly numChains?: number;
  /** Largest number of changes of a chain; 3 by default. */
  readonly chainDepth?: number;
  /** Parameter of the weights' distribution; 1 by default. */
  readonly alpha?: number;
  /** Whether brightness, colour, contrast and sharpness are among the changes; true by default. */
  readonly allOps?: boolean;
}

/**
 * Weighted sums of an image and of chains of changes of it (Hendrycks et al. 2020). Strength 0.3 by
 * default.
 */
export class AugMix extends Policy {
  static readonly className = 'AugMix';
  readonly numChains: number;
  readonly chainDepth: number;
  readonly alpha: number;
  readonly allOps: boolean;
  readonly steps: readonly ImageLayer[];

  constructor(options: AugMixOptions = {}) {
    super(options, 0.3);
    this.numChains = options.numChains ?? 3;
    this.chainDepth = options.chainDepth ?? 3;
    this.alpha = options.alpha ?? 1;
    this.allOps = options.allOps ?? true;
    for (const n of [this.numChains, this.chainDepth]) {
      if (!(Number.isInteger(n) && n > 0)) {
        fail('augMix', `numChains or chainDepth is ${n}; expected whole numbers of 1 or more`);
      }
    }
    if (!(this.alpha > 0)) fail('augMix', `alpha is ${options.alpha}; expected a positive number`);
    this.steps = this.changes(this.allOps);
  }

  protected augment(images: Tensor): Tensor {
    const [batch] = images.node.shape;
    const { alpha, seedGenerator, numChains } = this;
    // Gamma numbers divided by their sum are distributed as Dirichlet's.
    const gammas: Tensor = ops.gamma(seedGenerator.next(), [numChains, batch, 1, 1, 1], alpha);
    const weights: Tensor = ops.cast(gammas.div(gammas.sum(0, true)), this.dtype);
    const own: Tensor = ops.cast(
      ops.beta(seedGenerator.next(), [batch, 1, 1, 1], alpha, alpha),
      this.dtype,
    );
    let mixed = ops.zerosLike(images);
    for (const weight of ops.unstack(weights, numChains, 0)) {
      let chain = images;
      for (let i = 0; i < this.chainDepth; i++) chain = this.change(chain, this.steps, true);
      mixed = mixed.add(chain.mul(weight));
    }
    const result = images.mul(own).add(mixed.mul(own.neg().add(1)));
    return ops.clip(result, this.valueRange[0], this.valueRange[1]);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      numChains: this.numChains,
      chainDepth: this.chainDepth,
      alpha: this.alpha,
      allOps: this.allOps,
    };
  }
}
