import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { floatsOf, guardedSqrt } from './shared.ts';

/**
 * Euclidean distances of every vector of `x1` [..., m, d] from every vector of `x2` [..., n, d]:
 * [..., m, n]. Between equal vectors the gradient is 0.
 */
export function cdist(x1: Operand, x2: Operand): Node {
  const [a, b] = floatsOf(x1, x2);
  const [left, right] = [a.shape, b.shape];
  if (left.length < 2 || right.length < 2 || left.at(-1) !== right.at(-1)) {
    fail(
      'cdist',
      `received ${formatShape(left)} and ${formatShape(right)}; expected [..., m, d] and [..., n, d]`,
    );
  }
  const rows = build.reshape(a, [...left.slice(0, -1), 1, left.at(-1)!]);
  const columns = build.reshape(b, [...right.slice(0, -2), 1, ...right.slice(-2)]);
  const difference = build.sub(rows, columns);
  return guardedSqrt(build.sum(build.mul(difference, difference), -1));
}
