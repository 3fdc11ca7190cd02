import type { Node } from '../../graph/node.ts';
import * as build from '../build.ts';
import { pad } from '../functions/padding.ts';
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

const BINS = 256;

/**
 * For every position along an axis of `tiles` tiles of `size` pixels: the tile whose middle is before it,
 * the one after (at the borders the same), and the way between.
 */
function neighbours(
  tiles: number,
  size: number,
): { below: number[]; above: number[]; way: number[] } {
  const places = Array.from({ length: tiles * size }, (_, i) => (i - size / 2) / size);
  const inside = (tile: number) => Math.min(Math.max(tile, 0), tiles - 1);
  return {
    below: places.map((p) => inside(Math.floor(p))),
    above: places.map((p) => inside(Math.floor(p) + 1)),
    way: places.map((p) => p - Math.floor(p)),
  };
}

/**
 * Values of images [batch, height, width, channels] in 0..255 equalized tile by tile, with bilinear
 * interpolation between the tiles (contrast limited adaptive histogram equalization, Zuiderveld 1994).
 * What counts of a bin exceed `clipLimit` times their mean is spread over all bins, which limits the
 * contrast; 0 sets no limit. A constant to differentiation.
 */
export function equalizeHistogramLocally(
  images: Node,
  clipLimit = 4,
  tileGrid: readonly [number, number] = [8, 8],
): Node {
  const [batch, height, width, channels] = images.shape;
  staticSize('equalizeHistogramLocally', height * width, 'the number of pixels');
  const [rows, columns] = tileGrid;
  const [tall, wide] = [Math.ceil(height / rows), Math.ceil(width / columns)];
  const area = tall * wide;
  const [below, beside] = [tall * rows - height, wide * columns - width];
  const whole = pad(
    images,
    [
      [0, 0],
      [0, below],
      [0, beside],
      [0, 0],
    ],
    'symmetric',
  );
  const pixels = build.cast(build.minimum(build.maximum(whole, 0), BINS - 1), 'int32');
  const apart = build.reshape(pixels, [batch, rows, tall, columns, wide, channels]);
  const tiles = build.reshape(build.transpose(apart, [0, 5, 1, 3, 2, 4]), [
    batch,
    channels,
    rows * columns,
    area,
  ]);
  const shape = [batch, channels, rows * columns, BINS];
  const ones = build.filled(tiles.shape, 1);
  let counts = build.scatterAddAlong(build.filled(shape, 0), tiles, ones, 3);
  if (clipLimit > 0) {
    const clipped = build.minimum(counts, (clipLimit * area) / BINS);
    const excess = build.sum(build.sub(counts, clipped), 3, true);
    counts = build.add(clipped, build.div(excess, BINS));
  }
  const cumulative = build.cumSum(counts, 3);
  const least = build.min(cumulative, 3, true);
  const rest = build.sub(area, least);
  const scaled = build.div(
    build.mul(build.sub(cumulative, least), BINS - 1),
    build.select(build.equal(rest, 0), 1, rest),
  );
  const table = build.reshape(build.minimum(build.maximum(scaled, 0), BINS - 1), [
    batch,
    channels,
    rows * columns * BINS,
  ]);
  const [y, x] = [neighbours(rows, tall), neighbours(columns, wide)];
  const [total, across] = [tall * rows, wide * columns];
  const values = build.reshape(build.transpose(pixels, [0, 3, 1, 2]), [
    batch,
    channels,
    total * across,
  ]);
  /** What the tables of one neighbour make of every pixel. */
  const look = (vertical: readonly number[], horizontal: readonly number[]): Node => {
    const starts = vertical.flatMap((v) => horizontal.map((h) => (v * columns + h) * BINS));
    const start = build.literal(starts, [1, 1, total * across], 'int32');
    const found = build.gatherAlong(table, build.add(values, start), 2);
    return build.reshape(found, [batch, channels, total, across]);
  };
  const blend = (a: Node, b: Node, way: Node): Node =>
    build.add(build.mul(a, build.sub(1, way)), build.mul(b, way));
  const down = build.literal(y.way, [total, 1], 'float32');
  const right = build.literal(x.way, [1, across], 'float32');
  const upper = blend(look(y.below, x.below), look(y.below, x.above), right);
  const lower = blend(look(y.above, x.below), look(y.above, x.above), right);
  const result = build.transpose(blend(upper, lower, down), [0, 2, 3, 1]);
  const cut = build.sliceAxis(build.sliceAxis(result, 1, 0, height), 2, 0, width);
  return build.cast(cut, images.dtype);
}
