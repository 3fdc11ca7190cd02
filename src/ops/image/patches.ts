import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { type ConvOptions, extractPatches } from '../functions/convolution.ts';

/**
 * Blocks of volumes laid out as vectors: [batch, depth, height, width, channels], or one volume without
 * the batch, gives [..., positions of blocks in depth, height and width, size * channels]. Blocks of
 * `size` (one number or three) stand side by side unless `strides` says otherwise.
 */
export function extractPatches3d(
  volumes: Operand,
  size: number | readonly [number, number, number],
  options: ConvOptions = {},
): Node {
  const node = build.toNode(volumes);
  const rank = node.shape.length;
  if (rank !== 4 && rank !== 5) {
    fail(
      'extractPatches3d',
      `received ${formatShape(node.shape)}; expected a volume of four axes or a batch of volumes of five`,
    );
  }
  const batch = rank === 4 ? build.reshape(node, [1, ...node.shape]) : node;
  const patches = extractPatches(batch, size, { strides: size, ...options });
  return rank === 4 ? build.reshape(patches, patches.shape.slice(1)) : patches;
}
