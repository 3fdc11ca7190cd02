import { fail } from '../../../../graph/errors.ts';
import { image, ops } from '../../../../tensor/lift.ts';
import type { Tensor } from '../../../../tensor/tensor.ts';
import {
  type Factor,
  RandomImageLayer,
  type RandomImageOptions,
  type Range,
  rangeOf,
  rescale,
  valueRangeOf,
} from './base.ts';

/** Layers that change the colours of images, every image in its own way. */

interface ColorOptions extends RandomImageOptions {
  /** The smallest and the largest value of pixels; [0, 255] by default. */
  readonly valueRange?: readonly number[];
}

export interface FactorOptions extends ColorOptions {
  readonly factor: Factor;
}

/** A layer whose strength is drawn from a range. */
abstract class RandomColor extends RandomImageLayer {
  readonly factor: Range;
  readonly valueRange: Range;

  constructor(options: FactorOptions, bounds: Range, single?: (n: number) => Range) {
    super(options);
    this.factor = rangeOf(this, 'factor', options.factor, bounds, single);
    this.valueRange = valueRangeOf(this, options.valueRange);
  }

  protected clip(x: Tensor): Tensor {
    return ops.clip(x, this.valueRange[0], this.valueRange[1]);
  }

  override getConfig() {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange };
  }
}

const fromZero = (n: number): Range => [0, n];
const exactly = (n: number): Range => [n, n];

/** Adds a share of the value range to all pixels: `factor` 0.2 is -0.2 to 0.2; 1 is white, -1 black. */
export class RandomBrightness extends RandomColor {
  static readonly className = 'RandomBrightness';

  constructor(options: FactorOptions) {
    super(options, [-1, 1]);
  }

  protected augment(images: Tensor): Tensor {
    const [low, high] = this.valueRange;
    return this.clip(images.add(this.draw(images, this.factor).mul(high - low)));
  }
}

/**
 * Stretches every channel about its mean by a number from 1 - lower to 1 + upper; `factor` is both, or
 * [lower, upper].
 */
export class RandomContrast extends RandomColor {
  static readonly className = 'RandomContrast';

  constructor(options: FactorOptions) {
    super(options, [0, 1], exactly);
  }

  protected augment(images: Tensor): Tensor {
    const mean = images.mean([1, 2], true);
    const [lower, upper] = this.factor;
    const strength = this.draw(images, [1 - lower, 1 + upper]);
    return this.clip(images.sub(mean).mul(strength).add(mean));
  }
}

/** Turns hues by up to half of `factor`, to either side: 0 changes nothing, 1 is up to half a turn. */
export class RandomHue extends RandomColor {
  static readonly className = 'RandomHue';

  constructor(options: FactorOptions) {
    super(options, [0, 1], fromZero);
  }

  protected augment(images: Tensor): Tensor {
    const side = ops.where(ops.less(this.draw(images), 0.5), -1, 1);
    const turn = this.draw(images, this.factor).mul(side).mul(0.5);
    const hsv = image.rgbToHsv(rescale(images, this.valueRange, [0, 1]));
    const [hue, saturation, value] = ops.split(hsv, 3, 3);
    const rgb = image.hsvToRgb(ops.concatenate([hue.add(turn), saturation, value], 3));
    return this.clip(rescale(rgb, [0, 1], this.valueRange));
  }
}

/** Multiplies saturations by f / (1 - f): `factor` 0.5 changes nothing, 0 and below is gray, 1 full colour. */
export class RandomSaturation extends RandomColor {
  static readonly className = 'RandomSaturation';

  constructor(options: FactorOptions) {
    super(options, [-1, 1], fromZero);
  }

  protected augment(images: Tensor): Tensor {
    const factor = this.draw(images, this.factor);
    const strength = factor.div(factor.neg().add(1 + 1e-7));
    const hsv = image.rgbToHsv(rescale(images, this.valueRange, [0, 1]));
    const [hue, saturation, value] = ops.split(hsv, 3, 3);
    const stronger = ops.clip(saturation.mul(strength), 0, 1);
    const rgb = image.hsvToRgb(ops.concatenate([hue, stronger, value], 3));
    return this.clip(rescale(rgb, [0, 1], this.valueRange));
  }
}

