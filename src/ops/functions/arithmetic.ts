import { isFloat } from '../../graph/dtype.ts';
import type { Node } from '../../graph/node.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import { floatOf, floatsOf, guardedPower, numberOf } from './shared.ts';

/**
 * Arithmetic and rounding, element by element, under NumPy's names. Shapes broadcast; of two dtypes the
 * wider wins (bool, int32, float32, float64); a literal takes the dtype of the tensor it meets; booleans
 * count as 0 and 1. Shapes that do not broadcast are an error.
 */

/** `x1 + x2`. */
export const add = build.add;

/** `x1 - x2`. */
export const subtract = build.sub;

/** `x1 * x2`. */
export const multiply = build.mul;

/** `x1 / x2`; integers become float32. Division by 0 gives an infinity or NaN. */
export const divide = build.div;

/** The same as {@link divide}. */
export const trueDivide = build.div;

/** `x1 / x2`, and 0 where x2 is 0; so are the gradients there. */
export function divideNoNan(x1: Operand, x2: Operand): Node {
  const [a, b] = floatsOf(x1, x2);
  const zero = build.equal(b, 0);
  return build.select(zero, 0, build.div(a, build.select(zero, 1, b)));
}

/**
 * The largest integer not above `x1 / x2`; integers stay integers. As in NumPy, floats follow `mod`:
 * floorDivide(1, 0.1) is 9, because 0.1 is a little more than a tenth. The gradient is 0.
 */
export function floorDivide(x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  const whole = build.sub(a, build.mod(a, b));
  if (!isFloat(a.dtype)) return build.divTruncate(whole, b);
  const zero = build.equal(b, 0);
  const steps = build.round(build.div(whole, build.select(zero, 1, b)));
  return build.stopGradient(build.select(zero, build.div(a, b), steps));
}

/** `x1 - x2 * floor(x1 / x2)`: the remainder with the sign of the divisor, as in Python. */
export const mod = build.mod;

/** The same as {@link mod}. */
export const remainder = build.mod;

/** The remainder with the sign of the dividend, as in C: `x1 - x2 * trunc(x1 / x2)`. */
export function fmod(x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  const divisor = build.abs(b);
  const negative = build.less(a, 0);
  const size = build.mod(build.select(negative, build.neg(a), a), divisor);
  return build.select(negative, build.neg(size), size);
}

/** `x1` to the power `x2`. A negative base with a fractional exponent gives NaN. */
export const power = build.pow;

/** `-x`. */
export const negative = build.neg;

/** `|x|`; its gradient at 0 is 0. */
export const abs = build.abs;

/** The same as {@link abs}. */
export const absolute = build.abs;

/** `|x|`; integers become float32. */
export function fabs(x: Operand): Node {
  return build.abs(floatOf(x));
}

/** -1, 0 or 1. */
export const sign = build.sign;

/** `x * x`. */
export function square(x: Operand): Node {
  const node = numberOf(x);
  return build.mul(node, node);
}

/** Square root; NaN below 0. Its slope at 0 is infinite, as it is in calculus. */
export const sqrt = build.sqrt;

/** `1 / sqrt(x)`. */
export function rsqrt(x: Operand): Node {
  return build.div(1, build.sqrt(x));
}

/** `1 / x`; integers become float32. */
export function reciprocal(x: Operand): Node {
  return build.div(1, floatOf(x));
}

/** Cube root, of negative numbers too. The gradient at 0, infinite in calculus, is 0. */
export function cbrt(x: Operand): Node {
  const node = floatOf(x);
  return build.mul(build.sign(node), guardedPower(build.abs(node), 1 / 3));
}

/** The largest integer not above x, in the dtype of x. */
export const floor = build.floor;

/** The smallest integer not below x, in the dtype of x. */
export const ceil = build.ceil;

/**
 * The nearest number with `decimals` digits behind the point, halves to the even neighbour; negative
 * `decimals` round to tens, hundreds and so on.
 */
export function round(x: Operand, decimals = 0): Node {
  const node = numberOf(x);
  if (decimals === 0 || (!isFloat(node.dtype) && decimals > 0)) return build.round(node);
  const factor = 10 ** Math.abs(decimals);
  const value = floatOf(node);
  const rounded =
    decimals > 0
      ? build.div(build.round(build.mul(value, factor)), factor)
      : build.mul(build.round(build.div(value, factor)), factor);
  return build.cast(rounded, node.dtype);
}

/** x without its fraction: rounded towards 0. */
export function trunc(x: Operand): Node {
  const node = numberOf(x);
  if (!isFloat(node.dtype)) return node;
  return build.select(build.less(node, 0), build.ceil(node), build.floor(node));
}

/** The same as {@link trunc}. */
export const fix = trunc;

/**
 * x where it lies between `min` and `max`, else the nearer of the two; null leaves a side open. The
 * gradient is that of x inside and on the bounds, 0 outside.
 */
export function clip(x: Operand, min: Operand | null, max: Operand | null): Node {
  let node = numberOf(x);
  if (min !== null) node = build.maximum(node, min);
  if (max !== null) node = build.minimum(node, max);
  return node;
}

/** The larger of the two; NaN if either is. */
export const maximum = build.maximum;

/** The smaller of the two; NaN if either is. */
export const minimum = build.minimum;

/** `choose(x1, x2)`, or the one of the two that is a number. */
function preferNumber(choose: typeof build.maximum, x1: Operand, x2: Operand): Node {
  const [a, b] = build.promote(x1, x2).map(numberOf);
  if (!isFloat(a.dtype)) return choose(a, b);
  const first = build.select(build.isNaN(a), b, a);
  return choose(first, build.select(build.isNaN(b), first, b));
}

/** The larger of the two; of a number and NaN the number. */
export function fmax(x1: Operand, x2: Operand): Node {
  return preferNumber(build.maximum, x1, x2);
}

/** The smaller of the two; of a number and NaN the number. */
export function fmin(x1: Operand, x2: Operand): Node {
  return preferNumber(build.minimum, x1, x2);
}

/**
 * x with numbers in place of what is none: `nan` for NaN, `posinf` and `neginf` for the infinities (by
 * default the largest finite numbers of the dtype).
 */
export function nanToNum(
  x: Operand,
  nan: Operand = 0,
  posinf: Operand | null = null,
  neginf: Operand | null = null,
): Node {
  const node = numberOf(x);
  if (!isFloat(node.dtype)) return node;
  const largest = node.dtype === 'float64' ? Number.MAX_VALUE : LARGEST_FLOAT32;
  const finite = build.select(
    build.equal(node, Number.POSITIVE_INFINITY),
    posinf ?? largest,
    build.select(build.equal(node, Number.NEGATIVE_INFINITY), neginf ?? -largest, node),
  );
  return build.select(build.isNaN(node), nan, finite);
}

const LARGEST_FLOAT32 = 2 ** 127 * (2 - 2 ** -23);

/** The step function: 0 below 0, 1 above, and `x2` where x1 is 0. */
export function heaviside(x1: Operand, x2: Operand): Node {
  const [a, b] = floatsOf(x1, x2);
  const step = build.select(build.greater(a, 0), 1, build.select(build.equal(a, 0), b, 0));
  return build.select(build.isNaN(a), a, step);
}
