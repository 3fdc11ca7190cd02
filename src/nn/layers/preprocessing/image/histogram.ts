import { fail } from '../../../../graph/errors.ts';
import { image, ops } from '../../../../tensor/lift.ts';
import type { Tensor } from '../../../../tensor/tensor.ts';
import { ImageLayer, type ImageLayerOptions, type Range, rescale, valueRangeOf } from './base.ts';

/** Layers that spread the values of images over their range, in training and elsewhere. */

export interface ValueRangeOptions extends ImageLayerOptions {
  /** The smallest and the largest value of pixels; [0, 255] by default. */
  readonly valueRange?: readonly number[];
}

/** Stretches every channel of every image to the whole range; a channel of one value stays. */
export class AutoContrast extends ImageLayer {
  static readonly className = 'AutoContrast';
  readonly valueRange: Range;

  constructor(options: ValueRangeOptions = {}) {
    super(options);
    this.valueRange = valueRangeOf(this, options.valueRange);
  }

  protected transform(images: Tensor): Tensor {
    const least = ops.min(images, [1, 2], true);
    const spread = images.max([1, 2], true).sub(least);
    const varied = ops.greater(spread, 0);
    const unit = images.sub(least).div(ops.where(varied, spread, 1));
    return ops.where(varied, rescale(unit, [0, 1], this.valueRange), images);
  }

  override getConfig() {
    return { ...super.getConfig(), valueRange: this.valueRange };
  }
}

export interface EqualizationOptions extends ValueRangeOptions {
  /** Number of bins of the histogram; 256 by default. */
  readonly bins?: number;
}

/**
 * Spreads the values of every channel such that all are about equally frequent. Every image has its own
 * histogram; Keras takes one of the whole batch.
 */
export class Equalization extends ImageLayer {
  static readonly className = 'Equalization';
  readonly valueRange: Range;
  readonly bins: number;

  constructor(options: EqualizationOptions = {}) {
    super(options);
    this.valueRange = valueRangeOf(this, options.valueRange);
    this.bins = options.bins ?? 256;
    if (!(Number.isInteger(this.bins) && this.bins > 1)) {
      fail('equalization', `bins is ${options.bins}; expected a whole number of 2 or more`);
    }
  }

  protected transform(images: Tensor): Tensor {
    const bytes = rescale(images, this.valueRange, [0, 255]);
    return rescale(image.equalizeHistogram(bytes, this.bins), [0, 255], this.valueRange);
  }

  override getConfig() {
    return { ...super.getConfig(), valueRange: this.valueRange, bins: this.bins };
  }
}

export interface ContrastLimitedAdaptiveHistogramEqualizationOptions extends ValueRangeOptions {
  /** How many times their mean the counts of a histogram may be; 4 by default, 0 for no limit. */
  readonly clipLimit?: number;
  /** Number of tiles along height and width; [8, 8] by default. */
  readonly tileGridSize?: readonly number[];
}

/**
 * Equalizes every channel tile by tile and interpolates between the tiles, so that dark and bright regions
 * gain contrast alike (Zuiderveld 1994).
 */
export class ContrastLimitedAdaptiveHistogramEqualization extends ImageLayer {
  static readonly className = 'ContrastLimitedAdaptiveHistogramEqualization';
  readonly valueRange: Range;
  readonly clipLimit: number;
  readonly tileGridSize: readonly [number, number];

  constructor(options: ContrastLimitedAdaptiveHistogramEqualizationOptions = {}) {
    super(options);
    this.valueRange = valueRangeOf(this, options.valueRange);
    this.clipLimit = options.clipLimit ?? 4;
    const [rows, columns] = options.tileGridSize ?? [8, 8];
    this.tileGridSize = [rows, columns];
    if (!this.tileGridSize.every((n) => Number.isInteger(n) && n > 0)) {
      fail(
        'contrastLimitedAdaptiveHistogramEqualization',
        `tileGridSize is ${JSON.stringify(options.tileGridSize)}; expected two whole numbers of 1 or more`,
      );
    }
  }

  protected transform(images: Tensor): Tensor {
    const bytes = rescale(images, this.valueRange, [0, 255]);
    const equalized = image.equalizeHistogramLocally(bytes, this.clipLimit, this.tileGridSize);
    return rescale(equalized, [0, 255], this.valueRange);
  }

  override getConfig() {
    const { valueRange, clipLimit, tileGridSize } = this;
    return { ...super.getConfig(), valueRange, clipLimit, tileGridSize };
  }
}
