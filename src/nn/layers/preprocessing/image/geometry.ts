import { fail } from '../../../../graph/errors.ts';
import { type FillMode, fillModes } from '../../../../ops/image/index.ts';
import { image, ops } from '../../../../tensor/lift.ts';
import type { Tensor } from '../../../../tensor/tensor.ts';
import { factoryName } from '../../spatial.ts';
import {
  columnsOf,
  type Factor,
  RandomImageLayer,
  type RandomImageOptions,
  type Range,
  rangeOf,
} from './base.ts';

/** Layers that move the pixels of images, every image in its own way. */

export type FlipMode = 'horizontal' | 'vertical' | 'horizontalAndVertical';

export interface RandomFlipOptions extends RandomImageOptions {
  /** 'horizontalAndVertical' by default. */
  readonly mode?: FlipMode | 'horizontal_and_vertical';
}

/** Turns left and right, top and bottom, or both round, each for half of the images. */
export class RandomFlip extends RandomImageLayer {
  static readonly className = 'RandomFlip';
  readonly mode: FlipMode;

  constructor(options: RandomFlipOptions = {}) {
    super(options);
    const { mode = 'horizontalAndVertical' } = options;
    this.mode = mode === 'horizontal_and_vertical' ? 'horizontalAndVertical' : mode;
    if (!['horizontal', 'vertical', 'horizontalAndVertical'].includes(this.mode)) {
      fail(
        'randomFlip',
        `mode is '${mode}'; expected 'horizontal', 'vertical' or 'horizontalAndVertical'`,
      );
    }
  }

  protected augment(images: Tensor): Tensor {
    const flip = (x: Tensor, axis: number) =>
      ops.where(ops.less(this.draw(x), 0.5), ops.flip(x, axis), x);
    const across = this.mode === 'vertical' ? images : flip(images, 2);
    return this.mode === 'horizontal' ? across : flip(across, 1);
  }

  override getConfig() {
    const mode = this.mode === 'horizontalAndVertical' ? 'horizontal_and_vertical' : this.mode;
    return { ...super.getConfig(), mode };
  }
}

interface MoveOptions extends RandomImageOptions {
  /** What stands for pixels beyond the border; 'reflect' by default. */
  readonly fillMode?: FillMode;
  /** For fillMode 'constant'; 0 by default. */
  readonly fillValue?: number;
  /** 'bilinear' by default. */
  readonly interpolation?: 'nearest' | 'bilinear';
}

/** A layer that moves images by an affine map of its own for each. */
abstract class RandomAffine extends RandomImageLayer {
  readonly fillMode: FillMode;
  readonly fillValue: number;
  readonly interpolation: 'nearest' | 'bilinear';

  constructor(options: MoveOptions) {
    super(options);
    this.fillMode = options.fillMode ?? 'reflect';
    this.fillValue = options.fillValue ?? 0;
    this.interpolation = options.interpolation ?? 'bilinear';
    if (!fillModes.includes(this.fillMode)) {
      fail(
        factoryName(this),
        `fillMode is '${options.fillMode}'; expected one of ${fillModes.join(', ')}`,
      );
    }
    if (this.interpolation !== 'nearest' && this.interpolation !== 'bilinear') {
      fail(
        factoryName(this),
        `interpolation is '${options.interpolation}'; expected 'nearest' or 'bilinear'`,
      );
    }
  }

  /** The maps [batch, 8] from places of the result to places of the input. */
  protected abstract maps(images: Tensor): Tensor;

  protected augment(images: Tensor): Tensor {
    const { fillMode, fillValue, interpolation } = this;
    return image.affineTransform(images, this.maps(images), {
      fillMode,
      fillValue,
      interpolation,
    });
  }

  /** One number of a range for each image, [batch, 1]. */
  protected column(images: Tensor, range: Range): Tensor {
    return this.draw(images, range, [images.node.shape[0], 1]);
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      fillMode: this.fillMode,
      fillValue: this.fillValue,
      interpolation: this.interpolation,
    };
  }
}

export interface RandomTranslationOptions extends MoveOptions {
  /** Shift down as a share of the height: 0.2 is -0.2 to 0.2. */
  readonly heightFactor: Factor;
  /** Shift to the right as a share of the width. */
  readonly widthFactor: Factor;
}

/** Images shifted. */
export class RandomTranslation extends RandomAffine {
  static readonly className = 'RandomTranslation';
  readonly heightFactor: Range;
  readonly widthFactor: Range;

  constructor(options: RandomTranslationOptions) {
    super(options);
    this.heightFactor = rangeOf(this, 'heightFactor', options.heightFactor, [-1, 1]);
    this.widthFactor = rangeOf(this, 'widthFactor', options.widthFactor, [-1, 1]);
  }

