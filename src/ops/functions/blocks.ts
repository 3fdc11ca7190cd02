import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import type { DataFormat } from './windows.ts';

/** Blocks of pixels as channels, and back (Shi et al. 2016, "pixel shuffle"). */

function expectBlocks(
  name: string,
  x: Operand,
  size: number,
  fits: (shape: readonly number[]) => boolean,
): Node {
  const node = build.toNode(x);
  if (!(Number.isInteger(size) && size >= 1) || node.shape.length !== 4 || !fits(node.shape)) {
    fail(
      name,
      `received ${formatShape(node.shape)} and blocks of ${size}; expected four axes that divide into blocks`,
    );
  }
  return node;
}

/** [batch, h, w, c * size^2] to [batch, h * size, w * size, c]. */
export function depthToSpace(
  x: Operand,
  blockSize: number,
  dataFormat: DataFormat = 'channelsLast',
): Node {
  const first = dataFormat === 'channelsFirst';
  const node = expectBlocks(
    'depthToSpace',
    x,
    blockSize,
    (s) => s[first ? 1 : 3] % blockSize ** 2 === 0,
  );
  const values = first ? build.transpose(node, [0, 2, 3, 1]) : node;
  const [n, h, w, c] = values.shape;
  const b = blockSize;
  const depth = c / (b * b);
  const split = build.reshape(values, [n, h, w, b, b, depth]);
  const mixed = build.transpose(split, [0, 1, 3, 2, 4, 5]);
  const result = build.reshape(mixed, [n, h * b, w * b, depth]);
  return first ? build.transpose(result, [0, 3, 1, 2]) : result;
}

/** [batch, h * size, w * size, c] to [batch, h, w, c * size^2]: what {@link depthToSpace} undoes. */
export function spaceToDepth(
  x: Operand,
  blockSize: number,
  dataFormat: DataFormat = 'channelsLast',
): Node {
  const first = dataFormat === 'channelsFirst';
  const node = expectBlocks('spaceToDepth', x, blockSize, (s) =>
    (first ? s.slice(2) : s.slice(1, 3)).every((d) => d % blockSize === 0),
  );
  const values = first ? build.transpose(node, [0, 2, 3, 1]) : node;
  const [n, h, w, c] = values.shape;
  const b = blockSize;
  const split = build.reshape(values, [n, h / b, b, w / b, b, c]);
  const mixed = build.transpose(split, [0, 1, 3, 2, 4, 5]);
  const result = build.reshape(mixed, [n, h / b, w / b, c * b * b]);
  return first ? build.transpose(result, [0, 3, 1, 2]) : result;
}
