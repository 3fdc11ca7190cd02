import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import type { DataFormat } from '../functions/windows.ts';
import { imageAxes } from './layout.ts';

/** Rows and columns at the borders of images: added, or cut off. */

export interface FrameOptions {
  readonly top?: number;
  readonly left?: number;
  readonly bottom?: number;
  readonly right?: number;
  /** The height of the result, in the place of `top` or `bottom`. */
  readonly targetHeight?: number;
  /** The width of the result, in the place of `left` or `right`. */
  readonly targetWidth?: number;
  readonly dataFormat?: DataFormat;
}

/** What is at both ends of an axis: two of the three numbers tell the third. */
function ends(
  operation: string,
  what: string,
  size: number,
  sign: 1 | -1,
  [before, after, target]: readonly (number | undefined)[],
): [number, number] {
  const total = target === undefined ? undefined : sign * (target - size);
  const from = before ?? (total !== undefined && after !== undefined ? total - after : 0);
  const to = after ?? (total === undefined ? 0 : total - from);
  const whole = [from, to].every((n) => Number.isInteger(n) && n >= 0);
  if (!whole || (total !== undefined && from + to !== total) || size + sign * (from + to) < 1) {
    fail(
      operation,
      `${what}: ${from} and ${to} at the ends of ${size}${target === undefined ? '' : ` for ${target}`}; expected whole numbers of 0 or more that fit`,
    );
  }
  return [from, to];
}

function frame(operation: string, images: Operand, sign: 1 | -1, options: FrameOptions) {
  const node = build.toNode(images);
  const y = imageAxes(operation, node, options.dataFormat).height;
  const { top, bottom, left, right, targetHeight, targetWidth } = options;
  const rows = ends(operation, 'rows', node.shape[y], sign, [top, bottom, targetHeight]);
  const columns = ends(operation, 'columns', node.shape[y + 1], sign, [left, right, targetWidth]);
  return { node, y, rows, columns };
}

/** Images with zeros around them. What is not given follows from the target's size, or is 0. */
export function padImages(images: Operand, options: FrameOptions = {}): Node {
  const { node, y, rows, columns } = frame('padImages', images, 1, options);
  const side = (end: 0 | 1) =>
    node.shape.map((_, axis) => (axis === y ? rows[end] : axis === y + 1 ? columns[end] : 0));
  return build.pad(node, side(0), side(1));
}

/** Images without some rows and columns at their borders. What is not given follows as in {@link padImages}. */
export function cropImages(images: Operand, options: FrameOptions = {}): Node {
  const { node, y, rows, columns } = frame('cropImages', images, -1, options);
  const [height, width] = [node.shape[y], node.shape[y + 1]];
  const cut = build.sliceAxis(node, y, rows[0], height - rows[1]);
  return build.sliceAxis(cut, y + 1, columns[0], width - columns[1]);
}
