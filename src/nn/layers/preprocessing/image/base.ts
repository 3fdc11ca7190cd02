import { fail } from '../../../../graph/errors.ts';
import type { Shape } from '../../../../graph/shape.ts';
import type { DataFormat } from '../../../../ops/functions/windows.ts';
import { ops } from '../../../../tensor/lift.ts';
import { SeedGenerator } from '../../../../tensor/random.ts';
import { isTensor, Tensor } from '../../../../tensor/tensor.ts';
import { type CallOptions, Layer, type LayerOptions } from '../../layer.ts';
import {
  type DataFormatName,
  dataFormatConfig,
  dataFormatOf,
  expectSpatial,
  factoryName,
} from '../../spatial.ts';

export interface ImageLayerOptions extends LayerOptions {
  readonly dataFormat?: DataFormatName | null;
}

/** Images alone, or with what belongs to them: `{ images, labels }`. */
export type ImageData = Tensor | { readonly images: Tensor; readonly [more: string]: any };

/**
 * A layer that changes images: [height, width, channels] or [batch, height, width, channels], in either
 * layout. Integers become floating-point numbers. Of `{ images, labels }` it changes the images.
 */
export abstract class ImageLayer extends Layer {
  readonly dataFormat: DataFormat;

  constructor(options: ImageLayerOptions) {
    super(options);
    this.dataFormat = dataFormatOf(this, options.dataFormat);
    this.built = true;
  }

  /** The result for images [batch, height, width, channels] of the layer's dtype. */
  protected abstract transform(images: Tensor, training: boolean): Tensor;

  call(data: ImageData, { training = false }: CallOptions = {}): any {
    if (isTensor(data)) return this.framed(data, (x) => this.transform(x, training));
    return { ...data, images: this.framed(data.images, (x) => this.transform(x, training)) };
  }

  /** Applies a function of images with batch, channels last, to images as they come. */
  protected framed(images: Tensor, change: (x: Tensor) => Tensor): Tensor {
    const single = images.rank === 3;
    const values = ops.cast(single ? ops.expandDims(images, 0) : images, this.dtype);
    expectSpatial(this, values.shape, 2, this.dataFormat);
    const first = this.dataFormat === 'channelsFirst';
    const result = change(first ? ops.transpose(values, [0, 2, 3, 1]) : values);
    const ordered = first ? ops.transpose(result, [0, 3, 1, 2]) : result;
    return single ? ops.squeeze(ordered, 0) : ordered;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: dataFormatConfig(this.dataFormat) };
  }
}

export interface RandomImageOptions extends ImageLayerOptions {
  /** Makes the random numbers reproducible on their own. */
  readonly seed?: number | null;
}

/**
 * An image layer that draws random numbers for every image. It works in training only; elsewhere images
 * stay as they are: `layer.call(x, { training: true })`.
 */
export abstract class RandomImageLayer extends ImageLayer {
  readonly seed: number | null;
  readonly seedGenerator: SeedGenerator;

  constructor(options: RandomImageOptions) {
    super(options);
    this.seed = options.seed ?? null;
    this.seedGenerator = new SeedGenerator(options.seed ?? undefined);
  }

  /** The result in training. */
  protected abstract augment(images: Tensor): Tensor;

  protected transform(images: Tensor, training: boolean): Tensor {
    return training ? this.augment(images) : images;
  }

  /** Uniform numbers of a range: by default one an image, [batch, 1, 1, 1]. */
  protected draw(x: Tensor, range: Range = [0, 1], shape: Shape = perImage(x)): Tensor {
    return ops.uniform(this.seedGenerator.next(), shape, range[0], range[1], this.dtype);
  }

  /** Whether something happens to an image, with a probability drawn from a range. */
  protected happens(x: Tensor, probability: Range): Tensor {
    const threshold = this.draw(x, probability);
    return ops.less(this.draw(x), threshold);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), seed: this.seed };
  }
}

/** One number for each image of a batch. */
export const perImage = (x: Tensor): Shape => [x.node.shape[0], 1, 1, 1];

export type Range = readonly [low: number, high: number];

/** A number, which has its own meaning in every layer, or a range to draw from. */
export type Factor = number | readonly number[];

/**
 * A range within bounds. A single number reaches from its negative (or the lower bound) to itself, or,
 * with `single`, to what that makes of it.
 */
export function rangeOf(
  layer: object,
  name: string,
  factor: Factor,
  [least, most]: Range,
  single: (n: number) => Range = (n) => [Math.max(-Math.abs(n), least), Math.abs(n)],
): Range {
  const pair = typeof factor === 'number' ? single(factor) : factor;
  const [low, high] = [...pair].sort((a, b) => a - b);
  if (pair.length !== 2 || !(low >= least && high <= most)) {
    fail(
      factoryName(layer),
      `${name} is ${JSON.stringify(factor)}; expected a number, or two, from ${least} to ${most}`,
    );
  }
  return [low, high];
}

/** The smallest and largest value of pixels. */
export function valueRangeOf(layer: object, range: readonly number[] = [0, 255]): Range {
  if (range.length !== 2 || !(range[0] < range[1])) {
    fail(
      factoryName(layer),
      `valueRange is ${JSON.stringify(range)}; expected the smallest and the largest value, such as [0, 255]`,
    );
  }
  return [range[0], range[1]];
}

/** Values of one range stretched to another. */
export function rescale(x: Tensor, from: Range, to: Range): Tensor {
  if (from[0] === to[0] && from[1] === to[1]) return x;
  const scale = (to[1] - to[0]) / (from[1] - from[0]);
  return x.sub(from[0]).mul(scale).add(to[0]);
}

/** Columns [batch, 1], of which numbers are the same for all images, side by side. */
export function columnsOf(columns: readonly (Tensor | number)[], like: Tensor): Tensor {
  return ops.concatenate(
    columns.map((c) => (c instanceof Tensor ? c : ops.fullLike(like, c))),
    1,
  );
}