  protected maps(images: Tensor): Tensor {
    const [, height, width] = images.node.shape;
    const down = this.column(images, this.heightFactor).mul(height);
    const right = this.column(images, this.widthFactor).mul(width);
    return columnsOf([1, 0, right.neg(), 0, 1, down.neg(), 0, 0], down);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      heightFactor: this.heightFactor,
      widthFactor: this.widthFactor,
    };
  }
}

export interface RandomRotationOptions extends MoveOptions {
  /** Angle in full turns, counter-clockwise: 0.25 is -90 to 90 degrees. */
  readonly factor: Factor;
}

/** Images turned about their middle. */
export class RandomRotation extends RandomAffine {
  static readonly className = 'RandomRotation';
  readonly factor: Range;

  constructor(options: RandomRotationOptions) {
    super(options);
    this.factor = rangeOf(this, 'factor', options.factor, [-1, 1]);
  }

  protected maps(images: Tensor): Tensor {
    const [, height, width] = images.node.shape;
    const angle = this.column(images, this.factor).mul(2 * Math.PI);
    const cos: Tensor = ops.cos(angle);
    const sin: Tensor = ops.sin(angle);
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    return columnsOf(
      [
        cos,
        sin.neg(),
        cos.mul(-x).add(sin.mul(y)).add(x),
        sin,
        cos,
        sin.mul(-x).sub(cos.mul(y)).add(y),
        0,
        0,
      ],
      angle,
    );
  }

  override getConfig() {
    return { ...super.getConfig(), factor: this.factor };
  }
}

export interface RandomZoomOptions extends MoveOptions {
  /** Positive factors zoom out, negative ones in: 0.2 is -0.2 to 0.2. */
  readonly heightFactor: Factor;
  /** As the height by default, so that the aspect ratio stays. */
  readonly widthFactor?: Factor | null;
}

/** Images nearer or farther. */
export class RandomZoom extends RandomAffine {
  static readonly className = 'RandomZoom';
  readonly heightFactor: Range;
  readonly widthFactor: Range | null;

  constructor(options: RandomZoomOptions) {
    super(options);
    const { widthFactor = null } = options;
    this.heightFactor = rangeOf(this, 'heightFactor', options.heightFactor, [-1, 1]);
    this.widthFactor =
      widthFactor === null ? null : rangeOf(this, 'widthFactor', widthFactor, [-1, 1]);
  }

  protected maps(images: Tensor): Tensor {
    const [, height, width] = images.node.shape;
    const y = this.column(images, this.heightFactor).add(1);
    const x = this.widthFactor ? this.column(images, this.widthFactor).add(1) : y;
    const middle = (scale: Tensor, size: number) =>
      scale
        .neg()
        .add(1)
        .mul((size - 1) / 2);
    return columnsOf([x, 0, middle(x, width), 0, y, middle(y, height), 0, 0], y);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      heightFactor: this.heightFactor,
      widthFactor: this.widthFactor,
    };
  }
}

export interface RandomShearOptions extends MoveOptions {
  /** How far rows move to the side, in rows: 0.2 is 0 to 0.2, to either side. 0 by default. */
  readonly xFactor?: Factor;
  /** How far columns move up or down, in columns. 0 by default. */
  readonly yFactor?: Factor;
}

/** Images slanted. */
export class RandomShear extends RandomAffine {
  static readonly className = 'RandomShear';
  readonly xFactor: Range;
  readonly yFactor: Range;

  constructor(options: RandomShearOptions = {}) {
    super(options);
    const fromZero = (n: number): Range => [0, n];
    this.xFactor = rangeOf(this, 'xFactor', options.xFactor ?? 0, [0, 1], fromZero);
    this.yFactor = rangeOf(this, 'yFactor', options.yFactor ?? 0, [0, 1], fromZero);
  }

  protected maps(images: Tensor): Tensor {
    const side = ops.where(ops.less(this.column(images, [0, 1]), 0.5), -1, 1);
    const x = this.column(images, this.xFactor).mul(side);
    const y = this.column(images, this.yFactor).mul(side);
    return columnsOf([1, x, 0, y, 1, 0, 0, 0], x);
  }

  override getConfig() {
    return { ...super.getConfig(), xFactor: this.xFactor, yFactor: this.yFactor };
  }
}

export interface RandomPerspectiveOptions extends Omit<MoveOptions, 'fillMode'> {
  /** Probability of the change, or a range of it; 1 by default. */
  readonly factor?: Factor;
  /** How far corners move inwards, as a share of half the size; 0.3 by default. */
  readonly scale?: number;
}

/** Images as if seen from the side: every corner of what is shown moves inwards by chance. */
export class RandomPerspective extends RandomAffine {
  static readonly className = 'RandomPerspective';
  readonly factor: Range;
  readonly scale: number;

