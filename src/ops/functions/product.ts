import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, normalizeAxis } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { contract } from './contract.ts';
import { flat, numberOf } from './shared.ts';

/** Products that sum over an axis, under NumPy's names. Dtypes are promoted; booleans count as int32. */

const letters = (rank: number, from = 0): string[] =>
  Array.from({ length: rank }, (_, i) => String(i + from));

/**
 * Matrix product as `@` in NumPy: [..., m, k] x [..., k, n] gives [..., m, n]; leading axes broadcast. A
 * vector on the left counts as one row, on the right as one column, and that axis is left out of the
 * result. Scalars and inner sizes that differ are errors.
 */
export function matmul(x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  if (a.shape.length === 0 || b.shape.length === 0) {
    fail(
      'matmul',
      `received ${formatShape(a.shape)} x ${formatShape(b.shape)}; expected tensors of one axis or more; use multiply for scalars`,
    );
  }
  const left = a.shape.length === 1 ? build.reshape(a, [1, a.shape[0]]) : a;
  const right = b.shape.length === 1 ? build.reshape(b, [b.shape[0], 1]) : b;
  const product = build.matMul(left, right);
  const shape = [...product.shape];
  if (b.shape.length === 1) shape.pop();
  if (a.shape.length === 1) shape.splice(b.shape.length === 1 ? -1 : -2, 1);
  return build.reshape(product, shape);
}

/**
 * Sum of products over axes of both: the last `axes` of x1 with the first `axes` of x2, or the pairs in
 * `[axes of x1, axes of x2]`. The result has the other axes of x1, then those of x2.
 */
export function tensordot(
  x1: Operand,
  x2: Operand,
  axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  const [rankA, rankB] = [a.shape.length, b.shape.length];
  let pairs: [number[], number[]];
  if (typeof axes === 'number') {
    if (!(Number.isInteger(axes) && axes >= 0 && axes <= Math.min(rankA, rankB))) {
      fail(
        'tensordot',
        `received axes ${axes} for ${formatShape(a.shape)} and ${formatShape(b.shape)}; expected 0 to ${Math.min(rankA, rankB)}`,
      );
    }
    const count = axes;
    pairs = [
      Array.from({ length: count }, (_, i) => rankA - count + i),
      Array.from({ length: count }, (_, i) => i),
    ];
  } else {
    pairs = [
      [axes[0]].flat().map((axis) => normalizeAxis('tensordot', axis, rankA)),
      [axes[1]].flat().map((axis) => normalizeAxis('tensordot', axis, rankB)),
    ];
    if (
      pairs[0].length !== pairs[1].length ||
      pairs.some((list) => new Set(list).size !== list.length)
    ) {
      fail(
        'tensordot',
        `axes [${pairs[0].join(', ')}] and [${pairs[1].join(', ')}] do not pair up; name as many distinct axes on both sides`,
      );
    }
  }
  const labelsA = letters(rankA);
  const labelsB = letters(rankB, rankA);
  for (const [i, axis] of pairs[0].entries()) labelsB[pairs[1][i]] = labelsA[axis];
  const summed = new Set(pairs[0].map((axis) => labelsA[axis]));
  return contract(
    'tensordot',
    { node: a, labels: labelsA },
    { node: b, labels: labelsB },
    (l) => !summed.has(l),
  ).node;
}

/**
 * numpy.dot: the product of two vectors or matrices; with more axes, the sum over the last axis of x1
 * and the last but one (or the only one) of x2. A scalar multiplies.
 */
export function dot(x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  if (a.shape.length === 0 || b.shape.length === 0) return build.mul(a, b);
  return tensordot(a, b, [-1, b.shape.length === 1 ? 0 : -2]);
}

/** Sum of the products of all elements, both read in row-major order. */
export function vdot(x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  return tensordot(flat(a, 'vdot'), flat(b, 'vdot'), 1);
}

/** Sum of products over the last axes of both; a scalar multiplies. */
export function inner(x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  return a.shape.length === 0 || b.shape.length === 0 ? build.mul(a, b) : tensordot(a, b, [-1, -1]);
}

