import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, sameShape } from '../../graph/shape.ts';
import type { Axes, Operand } from '../build.ts';
import * as build from '../build.ts';
import { boolOf, flat, floatOf, numberOf } from './shared.ts';

/**
 * Comparison and logic, element by element, and choice. Results of comparisons are bool; shapes
 * broadcast; where logic is asked of numbers, every non-zero number is true.
 */

/** `x1 = x2`. NaN equals nothing. */
export const equal = build.equal;

/** `x1` differs from `x2`. */
export const notEqual = build.notEqual;

/** `x1 < x2`. */
export const less = build.less;

/** `x1 <= x2`. */
export const lessEqual = build.lessEqual;

/** `x1 > x2`. */
export const greater = build.greater;

/** `x1 >= x2`. */
export const greaterEqual = build.greaterEqual;

/** Both are true. */
export const logicalAnd = build.logicalAnd;

/** One or both are true. */
export const logicalOr = build.logicalOr;

/** x is false. */
export const logicalNot = build.logicalNot;

/** Exactly one of the two is true. */
export function logicalXor(x1: Operand, x2: Operand): Node {
  return build.notEqual(boolOf(x1), boolOf(x2));
}

/** x is not a number. */
export const isnan = build.isNaN;

/** x is plus or minus infinity. */
export function isinf(x: Operand): Node {
  return build.equal(build.abs(x), Number.POSITIVE_INFINITY);
}

/** x is plus infinity. */
export function isposinf(x: Operand): Node {
  return build.equal(numberOf(x), Number.POSITIVE_INFINITY);
}

/** x is minus infinity. */
export function isneginf(x: Operand): Node {
  return build.equal(numberOf(x), Number.NEGATIVE_INFINITY);
}

/** x is neither infinite nor NaN. */
export function isfinite(x: Operand): Node {
  return build.less(build.abs(x), Number.POSITIVE_INFINITY);
}

/**
 * `x1` where the condition is true, else `x2`; all three broadcast. Both branches are computed and the
 * gradient of the one not taken is 0, unless its own slope is infinite there: give that branch a safe
 * argument. The form with the condition alone has no shape known in advance and is an error.
 */
export function where(condition: Operand, x1?: Operand, x2?: Operand): Node {
  if (x1 === undefined || x2 === undefined) {
    return fail(
      'where',
      'received a condition alone; the number of true elements is not known when the graph is built; pass both values, or use argsort or topK on the condition',
    );
  }
  return build.select(condition, x1, x2);
}

/** The choice whose condition is the first true one of its position; `fallback` where none is. */
export function select(
  conditions: readonly Operand[],
  choices: readonly Operand[],
  fallback: Operand = 0,
): Node {
  if (conditions.length !== choices.length || conditions.length === 0) {
    fail(
      'select',
      `received ${conditions.length} conditions and ${choices.length} choices; expected one choice for each of one or more conditions`,
    );
  }
  let chosen: Operand = fallback;
  for (let i = conditions.length - 1; i >= 0; i--) {
    chosen = build.select(conditions[i], choices[i], chosen);
  }
  return build.toNode(chosen);
}

/**
 * Whether |x1 - x2| <= atol + rtol * |x2|; equal infinities are close, and NaNs are with `equalNan`.
 */
export function isclose(
  x1: Operand,
  x2: Operand,
  rtol = 1e-5,
  atol = 1e-8,
  equalNan = false,
): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  const distance = floatOf(build.abs(build.sub(a, b)));
  const near = build.lessEqual(distance, build.add(atol, build.mul(build.abs(b), rtol)));
  let close = build.logicalOr(build.equal(a, b), build.logicalAnd(near, isfinite(b)));
  if (equalNan) close = build.logicalOr(close, build.logicalAnd(build.isNaN(a), build.isNaN(b)));
  return close;
}

/** Whether all elements are close (see {@link isclose}): a bool scalar. */
export function allclose(
  x1: Operand,
  x2: Operand,
  rtol = 1e-5,
  atol = 1e-8,
  equalNan = false,
): Node {
  return all(isclose(x1, x2, rtol, atol, equalNan));
}

/**
 * Whether both have the same shape and the same elements: a bool scalar. A symbolic batch and a fixed
 * size cannot be compared when the graph is built, which is an error.
 */
export function arrayEqual(x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2);
  if (sameShape(a.shape, b.shape)) return all(build.equal(a, b));
  const rank = a.shape.length;
  if (rank === b.shape.length && a.shape.some((d, i) => d < 0 !== b.shape[i] < 0)) {
    fail(
      'arrayEqual',
      `whether ${formatShape(a.shape)} and ${formatShape(b.shape)} are one shape depends on the batch size; compare element by element with equal`,
    );
  }
  return build.scalar(false, 'bool');
}

/** Whether any element along the axes (all by default) is true. */
export function any(x: Operand, axis: Axes = null, keepDims = false): Node {
  return build.greater(countNonzero(boolOf(x), axis, keepDims), 0);
}

/** Whether every element along the axes (all by default) is true; true of no elements. */
export function all(x: Operand, axis: Axes = null, keepDims = false): Node {
  return build.equal(countNonzero(build.logicalNot(boolOf(x)), axis, keepDims), 0);
}

/** The number of elements along the axes (all by default) that are not 0, as int32. */
export function countNonzero(x: Operand, axis: Axes = null, keepDims = false): Node {
  return build.sum(build.cast(boolOf(x), 'int32'), axis, keepDims);
}

/** Whether each element of x occurs among `testElements` (of any shape); with `invert`, whether it does not. */
export function isin(x: Operand, testElements: Operand, invert = false): Node {
  const [node, candidates] = build.promote(x, testElements);
  const found = any(
    build.equal(build.reshape(node, [...node.shape, 1]), flat(candidates, 'isin')),
    -1,
  );
  return invert ? build.logicalNot(found) : found;
}

/** Whether `low <= x < high`. */
export function inRange(x: Operand, low: Operand, high: Operand): Node {
  return build.logicalAnd(build.greaterEqual(x, low), build.less(x, high));
}
