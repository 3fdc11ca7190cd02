import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

/** Which keys a query may look at, as bool tensors [..., queries, keys]. */

/** Keys of the query's own position or before: [queries, keys]. */
export function causalMask(queries: number, keys: number): Tensor {
  return ops.greaterEqual(positions(queries, -1), positions(keys, 0));
}

/** Keys less than `width` positions away from the query: [queries, keys]. */
export function windowMask(queries: number, keys: number, width: number): Tensor {
  const distance = positions(queries, -1).sub(positions(keys, 0));
  return ops.less(distance.abs(), width);
}

function positions(count: number, axis: -1 | 0): Tensor {
  return ops.expandDims(ops.arange(count), axis);
}

export interface AttentionMasks {
  /** [batch, queries], true for real steps. */
  readonly queryMask?: Tensor | null;
  /** [batch, keys]. */
  readonly valueMask?: Tensor | null;
  /** [batch, keys]. */
  readonly keyMask?: Tensor | null;
  /** Broadcasts to [batch, queries, keys], or with heads to [batch, heads, queries, keys]. */
  readonly attentionMask?: Tensor | null;
  readonly useCausalMask?: boolean;
  /** Only keys less than this far from the query; all without it. */
  readonly slidingWindow?: number | null;
}

/**
 * All masks in one, which must all be true, for scores of `rank` axes whose last `ends` belong to queries
 * and keys; undefined if there is none.
 */
export function joinMasks(
  masks: AttentionMasks,
  [queries, keys]: readonly [number, number],
  { rank, ends = 2 }: { readonly rank: number; readonly ends?: number },
): Tensor | undefined {
  const { queryMask, valueMask, keyMask, attentionMask, useCausalMask, slidingWindow } = masks;
  const bool = (m: Tensor) => ops.cast(m, 'bool');
  // What is known beforehand is joined first: it is computed once, not in every step.
  const fixed: Tensor[] = [];
  if (useCausalMask) fixed.push(causalMask(queries, keys));
  if (slidingWindow) fixed.push(windowMask(queries, keys, slidingWindow));
  const parts: Tensor[] = [];
  if (fixed.length > 0) parts.push(ops.expandDims(both(fixed), 0));
  if (queryMask) parts.push(ops.expandDims(bool(queryMask), -1));
  if (valueMask) parts.push(ops.expandDims(bool(valueMask), -2));
  if (keyMask) parts.push(ops.expandDims(bool(keyMask), -2));
  if (attentionMask) parts.push(bool(attentionMask));
  return parts.length === 0 ? undefined : both(parts.map((m) => withHeads(m, rank, ends)));
}

const both = (masks: readonly Tensor[]): Tensor => masks.reduce((a, b) => ops.logicalAnd(a, b));

/** Axes of size 1 where a mask lacks heads and further batch axes: before those of queries and keys. */
function withHeads(mask: Tensor, rank: number, ends: number): Tensor {
  const missing = rank - mask.rank;
  const at = mask.rank - ends;
  return missing > 0
    ? ops.expandDims(
        mask,
        Array.from({ length: missing }, (_, i) => at + i),
      )
    : mask;
}
