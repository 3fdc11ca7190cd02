import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { floatOf } from '../functions/shared.ts';
import type { DataFormat } from '../functions/windows.ts';
import { imageAxes } from './layout.ts';

/** Colours of images [height, width, 3] or [batch, height, width, 3], in either layout. */

/** The three channels, each with a channel axis of size 1, and that axis. */
function planes(operation: string, images: Node, dataFormat?: DataFormat): [Node[], number] {
  const { channels } = imageAxes(operation, images, dataFormat);
  if (images.shape[channels] !== 3) {
    fail(
      operation,
      `received ${formatShape(images.shape)}; expected 3 channels (red, green, blue) in axis ${channels}`,
    );
  }
  return [[0, 1, 2].map((i) => build.sliceAxis(images, channels, i, i + 1)), channels];
}

/** The brightness .2989 r + .587 g + .114 b as the only channel; images of one channel stay. */
export function rgbToGrayscale(images: Operand, dataFormat?: DataFormat): Node {
  const node = floatOf(images);
  const { channels } = imageAxes('rgbToGrayscale', node, dataFormat);
  if (node.shape[channels] === 1) return node;
  const [[r, g, b]] = planes('rgbToGrayscale', node, dataFormat);
  return build.add(build.add(build.mul(r, 0.2989), build.mul(g, 0.587)), build.mul(b, 0.114));
}

/** Hue in [0, 1), saturation in [0, 1] and value (the largest channel) of red, green and blue. */
export function rgbToHsv(images: Operand, dataFormat?: DataFormat): Node {
  const node = floatOf(images);
  const [[r, g, b], channels] = planes('rgbToHsv', node, dataFormat);
  const value = build.maximum(build.maximum(r, g), b);
  const range = build.sub(value, build.minimum(build.minimum(r, g), b));
  const coloured = build.greater(range, 0);
  const norm = build.div(1 / 6, build.select(coloured, range, 1));
  const saturation = build.select(
    build.greater(value, 0),
    build.div(range, build.select(build.greater(value, 0), value, 1)),
    0,
  );
  const sector = (from: Node, to: Node, offset: number) =>
    build.add(build.mul(norm, build.sub(from, to)), offset);
  const hue = build.select(
    build.equal(value, r),
    sector(g, b, 0),
    build.select(build.equal(value, g), sector(b, r, 2 / 6), sector(r, g, 4 / 6)),
  );
  const turned = build.select(build.less(hue, 0), build.add(hue, 1), hue);
  return build.concatenate([build.select(coloured, turned, 0), saturation, value], channels);
}

/** Red, green and blue of hue (in turns), saturation and value. */
export function hsvToRgb(images: Operand, dataFormat?: DataFormat): Node {
  const node = floatOf(images);
  const [[hue, saturation, value], channels] = planes('hsvToRgb', node, dataFormat);
  const turn = build.mul(build.sub(hue, build.floor(hue)), 6);
  const distance = (from: number) => build.abs(build.sub(turn, from));
  const bounded = (x: Node) => build.minimum(build.maximum(x, 0), 1);
  const share = [
    bounded(build.sub(distance(3), 1)),
    bounded(build.sub(2, distance(2))),
    bounded(build.sub(2, distance(4))),
  ];
  const base = build.sub(1, saturation);
  return build.concatenate(
    share.map((s) => build.mul(value, build.add(base, build.mul(saturation, s)))),
    channels,
  );
}
