import type { DType } from '../../../graph/dtype.ts';
import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { normalizeName } from '../../names.ts';

/** Indices of categories as they are, or as vectors with one element for each category. */

/**
 * 'int': the indices. 'oneHot': a vector for each index. 'multiHot': one for each row of the last axis,
 * with ones where a category occurs. 'count': how often it occurs. 'tfIdf': counts times a weight.
 */
export type OutputMode = 'int' | 'oneHot' | 'multiHot' | 'count' | 'tfIdf';

/** Modes in either spelling, old names included. */
export type OutputModeName = OutputMode | 'one_hot' | 'multi_hot' | 'tf_idf' | 'tf-idf' | 'binary';

const modes: Readonly<Record<string, OutputMode>> = {
  int: 'int',
  onehot: 'oneHot',
  multihot: 'multiHot',
  binary: 'multiHot',
  count: 'count',
  tfidf: 'tfIdf',
};

const inFiles: Readonly<Record<OutputMode, string>> = {
  int: 'int',
  oneHot: 'one_hot',
  multiHot: 'multi_hot',
  count: 'count',
  tfIdf: 'tf_idf',
};

export function outputModeOf(
  operation: string,
  name: OutputModeName,
  known: readonly OutputMode[],
): OutputMode {
  const mode = modes[normalizeName(String(name))];
  if (!known.includes(mode)) {
    fail(operation, `outputMode is '${name}'; expected ${known.map((m) => `'${m}'`).join(', ')}`);
  }
  return mode;
}

/** Keras's spelling. */
export function outputModeConfig(mode: OutputMode): string {
  return inFiles[mode];
}

/**
 * Indices [..., n] encoded in vectors of `depth` elements. Indices outside of 0 to depth - 1 leave no
 * trace. `weights`, of the shape of the indices, replace the ones that 'count' adds up.
 */
export function encodeIndices(
  indices: Tensor,
  mode: OutputMode,
  depth: number,
  dtype: DType = 'float32',
  weights?: Tensor,
): Tensor {
  if (mode === 'int') return indices;
  const rows = indices.rank === 0 ? ops.expandDims(indices, 0) : indices;
  if (mode === 'oneHot') {
    const single = rows.rank > 1 && rows.shape.at(-1) === 1;
    return ops.oneHot(single ? ops.squeeze(rows, -1) : rows, depth, -1, dtype);
  }
  const hot = ops.oneHot(rows, depth, -1, dtype);
  if (mode === 'multiHot') return hot.max(-2);
  return (weights ? hot.mul(ops.expandDims(weights, -1)) : hot).sum(-2);
}