/** Every product of an element of x1 (rows) and one of x2 (columns): [size of x1, size of x2]. */
export function outer(x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  return tensordot(flat(a, 'outer'), flat(b, 'outer'), 0);
}

/** Kronecker product: every element of x1 times the whole of x2; axes multiply in size. */
export function kron(x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = [a, b].map((x) => [
    ...new Array<number>(rank - x.shape.length).fill(1),
    ...x.shape,
  ]);
  const rows = build.reshape(
    a,
    padded[0].flatMap((d) => [d, 1]),
  );
  const columns = build.reshape(
    b,
    padded[1].flatMap((d) => [1, d]),
  );
  return build.reshape(
    build.mul(rows, columns),
    padded[0].map((d, i) => d * padded[1][i]),
  );
}

/**
 * Cross product of vectors of 3 (or 2, whose third component is 0) along `axis`; other axes broadcast.
 * Two vectors of 2 give the third component alone.
 */
export function cross(x1: Operand, x2: Operand, axis = -1): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  const parts = [a, b].map((x) => {
    const at = normalizeAxis('cross', axis, x.shape.length);
    const length = x.shape[at];
    if (length !== 2 && length !== 3) {
      fail(
        'cross',
        `axis ${axis} of ${formatShape(x.shape)} has ${length} elements; expected 2 or 3`,
      );
    }
    const rest = x.shape.filter((_, i) => i !== at);
    return Array.from({ length }, (_, i) => build.reshape(build.sliceAxis(x, at, i, i + 1), rest));
  });
  const [[a0, a1, a2], [b0, b1, b2]] = parts;
  const third = build.sub(build.mul(a0, b1), build.mul(a1, b0));
  if (a2 === undefined && b2 === undefined) return third;
  const term = (x: Node, y: Node | undefined) => (y === undefined ? 0 : build.mul(x, y));
  const components = [
    build.sub(term(a1, b2), term(b1, a2)),
    build.sub(term(b0, a2), term(a0, b2)),
    third,
  ];
  const at = normalizeAxis('cross', axis, components[2].shape.length + 1);
  return build.concatenate(
    components.map((c) => {
      const spread = build.broadcastTo(build.cast(c, third.dtype), third.shape);
      return build.reshape(spread, [...third.shape.slice(0, at), 1, ...third.shape.slice(at)]);
    }),
    at,
  );
}

/**
 * Cross-correlation of two vectors, `sum_n x1[n + k] x2[n]`: where they overlap wholly ('valid'), as many
 * results as the longer one ('same'), or wherever they touch ('full').
 */
export function correlate(
  x1: Operand,
  x2: Operand,
  mode: 'valid' | 'same' | 'full' = 'valid',
): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  if (a.shape.length !== 1 || b.shape.length !== 1) {
    fail(
      'correlate',
      `received ${formatShape(a.shape)} and ${formatShape(b.shape)}; expected vectors`,
    );
  }
  const [m, n] = [a.shape[0], b.shape[0]];
  const around = build.pad(a, [n - 1], [n - 1]);
  // One row for each shift.
  const shifts = m + n - 1;
  const positions = build.add(build.iota([shifts, n], 0), build.iota([shifts, n], 1));
  const rows = build.reshape(build.gather(around, build.reshape(positions, [shifts * n]), 0), [
    shifts,
    n,
  ]);
  const all = build.reshape(matmul(rows, build.reshape(b, [n, 1])), [shifts]);
  const [long, short] = [Math.max(m, n), Math.min(m, n)];
  switch (mode) {
    case 'full':
      return all;
    case 'valid':
      return build.sliceAxis(all, 0, short - 1, long);
    case 'same': {
      // Of two middles NumPy takes the one towards the longer vector's front.
      const from = m < n ? Math.ceil((short - 1) / 2) : Math.floor((short - 1) / 2);
      return build.sliceAxis(all, 0, from, from + long);
    }
    default:
      return fail('correlate', `mode is '${mode}'; expected 'valid', 'same' or 'full'`);
  }
}
