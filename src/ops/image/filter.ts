import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, sameShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { depthwiseConv } from '../functions/convolution.ts';
import { mean } from '../functions/reduction.ts';
import { expectInteger, floatOf, floatsOf } from '../functions/shared.ts';
import type { DataFormat } from '../functions/windows.ts';
import { batchOfImages } from './layout.ts';

/** Every channel of images convolved with one window [height, width]; zeros beyond the border. */
export function filterImages(images: Operand, window: Operand, dataFormat?: DataFormat): Node {
  const { values, restore } = batchOfImages('filterImages', floatOf(images), dataFormat);
  const kernel = build.cast(floatOf(window), values.dtype);
  const [height, width] = kernel.shape;
  const channels = values.shape[3];
  const each = build.broadcastTo(build.reshape(kernel, [height, width, 1, 1]), [
    height,
    width,
    channels,
    1,
  ]);
  return restore(depthwiseConv(values, each, { padding: 'same' }));
}

/**
 * How steeply images rise downwards and to the right, by Sobel's windows of three by three: images of
 * [batch, height, width, channels] give [..., channels, 2], the last axis [dy, dx]; 'channelsFirst'
 * likewise, with the new axis last. Zeros beyond the border.
 */
export function sobelEdges(images: Operand, dataFormat?: DataFormat): Node {
  const down = build.literal([-1, -2, -1, 0, 0, 0, 1, 2, 1], [3, 3], 'float32');
  const edges = [down, build.transpose(down, [1, 0])].map((window) => {
    const values = filterImages(images, window, dataFormat);
    return build.reshape(values, [...values.shape, 1]);
  });
  return build.concatenate(edges, edges[0].shape.length - 1);
}

/** The weights of a Gaussian of standard deviation `sigma` (a number or a scalar), sum 1. */
function gaussian(size: number, sigma: Operand): Node {
  const middle = (size - 1) / 2;
  const distance = build.literal(
    Array.from({ length: size }, (_, i) => i - middle),
    [size],
    'float32',
  );
  const weights = build.exp(build.mul(build.pow(build.div(distance, sigma), 2), -0.5));
  return build.div(weights, build.sum(weights));
}

/**
 * Images smoothed with a Gaussian: a window of `kernelSize` [height, width] (odd numbers) and standard
 * deviations `sigma` [along the height, along the width], numbers or scalar nodes.
 */
export function gaussianBlur(
  images: Operand,
  kernelSize: readonly [number, number],
  sigma: readonly [Operand, Operand],
  dataFormat?: DataFormat,
): Node {
  const column = build.reshape(gaussian(kernelSize[0], sigma[0]), [kernelSize[0], 1]);
  const row = build.reshape(gaussian(kernelSize[1], sigma[1]), [1, kernelSize[1]]);
  return filterImages(images, build.mul(column, row), dataFormat);
}

export interface SsimOptions {
  /** The width and height of the window, 11 by default. */
  readonly filterSize?: number;
  /** The standard deviation of the window's weights, 1.5 by default. */
  readonly filterSigma?: number;
  /** Against small means, 0.01 by default. */
  readonly k1?: number;
  /** Against small variances, 0.03 by default. */
  readonly k2?: number;
  readonly dataFormat?: DataFormat;
}

/**
 * Structural similarity of images in pairs, 1 for equal ones (Wang et al. 2004): means, variances and the
 * covariance under a Gaussian window, wherever it fits in. Two images [height, width, channels] give a
 * scalar, two batches one number a pair. `maxValue` is the largest value that pixels can have.
 */
export function ssim(
  images1: Operand,
  images2: Operand,
  maxValue = 1,
  options: SsimOptions = {},
): Node {
  const { filterSize = 11, filterSigma = 1.5, k1 = 0.01, k2 = 0.03, dataFormat } = options;
  const [first, second] = floatsOf(images1, images2);
  if (!sameShape(first.shape, second.shape)) {
    fail(
      'ssim',
      `received ${formatShape(first.shape)} and ${formatShape(second.shape)}; expected the same shapes`,
    );
  }
  const single = first.shape.length === 3;
  const [a, b] = [first, second].map((x) => batchOfImages('ssim', x, dataFormat).values);
  const [, height, width, channels] = a.shape;
  expectInteger('ssim', 'filterSize', filterSize, 1);
  if (height < filterSize || width < filterSize) {
    fail(
      'ssim',
      `images are ${height} by ${width}; expected ${filterSize} by ${filterSize} or more; choose a smaller filterSize`,
    );
  }
  const line = build.cast(gaussian(filterSize, filterSigma), a.dtype);
  const average = (x: Node): Node =>
    [
      [filterSize, 1],
      [1, filterSize],
    ].reduce((values, [rows, columns]) => {
      const window = build.reshape(line, [rows, columns, 1, 1]);
      const each = build.broadcastTo(window, [rows, columns, channels, 1]);
      return depthwiseConv(values, each, { padding: 'valid' });
    }, x);
  const [meanA, meanB] = [average(a), average(b)];
  const product = build.mul(meanA, meanB);
  const squares = build.add(build.mul(meanA, meanA), build.mul(meanB, meanB));
  const power = average(build.add(build.mul(a, a), build.mul(b, b)));
  const covariance = build.sub(average(build.mul(a, b)), product);
  const [c1, c2] = [(k1 * maxValue) ** 2, (k2 * maxValue) ** 2];
  const similarity = build.div(
    build.mul(build.add(build.mul(product, 2), c1), build.add(build.mul(covariance, 2), c2)),
    build.mul(build.add(squares, c1), build.add(build.sub(power, squares), c2)),
  );
  const found = mean(similarity, [1, 2, 3]);
  return single ? build.reshape(found, []) : found;
}