/** Mixes images with their grayscale: `factor` 0 changes nothing, 1 is gray, -1 twice the colour. */
export class RandomColorDegeneration extends RandomColor {
  static readonly className = 'RandomColorDegeneration';

  constructor(options: FactorOptions) {
    super(options, [-1, 1], fromZero);
  }

  protected augment(images: Tensor): Tensor {
    const gray = image.rgbToGrayscale(images);
    return this.clip(images.add(gray.sub(images).mul(this.draw(images, this.factor))));
  }
}

/** Mixes images with smoothed ones: `factor` 0 is smooth, 0.5 changes nothing, 1 sharpens. */
export class RandomSharpness extends RandomColor {
  static readonly className = 'RandomSharpness';

  constructor(options: FactorOptions) {
    super(options, [0, 1], fromZero);
  }

  protected augment(images: Tensor): Tensor {
    const weights = Array.from({ length: 9 }, (_, i) => (i === 4 ? 5 / 13 : 1 / 13));
    const smooth = image.filterImages(images, ops.reshape(ops.array(weights), [3, 3]));
    const strength = this.draw(images, this.factor).mul(2);
    return this.clip(images.add(smooth.sub(images).mul(strength.neg().add(1))));
  }
}

/** Replaces every value v by low + high - v with a probability drawn from `factor`, 1 by default. */
export class RandomInvert extends RandomColor {
  static readonly className = 'RandomInvert';

  constructor(options: Partial<FactorOptions> = {}) {
    super({ factor: 1, ...options }, [0, 1], fromZero);
  }

  protected augment(images: Tensor): Tensor {
    const [low, high] = this.valueRange;
    const inverted = images.neg().add(low + high);
    return ops.where(this.happens(images, this.factor), inverted, images);
  }
}

/** Keeps only so many bits of every value: `factor` is their number, or a range, from 1 to 8. */
export class RandomPosterization extends RandomColor {
  static readonly className = 'RandomPosterization';

  constructor(options: FactorOptions) {
    super(options, [1, 8], exactly);
  }

  protected augment(images: Tensor): Tensor {
    const [least, most] = this.factor.map(Math.round);
    const bits = ops.floor(this.draw(images, [least, most + 1]));
    const step = ops.power(2, bits.neg().add(8));
    const bytes = rescale(images, this.valueRange, [0, 255]);
    return rescale(ops.floor(bytes.div(step)).mul(step), [0, 255], this.valueRange);
  }
}

export interface RandomGrayscaleOptions extends RandomImageOptions {
  /** Probability of gray; 0.5 by default. */
  readonly factor?: number;
}

/** Some images in gray, with their channels all alike. */
export class RandomGrayscale extends RandomImageLayer {
  static readonly className = 'RandomGrayscale';
  readonly factor: number;

  constructor(options: RandomGrayscaleOptions = {}) {
    super(options);
    this.factor = rangeOf(this, 'factor', options.factor ?? 0.5, [0, 1], exactly)[0];
  }

  protected augment(images: Tensor): Tensor {
    const gray = image.rgbToGrayscale(images).add(ops.zerosLike(images));
    return ops.where(ops.less(this.draw(images), this.factor), gray, images);
  }

  override getConfig() {
    return { ...super.getConfig(), factor: this.factor };
  }
}

export interface SolarizationOptions extends ColorOptions {
  /** Share of the value range that is added before: 0.3 is 0 to 0.3. 0 by default. */
  readonly additionFactor?: Factor;
  /** Share of the value range from which on values are inverted; 0 by default. */
  readonly thresholdFactor?: Factor;
}

/** Replaces values v from a threshold on by low + high - v. */
export class Solarization extends RandomImageLayer {
  static readonly className = 'Solarization';
  readonly additionFactor: Range;
  readonly thresholdFactor: Range;
  readonly valueRange: Range;

  constructor(options: SolarizationOptions = {}) {
    super(options);
    const { additionFactor = 0, thresholdFactor = 0 } = options;
    this.additionFactor = rangeOf(this, 'additionFactor', additionFactor, [0, 1], fromZero);
    this.thresholdFactor = rangeOf(this, 'thresholdFactor', thresholdFactor, [0, 1], fromZero);
    this.valueRange = valueRangeOf(this, options.valueRange);
  }

