import { fail } from '../../../../graph/errors.ts';
import { image, ops } from '../../../../tensor/lift.ts';
import { isTensor, type Tensor } from '../../../../tensor/tensor.ts';
import type { CallOptions } from '../../layer.ts';
import {
  type Factor,
  type ImageData,
  perImage,
  RandomImageLayer,
  type RandomImageOptions,
  type Range,
  rangeOf,
  valueRangeOf,
} from './base.ts';

/** Layers that put parts of other images, or nothing, in the place of parts of an image. */

/** One rectangle an image: [batch, height, width, 1], true inside. `share` is its size along each side. */
function rectangles(
  images: Tensor,
  shares: readonly [width: Tensor, height: Tensor],
  places: readonly [x: Tensor, y: Tensor],
): { inside: Tensor; area: Tensor } {
  const [, height, width] = images.node.shape;
  const [rows, columns] = image
    .pixelGrid(height, width, 'float32')
    .map((grid) => ops.expandDims(grid, 3));
  const within = (grid: Tensor, size: number, share: Tensor, place: Tensor) => {
    const length = share.mul(size);
    const start = place.mul(length.neg().add(size));
    return ops.logicalAnd(ops.greaterEqual(grid, start), ops.less(grid, start.add(length)));
  };
  const inside = ops.logicalAnd(
    within(rows, height, shares[1], places[1]),
    within(columns, width, shares[0], places[0]),
  );
  return { inside, area: shares[0].mul(shares[1]) };
}

/** Weighted sums of labels [batch, ...] and other labels; weights [batch, 1, 1, 1]. */
function mixLabels(labels: Tensor, others: Tensor, weight: Tensor): Tensor {
  const shape = [weight.node.shape[0], ...labels.node.shape.slice(1).map(() => 1)];
  const own = ops.reshape(weight, shape);
  const float = (x: Tensor) => (x.dtype === 'float64' ? x : ops.cast(x, 'float32'));
  return float(labels)
    .mul(own)
    .add(float(others).mul(own.neg().add(1)));
}

/** A layer that mixes every image, and its labels, with another of the batch. */
abstract class RandomMix extends RandomImageLayer {
  /** Images mixed with others, and the weight [batch, 1, 1, 1] that an image's own label keeps. */
  protected abstract mix(images: Tensor, others: Tensor): { images: Tensor; weight: Tensor };

  protected augment(images: Tensor): Tensor {
    return this.mix(images, ops.take(images, this.#order(images), 0)).images;
  }

  /** The images in random order. */
  #order(images: Tensor): Tensor {
    return ops.argsort(this.draw(images, [0, 1], [images.node.shape[0]]), 0);
  }

  override call(data: ImageData, options: CallOptions = {}): any {
    if (isTensor(data)) return this.framed(data, (x) => this.transform(x, !!options.training));
    const { images, labels } = data;
    if (!options.training) return { ...data, images: this.framed(images, (x) => x) };
    if (images.rank !== 4) {
      fail(this.name, 'received a single image; expected a batch [batch, height, width, channels]');
    }
    const order = this.#order(images);
    let weight: Tensor | undefined;
    const mixed = this.framed(images, (x) => {
      const result = this.mix(x, ops.take(x, order, 0));
      weight = result.weight;
      return result.images;
    });
    if (labels === undefined) return { ...data, images: mixed };
    return {
      ...data,
      images: mixed,
      labels: mixLabels(labels, ops.take(labels, order, 0), weight!),
    };
  }
}

export interface MixUpOptions extends RandomImageOptions {
  /** Strength: the weights are Beta(alpha, alpha) numbers; 0.2 by default. */
  readonly alpha?: number;
}

/**
 * Weighted sums of two images and of their labels (Zhang et al. 2018). Labels are one-hot vectors:
 * `mixUp.call({ images, labels }, { training: true })`.
 */
export class MixUp extends RandomMix {
  static readonly className = 'MixUp';
  readonly alpha: number;

