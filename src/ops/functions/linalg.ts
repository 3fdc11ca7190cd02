import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, type Shape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { scan } from '../loop.ts';
import { eye, matrixTranspose, tril, triu } from './matrix.ts';
import { matmul } from './product.ts';
import { floatOf, floatsOf } from './shared.ts';

/**
 * Linear equations and decompositions of matrices [..., n, n], one column a step (Golub and Van Loan,
 * "Matrix Computations"). Leading axes are a batch. Matrices without an inverse give infinities or NaN.
 */

const leading = (shape: Shape): number => shape.slice(0, -2).reduce((p, d) => p * d, 1);

/** Leading axes joined to one. */
const flatten = (x: Node): Node => build.reshape(x, [leading(x.shape), ...x.shape.slice(-2)]);

function expectMatrix(operation: string, x: Operand, square = true): Node {
  const node = floatOf(x);
  const [m, n] = node.shape.slice(-2);
  if (node.shape.length < 2 || !(m > 0 && n > 0) || (square && m !== n)) {
    fail(
      operation,
      `received ${formatShape(node.shape)}; expected ${square ? 'square matrices [..., n, n]' : 'matrices [..., m, n]'}`,
    );
  }
  return node;
}

/** Sums over an axis of products. */
const dot = (a: Node, b: Node, axis: number): Node => build.sum(build.mul(a, b), axis);
const column = (x: Node): Node => build.reshape(x, [...x.shape, 1]);
const rowOf = (x: Node): Node => build.reshape(x, [...x.shape.slice(0, -1), 1, x.shape.at(-1)!]);

/**
 * Gauss-Jordan elimination with the largest pivot of each column: what `b` [batch, n, m] becomes when `a`
 * [batch, n, n] is the identity, and the pivots [n, batch], negative where rows changed places.
 */
function eliminate(a: Node, b: Node): { solution: Node; pivots: Node } {
  const n = a.shape[1];
  const both = build.concatenate([a, b], 2);
  const { carries, results } = scan(
    ([rows], [unit, open]) => {
      const left = build.sliceAxis(rows, 2, 0, n);
      const values = dot(left, unit, 2);
      const largest = build.argMax(build.select(build.greater(open, 0), build.abs(values), -1), 1);
      const index = build.iota([1, n], 1);
      const chosen = build.cast(build.equal(column(largest), index), rows.dtype);
      const pivotRow = dot(rows, column(chosen), 1);
      const present = dot(rows, column(unit), 1);
      const pivot = dot(values, chosen, 1);
      const own = dot(values, unit, 1);
      const exchange = build.sub(present, pivotRow);
      const difference = build.sub(chosen, unit);
      const swapped = build.add(rows, build.mul(column(difference), rowOf(exchange)));
      const factors = build.mul(
        build.add(values, build.mul(difference, column(build.sub(own, pivot)))),
        build.sub(1, unit),
      );
      const scaled = build.div(pivotRow, column(pivot));
      const cleared = build.sub(swapped, build.mul(column(factors), rowOf(scaled)));
      const next = build.add(cleared, build.mul(column(unit), rowOf(build.sub(scaled, pivotRow))));
      const stays = dot(chosen, unit, 1);
      const sign = build.sub(build.mul(stays, 2), 1);
      return { carries: [next], results: [build.mul(pivot, sign)] };
    },
    {
      carries: [both],
      sequences: [eye(n, null, 0, a.dtype), triu(build.filled([n, n], 1, a.dtype))],
    },
  );
  return { solution: build.sliceAxis(carries[0], 2, n, both.shape[2]), pivots: results[0] };
}

/** x with `a x = b`, for b of [..., n] or [..., n, m]. */
export function solve(a: Operand, b: Operand): Node {
  const [left, right] = floatsOf(a, b);
  const matrix = expectMatrix('solve', left);
  const isVector = right.shape.length === matrix.shape.length - 1;
  const rhs = isVector ? column(right) : right;
  const fits =
    rhs.shape.length === matrix.shape.length &&
    rhs.shape.slice(0, -1).every((d, i) => d === matrix.shape[i]);
  if (!fits) {
    fail(
      'solve',
      `received ${formatShape(matrix.shape)} and ${formatShape(right.shape)}; expected [..., n, n] and [..., n] or [..., n, m]`,
    );
  }
  const { solution } = eliminate(flatten(matrix), flatten(rhs));
  return build.reshape(solution, right.shape);
}

/** x with `a x = b` for the upper (or lower) triangle of a. */
export function solveTriangular(a: Operand, b: Operand, lower = false): Node {
  const matrix = expectMatrix('solveTriangular', a);
  return solve(lower ? tril(matrix) : triu(matrix), b);
}

/** The inverse of matrices. */
export function inv(x: Operand): Node {
  const matrix = expectMatrix('inv', x);
  const n = matrix.shape.at(-1)!;
  const unit = build.broadcastTo(eye(n, null, 0, matrix.dtype), [leading(matrix.shape), n, n]);
  return build.reshape(eliminate(flatten(matrix), unit).solution, matrix.shape);
}

/** The pivots of elimination, [n, batch]. */
function pivotsOf(operation: string, x: Operand): { pivots: Node; shape: Shape } {
  const matrix = expectMatrix(operation, x);
  const flat = flatten(matrix);
  // A right side of one column is the least that elimination takes.
  const right = build.sliceAxis(flat, 2, 0, 1);
  return { pivots: eliminate(flat, right).pivots, shape: matrix.shape.slice(0, -2) };
}