  protected augment(images: Tensor): Tensor {
    const unit = rescale(images, this.valueRange, [0, 1]);
    const added = ops.clip(unit.add(this.draw(images, this.additionFactor)), 0, 1);
    const threshold = this.draw(images, this.thresholdFactor);
    const result = ops.where(ops.less(added, threshold), added, added.neg().add(1));
    return rescale(result, [0, 1], this.valueRange);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      additionFactor: this.additionFactor,
      thresholdFactor: this.thresholdFactor,
      valueRange: this.valueRange,
    };
  }
}

export interface RandomGaussianBlurOptions extends ColorOptions {
  /** Probability of the change, or a range of it; 1 by default. */
  readonly factor?: Factor;
  /** Size of the window: an odd number, or two; 3 by default. */
  readonly kernelSize?: number | readonly number[];
  /** Standard deviation in pixels: 0.5 is 0 to 0.5; 1 by default. */
  readonly sigma?: Factor;
}

/** Images smoothed with a Gaussian. */
export class RandomGaussianBlur extends RandomColor {
  static readonly className = 'RandomGaussianBlur';
  readonly kernelSize: readonly [number, number];
  readonly sigma: Range;

  constructor(options: RandomGaussianBlurOptions = {}) {
    super({ ...options, factor: options.factor ?? 1 }, [0, 1], fromZero);
    const { kernelSize = 3 } = options;
    const sizes = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
    if (sizes.length !== 2 || !sizes.every((n) => Number.isInteger(n) && n > 0 && n % 2 === 1)) {
      fail(
        'randomGaussianBlur',
        `kernelSize is ${JSON.stringify(kernelSize)}; expected an odd number, or two`,
      );
    }
    this.kernelSize = [sizes[0], sizes[1]];
    this.sigma = rangeOf(this, 'sigma', options.sigma ?? 1, [0, Number.MAX_VALUE], fromZero);
  }

  protected augment(images: Tensor): Tensor {
    const deviation = () => this.draw(images, this.sigma, []).add(1e-6);
    const smooth = image.gaussianBlur(images, this.kernelSize, [deviation(), deviation()]);
    return this.clip(ops.where(this.happens(images, this.factor), smooth, images));
  }

  override getConfig() {
    return { ...super.getConfig(), kernelSize: this.kernelSize, sigma: this.sigma };
  }
}

export interface RandomColorJitterOptions extends ColorOptions {
  readonly brightnessFactor?: Factor | null;
  readonly contrastFactor?: Factor | null;
  readonly saturationFactor?: Factor | null;
  readonly hueFactor?: Factor | null;
}

/** Brightness, contrast, saturation and hue changed one after the other, those that have a factor. */
export class RandomColorJitter extends RandomImageLayer {
  static readonly className = 'RandomColorJitter';
  readonly valueRange: Range;
  readonly brightnessFactor: Factor | null;
  readonly contrastFactor: Factor | null;
  readonly saturationFactor: Factor | null;
  readonly hueFactor: Factor | null;
  readonly steps: readonly RandomImageLayer[];

  constructor(options: RandomColorJitterOptions = {}) {
    super(options);
    this.valueRange = valueRangeOf(this, options.valueRange);
    this.brightnessFactor = options.brightnessFactor ?? null;
    this.contrastFactor = options.contrastFactor ?? null;
    this.saturationFactor = options.saturationFactor ?? null;
    this.hueFactor = options.hueFactor ?? null;
    const { valueRange, seed, dtype } = this;
    const step = (type: new (o: FactorOptions) => RandomImageLayer, factor: Factor | null) =>
      factor === null ? [] : [new type({ factor, valueRange, seed, dtype })];
    this.steps = [
      ...step(RandomBrightness, this.brightnessFactor),
      ...step(RandomContrast, this.contrastFactor),
      ...step(RandomSaturation, this.saturationFactor),
      ...step(RandomHue, this.hueFactor),
    ];
  }

  protected augment(images: Tensor): Tensor {
    return this.steps.reduce<Tensor>((x, step) => step.call(x, { training: true }), images);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      valueRange: this.valueRange,
      brightnessFactor: this.brightnessFactor,
      contrastFactor: this.contrastFactor,
      saturationFactor: this.saturationFactor,
      hueFactor: this.hueFactor,
    };
  }
}
