import type { Node } from '../../graph/node.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { depthwiseConv } from '../functions/convolution.ts';
import { floatOf } from '../functions/shared.ts';
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