  constructor(options: RandomPerspectiveOptions = {}) {
    super({ ...options, fillMode: 'constant' });
    this.factor = rangeOf(this, 'factor', options.factor ?? 1, [0, 1], (n) => [n, n]);
    this.scale = options.scale ?? 0.3;
    if (!(this.scale >= 0 && this.scale <= 1)) {
      fail('randomPerspective', `scale is ${options.scale}; expected a number from 0 to 1`);
    }
  }

  /**
   * The map from the corners of the result to four points of the input (Heckbert 1989, "Fundamentals
   * of texture mapping", section 2.2.3).
   */
  protected maps(images: Tensor): Tensor {
    const [, height, width] = images.node.shape;
    const [w, h] = [Math.max(width - 1, 1), Math.max(height - 1, 1)];
    const inwards = (size: number) => this.column(images, [0, (this.scale * size) / 2]);
    const far = (size: number) => inwards(size).neg().add(size);
    // Top left, top right, bottom right, bottom left.
    const xs: Tensor[] = [inwards(w), far(w), far(w), inwards(w)];
    const ys: Tensor[] = [inwards(h), inwards(h), far(h), far(h)];
    const differences = (p: readonly Tensor[]) => [
      p[1].sub(p[2]),
      p[3].sub(p[2]),
      p[0].sub(p[1]).add(p[2]).sub(p[3]),
    ];
    const [x1, x2, x3] = differences(xs);
    const [y1, y2, y3] = differences(ys);
    const determinant = x1.mul(y2).sub(x2.mul(y1));
    const g = x3.mul(y2).sub(x2.mul(y3)).div(determinant);
    const k = x1.mul(y3).sub(x3.mul(y1)).div(determinant);
    const line = (p: readonly Tensor[]) => [
      p[1].sub(p[0]).add(g.mul(p[1])).div(w),
      p[3].sub(p[0]).add(k.mul(p[3])).div(h),
      p[0],
    ];
    return columnsOf([...line(xs), ...line(ys), g.div(w), k.div(h)], g);
  }

  protected override augment(images: Tensor): Tensor {
    return ops.where(this.happens(images, this.factor), super.augment(images), images);
  }

  override getConfig() {
    const { fillMode, ...config } = super.getConfig();
    return { ...config, factor: this.factor, scale: this.scale };
  }
}

export interface RandomElasticTransformOptions extends MoveOptions {
  /** Probability of the change, or a range of it; 1 by default. */
  readonly factor?: Factor;
  /** Strength: 0.5 is 0 to 0.5; 1 by default. */
  readonly scale?: Factor;
}

/** Pixels moved by a smooth random field (Simard et al. 2003). */
export class RandomElasticTransform extends RandomImageLayer {
  static readonly className = 'RandomElasticTransform';
  readonly factor: Range;
  readonly scale: Range;
  readonly fillMode: FillMode;
  readonly fillValue: number;
  readonly interpolation: 'nearest' | 'bilinear';

  constructor(options: RandomElasticTransformOptions = {}) {
    super(options);
    this.factor = rangeOf(this, 'factor', options.factor ?? 1, [0, 1], (n) => [n, n]);
    this.scale = rangeOf(this, 'scale', options.scale ?? 1, [0, 1], (n) => [0, n]);
    this.fillMode = options.fillMode ?? 'reflect';
    this.fillValue = options.fillValue ?? 0;
    this.interpolation = options.interpolation ?? 'bilinear';
  }

  protected augment(images: Tensor): Tensor {
    const [batch, height, width] = images.node.shape;
    const strength = this.draw(images, this.scale, []);
    const reach = strength.mul(0.1 * Math.max(height, width));
    const sigma = strength.mul(0.05 * Math.min(height, width)).add(1e-3);
    const most = 0.05 * Math.min(height, width) * this.scale[1];
    const size = 2 * Math.ceil(2 * most) + 1;
    const shift = (): Tensor => {
      const noise = this.draw(images, [-1, 1], [batch, height, width, 1]);
      const smooth = image.gaussianBlur(noise, [size, size], [sigma, sigma]);
      return ops.squeeze(smooth.mul(reach), 3);
    };
    const [rows, columns] = image.pixelGrid(height, width, this.dtype);
    const { fillMode, fillValue, interpolation } = this;
    const moved = image.sampleImages(images, shift().add(rows), shift().add(columns), {
      fillMode,
      fillValue,
      interpolation,
    });
    return ops.where(this.happens(images, this.factor), moved, images);
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      factor: this.factor,
      scale: this.scale,
      fillMode: this.fillMode,
      fillValue: this.fillValue,
      interpolation: this.interpolation,
    };
  }
}
