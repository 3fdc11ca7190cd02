import type { Node } from '../../graph/node.ts';
import * as build from '../build.ts';
import { staticSize } from '../functions/shared.ts';

/**
 * Values of images [batch, height, width, channels] in 0..255 spread such that, in every channel of
 * every image, all values are about equally frequent (histogram equalization). A channel of one value
 * stays. A constant to differentiation.
 */
export function equalizeHistogram(images: Node, bins = 256): Node {
  const [batch, height, width, channels] = images.shape;
  const count = staticSize('equalizeHistogram', height * width, 'the number of pixels');
  const apart = build.reshape(build.transpose(images, [0, 3, 1, 2]), [batch, channels, count]);
  const scaled = build.mul(apart, (bins - 1) / 255);
  const bin = build.cast(build.minimum(build.maximum(scaled, 0), bins - 1), 'int32');
  const histogram = build.scatterAddAlong(
    build.filled([batch, channels, bins], 0),
    bin,
    build.filled([batch, channels, count], 1),
    2,
  );
  const cumulative = build.cumSum(histogram, 2);
  // The count of the smallest value: of all positive cumulative counts the least.
  const positive = build.select(build.greater(cumulative, 0), cumulative, count);
  const first = build.min(positive, 2, true);
  const rest = build.sub(count, first);
  const several = build.greater(rest, 0);
  const table = build.round(
    build.div(
      build.mul(build.maximum(build.sub(cumulative, first), 0), 255),
      build.select(several, rest, 1),
    ),
  );
  const spread = build.cast(build.gatherAlong(table, bin, 2), images.dtype);
  const equalized = build.select(several, spread, apart);
  return build.transpose(build.reshape(equalized, [batch, channels, height, width]), [0, 2, 3, 1]);
}
