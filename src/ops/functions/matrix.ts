import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, normalizeAxis, type Shape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { axesLast, expectInteger, numberOf, staticSize } from './shared.ts';

/** Diagonals, triangles and other matrices of a pattern. `k` counts diagonals: 0 the main one, positive above, negative below. */

/**
 * The diagonal `k` of the last two axes. In row-major order its elements are one row and one column
 * apart, so it is a slice with that stride of the matrix laid flat.
 */
export function takeDiagonal(x: Node, k: number, operation: string): Node {
  const lead = x.shape.slice(0, -2);
  const [rows, columns] = x.shape
    .slice(-2)
    .map((d) => staticSize(operation, d, `an axis of ${formatShape(x.shape)}`));
  const start = k >= 0 ? k : -k * columns;
  const length = Math.max(0, Math.min(rows + Math.min(k, 0), columns - Math.max(k, 0)));
  const laid = build.reshape(x, [...lead, rows * columns]);
  if (length === 0) return build.sliceAxis(laid, -1, 0, 0);
  return build.sliceAxis(laid, -1, start, start + (length - 1) * (columns + 1) + 1, columns + 1);
}

/** The diagonal `offset` of the matrices that two axes hold; it becomes the last axis. */
export function diagonal(x: Operand, offset = 0, axis1 = 0, axis2 = 1): Node {
  const node = build.toNode(x);
  const rank = node.shape.length;
  if (rank < 2) {
    fail('diagonal', `received ${formatShape(node.shape)}; expected two axes or more`);
  }
  const axes = [axis1, axis2].map((a) => normalizeAxis('diagonal', a, rank));
  return takeDiagonal(build.transpose(node, axesLast(rank, axes)), offset, 'diagonal');
}

/** Sum of the diagonal `offset` of the matrices that two axes hold. */
export function trace(x: Operand, offset = 0, axis1 = 0, axis2 = 1): Node {
  return build.sum(diagonal(x, offset, axis1, axis2), -1);
}

/** A vector as the diagonal `k` of a matrix of zeros; of a matrix, its diagonal `k`. */
export function diag(x: Operand, k = 0): Node {
  const node = build.toNode(x);
  if (node.shape.length === 2) return takeDiagonal(node, k, 'diag');
  if (node.shape.length !== 1) {
    fail('diag', `received ${formatShape(node.shape)}; expected a vector or a matrix`);
  }
  const length = staticSize('diag', node.shape[0], 'the vector');
  const size = length + Math.abs(k);
  if (length === 0) return build.filled([size, size], 0, node.dtype);
  // Neighbours on the diagonal are one row and one column apart when the matrix is laid flat.
  const low = k >= 0 ? k : -k * size;
  const high = size * size - low - length - (length - 1) * size;
  return build.reshape(build.pad(node, [low], [high], { interior: [size] }), [size, size]);
}

/** The elements of x, in row-major order, as the diagonal `k` of a matrix of zeros. */
export function diagflat(x: Operand, k = 0): Node {
  const node = build.toNode(x);
  return diag(build.reshape(node, [build.sizeOf(node.shape, 'diagflat')]), k);
}

/** True where the column is at most the row plus `k`. */
function lowerMask(shape: Shape, k: number): Node {
  const row = build.iota([shape.at(-2)!, 1], 0);
  const column = build.iota([1, shape.at(-1)!], 1);
  return build.lessEqual(column, build.add(row, k));
}

function expectMatrix(operation: string, x: Operand): Node {
  const node = build.toNode(x);
  if (node.shape.length < 2) {
    fail(operation, `received ${formatShape(node.shape)}; expected two axes or more`);
  }
  return node;
}

/** The last two axes with zeros above the diagonal `k`. */
export function tril(x: Operand, k = 0): Node {
  const node = expectMatrix('tril', x);
  return build.cast(build.select(lowerMask(node.shape, k), numberOf(node), 0), node.dtype);
}

/** The last two axes with zeros below the diagonal `k`. */
export function triu(x: Operand, k = 0): Node {
  const node = expectMatrix('triu', x);
  return build.cast(build.select(lowerMask(node.shape, k - 1), 0, numberOf(node)), node.dtype);
}

/** A matrix [n, m] (square by default) of ones on and below the diagonal `k`, zeros above. */
export function tri(
  n: number,
  m: number | null = null,
  k = 0,
  dtype: Node['dtype'] = 'float32',
): Node {
  return build.cast(lowerMask([n, m ?? n], k), dtype);
}

/** A matrix [n, m] (square by default) of zeros with ones on the diagonal `k`. */
export function eye(
  n: number,
  m: number | null = null,
  k = 0,
  dtype: Node['dtype'] = 'float32',
): Node {
  const row = build.iota([n, 1], 0);
  const column = build.iota([1, m ?? n], 1);
  return build.cast(build.equal(column, build.add(row, k)), dtype);
}

/** The identity matrix [n, n]. */
export function identity(n: number, dtype: Node['dtype'] = 'float32'): Node {
  return eye(n, n, 0, dtype);
}

/**
 * Powers of the elements of a vector, one row each: [x^(n-1), ..., x, 1], or the reverse with
 * `increasing`; n is the length of the vector by default.
 */
export function vander(x: Operand, n: number | null = null, increasing = false): Node {
  const node = numberOf(x);
  if (node.shape.length !== 1) {
    fail('vander', `received ${formatShape(node.shape)}; expected a vector`);
  }
  const columns = expectInteger(
    'vander',
    'the number of columns',
    n ?? staticSize('vander', node.shape[0], 'the vector'),
  );
  const rising = build.iota([1, columns], 1, node.dtype);
  const exponents = increasing ? rising : build.sub(columns - 1, rising);
  return build.pow(build.reshape(node, [node.shape[0], 1]), exponents);
}

/** The last two axes exchanged. */
export function matrixTranspose(x: Operand): Node {
  const node = expectMatrix('matrixTranspose', x);
  const rank = node.shape.length;
  const order = Array.from({ length: rank }, (_, i) => i);
  [order[rank - 2], order[rank - 1]] = [rank - 1, rank - 2];
  return build.transpose(node, order);
}