  constructor(options: MixUpOptions = {}) {
    super(options);
    this.alpha = options.alpha ?? 0.2;
    if (!(this.alpha > 0)) fail('mixUp', `alpha is ${options.alpha}; expected a positive number`);
  }

  protected mix(images: Tensor, others: Tensor) {
    const key = this.seedGenerator.next();
    const weight: Tensor = ops.cast(
      ops.beta(key, perImage(images), this.alpha, this.alpha),
      this.dtype,
    );
    return { images: images.mul(weight).add(others.mul(weight.neg().add(1))), weight };
  }

  override getConfig() {
    return { ...super.getConfig(), alpha: this.alpha };
  }
}

export interface CutMixOptions extends RandomImageOptions {
  /** The weights are Beta(f, f) numbers with f drawn from 0 to this number, or a range; 1 by default. */
  readonly factor?: Factor;
}

/**
 * Images with a rectangle of another image, and their labels mixed by its area (Yun et al. 2019).
 * Labels are one-hot vectors.
 */
export class CutMix extends RandomMix {
  static readonly className = 'CutMix';
  readonly factor: Range;

  constructor(options: CutMixOptions = {}) {
    super(options);
    this.factor = rangeOf(this, 'factor', options.factor ?? 1, [0, 1], (n) => [0, n]);
  }

  protected mix(images: Tensor, others: Tensor) {
    const alpha = this.draw(images, this.factor, []).add(1e-6);
    const keep: Tensor = ops.beta(this.seedGenerator.next(), perImage(images), alpha, alpha);
    const share = ops.sqrt(keep.neg().add(1));
    const { inside, area } = rectangles(
      images,
      [share, share],
      [this.draw(images), this.draw(images)],
    );
    return { images: ops.where(inside, others, images), weight: area.neg().add(1) };
  }

  override getConfig() {
    return { ...super.getConfig(), factor: this.factor };
  }
}

export interface RandomErasingOptions extends RandomImageOptions {
  /** Probability of erasing: 0.5 is 0 to 0.5; 1 by default. */
  readonly factor?: Factor;
  /** Share of the area along each side, before the root; [0.02, 0.33] by default. */
  readonly scale?: Factor;
  /** What is put there; noise by default. */
  readonly fillValue?: number | readonly number[] | null;
  /** The smallest and the largest value of pixels; [0, 255] by default. */
  readonly valueRange?: readonly number[];
}

/** Images with a rectangle replaced by a value or by noise (Zhong et al. 2020). */
export class RandomErasing extends RandomImageLayer {
  static readonly className = 'RandomErasing';
  readonly factor: Range;
  readonly scale: Range;
  readonly fillValue: number | readonly number[] | null;
  readonly valueRange: Range;

  constructor(options: RandomErasingOptions = {}) {
    super(options);
    this.factor = rangeOf(this, 'factor', options.factor ?? 1, [0, 1], (n) => [0, n]);
    this.scale = rangeOf(this, 'scale', options.scale ?? [0.02, 0.33], [0, 1], (n) => [0, n]);
    this.fillValue = options.fillValue ?? null;
    this.valueRange = valueRangeOf(this, options.valueRange);
  }

  protected augment(images: Tensor): Tensor {
    const share = () => ops.sqrt(this.draw(images, this.scale));
    const { inside } = rectangles(
      images,
      [share(), share()],
      [this.draw(images), this.draw(images)],
    );
    const erased = ops.where(inside, this.#filling(images), images);
    return ops.where(this.happens(images, this.factor), erased, images);
  }

  #filling(images: Tensor): Tensor {
    const { fillValue } = this;
    const [low, high] = this.valueRange;
    if (fillValue === null) {
      const noise = ops.normal(this.seedGenerator.next(), images.node.shape, 0, high);
      return ops.clip(ops.cast(noise, this.dtype), low, high);
    }
    const values = typeof fillValue === 'number' ? [fillValue] : [...fillValue];
    return ops.clip(ops.array(values, this.dtype), low, high).add(ops.zerosLike(images));
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      factor: this.factor,
      scale: this.scale,
      fillValue: this.fillValue,
      valueRange: this.valueRange,
    };
  }
}
