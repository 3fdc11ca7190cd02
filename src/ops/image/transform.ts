import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { floatOf, staticSize } from '../functions/shared.ts';
import type { DataFormat } from '../functions/windows.ts';
import { batchOfImages } from './layout.ts';

/**
 * What stands for pixels beyond the border: 'constant' a value, 'nearest' the last pixel, 'reflect' the
 * image mirrored behind the last pixel (c b a | a b c), 'mirror' mirrored about it (c b | a b c), 'wrap'
 * the opposite side.
 */
export type FillMode = 'constant' | 'nearest' | 'reflect' | 'mirror' | 'wrap';

/** How pixels outside of an image are filled. */
export const fillModes: readonly FillMode[] = ['constant', 'nearest', 'reflect', 'mirror', 'wrap'];

export interface SampleOptions {
  /** Default 'bilinear'. */
  readonly interpolation?: 'nearest' | 'bilinear';
  /** Default 'constant'. */
  readonly fillMode?: FillMode;
  /** Default 0. */
  readonly fillValue?: number;
}

export interface TransformOptions extends SampleOptions {
  /** Default 'channelsLast'. */
  readonly dataFormat?: DataFormat;
}

/** The place inside an axis of `size` pixels that an index (int32) beyond it stands for. */
function inside(index: Node, size: number, mode: FillMode): Node {
  const folded = (period: number, last: number): Node => {
    const at = build.mod(index, period);
    return build.minimum(at, build.sub(last, at));
  };
  switch (mode) {
    case 'wrap':
      return build.mod(index, size);
    case 'reflect':
      return folded(2 * size, 2 * size - 1);
    case 'mirror':
      return size === 1 ? build.mul(index, 0) : folded(2 * size - 2, 2 * size - 2);
    default:
      return build.minimum(build.maximum(index, 0), size - 1);
  }
}

/**
 * Images [batch, height, width, channels] at places between pixels: rows y and columns x, both [batch,
 * rows, columns], pixel centres at whole numbers. The result is [batch, rows, columns, channels].
 */
export function sampleImages(images: Node, y: Node, x: Node, options: SampleOptions = {}): Node {
  const { interpolation = 'bilinear', fillMode = 'constant', fillValue = 0 } = options;
  if (!fillModes.includes(fillMode)) {
    fail(
      'image',
      `fillMode is '${fillMode}'; expected ${fillModes.map((m) => `'${m}'`).join(', ')}`,
    );
  }
  const [batch, height, width, channels] = images.shape;
  staticSize('image', height, 'the height');
  staticSize('image', width, 'the width');
  const [, rows, columns] = y.shape;
  const flat = build.reshape(images, [batch, height * width, channels]);
  const pick = (row: Node, column: Node): Node => {
    const at = build.add(
      build.mul(inside(row, height, fillMode), width),
      inside(column, width, fillMode),
    );
    const index = build.broadcastTo(build.reshape(at, [batch, rows * columns, 1]), [
      batch,
      rows * columns,
      channels,
    ]);
    const values = build.reshape(build.gatherAlong(flat, index, 1), [
      batch,
      rows,
      columns,
      channels,
    ]);
    if (fillMode !== 'constant') return values;
    const within = (i: Node, size: number) =>
      build.logicalAnd(build.greaterEqual(i, 0), build.less(i, size));
    const known = build.logicalAnd(within(row, height), within(column, width));
    return build.select(build.reshape(known, [batch, rows, columns, 1]), values, fillValue);
  };
  if (interpolation === 'nearest') {
    const rounded = (v: Node) => build.cast(build.floor(build.add(v, 0.5)), 'int32');
    return pick(rounded(y), rounded(x));
  }
  const top = build.floor(y);
  const left = build.floor(x);
  const spread = (weight: Node) => build.reshape(weight, [batch, rows, columns, 1]);
  const down = spread(build.sub(y, top));
  const right = spread(build.sub(x, left));
  const row = build.cast(top, 'int32');
  const column = build.cast(left, 'int32');
  const between = (a: Node, b: Node, share: Node) =>
    build.add(a, build.mul(build.sub(b, a), share));
  const next = (i: Node) => build.add(i, 1);
  return between(
    between(pick(row, column), pick(row, next(column)), right),
    between(pick(next(row), column), pick(next(row), next(column)), right),
    down,
  );
}

/** Rows [1, height, 1] and columns [1, 1, width] of the pixels of an image. */
export function pixelGrid(height: number, width: number, dtype: Node['dtype']): [Node, Node] {
  return [build.iota([1, height, 1], 1, dtype), build.iota([1, 1, width], 2, dtype)];
}

/**
 * Images [height, width, channels] or [batch, height, width, channels] moved by a projective map. The
 * pixel (x, y) of the result shows the place ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) of the
 * input with k = c0 x + c1 y + 1; `transform` is [a0, a1, a2, b0, b1, b2, c0, c1], one for all images or
 * [batch, 8].
 */
export function affineTransform(
  images: Operand,
  transform: Operand,
  options: TransformOptions = {},
): Node {
  const { values, restore } = batchOfImages('affineTransform', floatOf(images), options.dataFormat);
  const maps = floatOf(transform);
  const rank = maps.shape.length;
  if (rank < 1 || rank > 2 || maps.shape[rank - 1] !== 8) {
    fail(
      'affineTransform',
      `received the transform ${formatShape(maps.shape)}; expected [8] or [batch, 8]`,
    );
  }
  const [batch, height, width] = values.shape;
  const all = rank === 1 ? build.reshape(maps, [1, 8]) : maps;
  const [a0, a1, a2, b0, b1, b2, c0, c1] = Array.from({ length: 8 }, (_, i) =>
    build.reshape(build.sliceAxis(all, 1, i, i + 1), [all.shape[0], 1, 1]),
  );
  const [rows, columns] = pixelGrid(height, width, maps.dtype);
  const line = (a: Node, b: Node, c: Node | number) =>
    build.add(build.add(build.mul(a, columns), build.mul(b, rows)), c);
  const k = line(c0, c1, 1);
  const place = (numerator: Node) =>
    build.broadcastTo(build.div(numerator, k), [batch, height, width]);
  return restore(sampleImages(values, place(line(b0, b1, b2)), place(line(a0, a1, a2)), options));
}
