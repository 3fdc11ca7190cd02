import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { broadcastShapes, formatShape, sameShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { boolOf, floatOf, floatsOf } from './shared.ts';

/** Attention: a mean of values, weighted by how well keys fit a query. */

export interface AttentionOptions {
  /** Added to the scores; broadcasts to [batch, heads, queries, keys]. */
  readonly bias?: Operand | null;
  /** True where a query may look at a key; broadcasts to [batch, heads, queries, keys]. */
  readonly mask?: Operand | null;
  /** Factor of the scores; by default 1 / sqrt(size of a head). */
  readonly scale?: number | null;
  /** A query looks only at keys of its own position or before. Default false. */
  readonly isCausal?: boolean;
}

// A finite score for what is masked: a row with nothing to look at becomes a plain mean, not NaN.
const MASKED = -0.7 * 3.4028234663852886e38;

/**
 * softmax(query . key * scale + bias) . value (Vaswani et al., 2017). Query [batch, queries, heads,
 * size], key and value [batch, keys, key heads, size], where the heads are a multiple of the key heads
 * (grouped-query attention); the result is [batch, queries, heads, size of a value].
 */
export function dotProductAttention(
  query: Operand,
  key: Operand,
  value: Operand,
  options: AttentionOptions = {},
): Node {
  const { bias = null, mask = null, scale = null, isCausal = false } = options;
  const [q, k] = floatsOf(query, key);
  const v = build.cast(floatOf(value), q.dtype);
  const fits =
    [q, k, v].every((x) => x.shape.length === 4) &&
    sameShape(k.shape.slice(0, 3), v.shape.slice(0, 3)) &&
    q.shape[0] === k.shape[0] &&
    q.shape[3] === k.shape[3] &&
    q.shape[2] % k.shape[2] === 0;
  if (!fits) {
    fail(
      'dotProductAttention',
      `received query ${formatShape(q.shape)}, key ${formatShape(k.shape)}, value ${formatShape(v.shape)}; expected [batch, positions, heads, size], with heads of the query a multiple of those of key and value`,
    );
  }
  const [batch, queries, heads, size] = q.shape;
  const [, keys, keyHeads] = k.shape;
  const group = heads / keyHeads;
  const headsFirst = (x: Node, h: number, g: number): Node =>
    build.reshape(build.transpose(x, [0, 2, 1, 3]), [batch, h, g, x.shape[1], x.shape[3]]);
  const products = build.matMul(headsFirst(q, keyHeads, group), headsFirst(k, keyHeads, 1), {
    transposeB: true,
  });
  const plain = [batch, heads, queries, keys];
  let scores = build.mul(build.reshape(products, plain), scale ?? 1 / Math.sqrt(size));
  const expectBroadcast = (name: string, x: Node): Node => {
    if (!sameShape(broadcastShapes('dotProductAttention', x.shape, plain), plain)) {
      fail(
        'dotProductAttention',
        `the ${name} ${formatShape(x.shape)} does not broadcast to ${formatShape(plain)}`,
      );
    }
    return x;
  };
  if (bias !== null) {
    scores = build.add(scores, build.cast(expectBroadcast('bias', floatOf(bias)), q.dtype));
  }
  let visible: Node | undefined;
  if (mask !== null) visible = expectBroadcast('mask', boolOf(mask));
  if (isCausal) {
    const past = build.greaterEqual(build.iota([queries, 1], 0), build.iota([1, keys], 1));
    visible = visible ? build.logicalAnd(visible, past) : past;
  }
  if (visible) scores = build.select(visible, scores, MASKED);
  const weights = build.reshape(build.softmax(scores, -1), [batch, keyHeads, group, queries, keys]);
  const mixed = build.matMul(weights, headsFirst(v, keyHeads, 1));
  return build.transpose(build.reshape(mixed, [batch, heads, queries, v.shape[3]]), [0, 2, 1, 3]);
}
