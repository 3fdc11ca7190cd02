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

/** All masks in one, which must all be true; undefined if there is none. */
export function joinMasks(masks: AttentionMasks, queries: number, keys: number): Tensor | undefined {
  const bool = (m: Tensor) => ops.cast(m, 'bool');
  const { queryMask, valueMask, keyMask, attentionMask, useCausalMask, slidingWindow } = masks;
  const parts: Tensor[] = [];
  if (queryMask) parts.push(ops.expandDims(bool(queryMask), -1));
  if (valueMask) parts.push(ops.expandDims(bool(valueMask), -2));
  if (keyMask) parts.push(ops.expandDims(bool(keyMask), -2));
  const ahead: Tensor[] = [];
  if (useCausalMask) ahead.push(causalMask(queries, keys));
  if (slidingWindow) ahead.push(windowMask(queries, keys, slidingWindow));
  // What is known beforehand is joined first: it is computed once, not in every step.
  if (ahead.length > 0) parts.push(ops.expandDims(ahead.reduce((a, b) => ops.logicalAnd(a, b)), 0));
  if (attentionMask) parts.push(bool(attentionMask));
  return parts.length === 0 ? undefined : parts.reduce((a, b) => ops.logicalAnd(a, b));
}