/** Determinants. */
export function det(x: Operand): Node {
  const { pivots, shape } = pivotsOf('det', x);
  return build.reshape(build.prod(pivots, 0), shape);
}

/** The sign of determinants and the logarithm of their size: [sign, log]. */
export function slogdet(x: Operand): [Node, Node] {
  const { pivots, shape } = pivotsOf('slogdet', x);
  const sign = build.prod(build.sign(pivots), 0);
  const log = build.sum(build.log(build.abs(pivots)), 0);
  return [build.reshape(sign, shape), build.reshape(log, shape)];
}

/** The logarithm of the determinant of positive definite matrices. */
export function logdet(x: Operand): Node {
  return slogdet(x)[1];
}

/** L, lower triangular, with `L L^T = x` for positive definite x; with `upper` its transpose. */
export function cholesky(x: Operand, upper = false): Node {
  const matrix = expectMatrix('cholesky', x);
  const n = matrix.shape.at(-1)!;
  const flat = flatten(matrix);
  const { carries } = scan(
    ([factor], [unit, open]) => {
      const row = dot(factor, column(unit), 1);
      const rest = build.sub(dot(flat, unit, 2), dot(factor, rowOf(row), 2));
      const pivot = build.sqrt(dot(rest, unit, 1));
      const values = build.mul(build.div(rest, column(pivot)), open);
      return { carries: [build.add(factor, build.mul(column(values), unit))], results: [] };
    },
    {
      carries: [build.mul(flat, 0)],
      sequences: [eye(n, null, 0, matrix.dtype), triu(build.filled([n, n], 1, matrix.dtype))],
    },
  );
  const factor = build.reshape(carries[0], matrix.shape);
  return upper ? matrixTranspose(factor) : factor;
}

/** The inverse of `L L^T`, from L (with `upper`, from its transpose). */
export function choleskyInverse(x: Operand, upper = false): Node {
  const factor = expectMatrix('choleskyInverse', x);
  const lower = upper ? matrixTranspose(factor) : factor;
  return inv(matmul(lower, matrixTranspose(lower)));
}

/**
 * Q with orthonormal columns and R, upper triangular, with `Q R = x`, by Householder's reflections, with
 * LAPACK's signs. 'reduced': Q [..., m, k], R [..., k, n], k the smaller of m and n; 'complete': Q is square.
 */
export function qr(x: Operand, mode: 'reduced' | 'complete' = 'reduced'): [Node, Node] {
  if (mode !== 'reduced' && mode !== 'complete') {
    fail('qr', `mode is '${mode}'; expected 'reduced' or 'complete'`);
  }
  const matrix = expectMatrix('qr', x, false);
  const [m, n] = matrix.shape.slice(-2);
  const small = Math.min(m, n);
  const flat = flatten(matrix);
  const { dtype } = matrix;
  const first = (size: number) => build.sliceAxis(eye(size, null, 0, dtype), 0, 0, small);
  const { carries } = scan(
    ([q, r], [unit, place, open]) => {
      const values = build.mul(dot(r, place, 2), open);
      const alpha = dot(values, unit, 1);
      const below = dot(build.mul(values, build.sub(1, unit)), values, 1);
      const norm = build.sqrt(build.add(build.mul(alpha, alpha), below));
      const beta = build.select(build.less(alpha, 0), norm, build.neg(norm));
      // Nothing to clear below the diagonal: no reflection.
      const idle = build.equal(below, 0);
      const mirror = build.sub(values, build.mul(column(beta), unit));
      const v = build.select(column(idle), 0, mirror);
      const size = build.select(idle, 1, dot(v, v, 1));
      const w = build.mul(v, column(build.div(2, size)));
      const turned = build.sub(r, build.mul(column(w), rowOf(dot(r, column(v), 1))));
      const product = build.sub(q, build.mul(column(dot(q, rowOf(v), 2)), rowOf(w)));
      return { carries: [product, turned], results: [] };
    },
    {
      carries: [build.broadcastTo(eye(m, null, 0, dtype), [flat.shape[0], m, m]), flat],
      sequences: [
        first(m),
        first(n),
        build.sliceAxis(triu(build.filled([m, m], 1, dtype)), 0, 0, small),
      ],
    },
  );
  const lead = matrix.shape.slice(0, -2);
  const k = mode === 'reduced' ? small : m;
  const q = build.sliceAxis(carries[0], 2, 0, k);
  const r = triu(build.sliceAxis(carries[1], 1, 0, k));
  return [build.reshape(q, [...lead, m, k]), build.reshape(r, [...lead, k, n])];
}

/** x of the smallest `|a x - b|` for a [m, n] of full rank with m >= n, b of [m] or [m, k]. */
export function lstsq(a: Operand, b: Operand): Node {
  const [left, right] = floatsOf(a, b);
  const matrix = expectMatrix('lstsq', left, false);
  const [m, n] = matrix.shape.slice(-2);
  if (m < n || matrix.shape.length !== 2 || right.shape[0] !== m || right.shape.length > 2) {
    fail(
      'lstsq',
      `received ${formatShape(matrix.shape)} and ${formatShape(right.shape)}; expected [m, n] with m >= n, and [m] or [m, k]`,
    );
  }
  const [q, r] = qr(matrix);
  return solve(r, matmul(matrixTranspose(q), right));
}
