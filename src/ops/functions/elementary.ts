import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import type { CustomGradientRule } from '../primitives/source.ts';
import { floatOf, floatsOf, guardedSqrt } from './shared.ts';

/**
 * Exponentials, logarithms, trigonometric and error functions, element by element, under NumPy's names.
 * Angles are in radians. Integers and booleans become float32.
 */

/** e to the power x. */
export const exp = build.exp;

/** 2 to the power x. */
export function exp2(x: Operand): Node {
  return build.pow(2, floatOf(x));
}

/** e to the power x, minus 1; exact near 0. */
export const expm1 = build.expm1;

/** Natural logarithm: minus infinity at 0, NaN below. */
export const log = build.log;

/** Logarithm to base 2. */
export function log2(x: Operand): Node {
  return build.div(build.log(x), Math.LN2);
}

/** Logarithm to base 10. */
export function log10(x: Operand): Node {
  return build.div(build.log(x), Math.LN10);
}

/** Natural logarithm of 1 + x; exact near 0. */
export const log1p = build.log1p;

/** log(e^x1 + e^x2) without overflow; the gradients are the two shares of the sum. */
export function logaddexp(x1: Operand, x2: Operand): Node {
  const [a, b] = floatsOf(x1, x2);
  const first = build.greaterEqual(a, b);
  const high = build.select(first, a, b);
  const low = build.select(first, b, a);
  // The difference of two equal infinities would be NaN.
  const infinite = build.equal(build.abs(high), Number.POSITIVE_INFINITY);
  return build.add(high, build.softplus(build.select(infinite, 0, build.sub(low, high))));
}

/** log2(2^x1 + 2^x2) without overflow. */
export function logaddexp2(x1: Operand, x2: Operand): Node {
  return build.div(
    logaddexp(build.mul(floatOf(x1), Math.LN2), build.mul(floatOf(x2), Math.LN2)),
    Math.LN2,
  );
}

/** Sine. */
export const sin = build.sin;

/** Cosine. */
export const cos = build.cos;

/** Tangent. */
export const tan = build.tan;

/** The angle in [-pi/2, pi/2] whose sine is x; NaN outside [-1, 1]. */
export const arcsin = build.asin;

/** The angle in [0, pi] whose cosine is x; NaN outside [-1, 1]. */
export const arccos = build.acos;

/** The angle in (-pi/2, pi/2) whose tangent is x. */
export const arctan = build.atan;

/** Hyperbolic sine. */
export const sinh = build.sinh;

/** Hyperbolic cosine. */
export const cosh = build.cosh;

/** Hyperbolic tangent. */
export const tanh = build.tanh;

/** Inverse hyperbolic sine. */
export const arcsinh = build.asinh;

/** Inverse hyperbolic cosine; NaN below 1. */
export const arccosh = build.acosh;

/** Inverse hyperbolic tangent; NaN outside [-1, 1]. */
export const arctanh = build.atanh;

/** The angle of the point (x2, x1), in [-pi, pi]: the ordinate comes first, as in NumPy. */
export const arctan2 = build.atan2;

/** sqrt(x1^2 + x2^2) without overflow. The gradient at the origin is 0. */
export function hypot(x1: Operand, x2: Operand): Node {
  const [a, b] = floatsOf(x1, x2);
  const largest = build.stopGradient(build.maximum(build.abs(a), build.abs(b)));
  const plain = build.logicalOr(
    build.equal(largest, 0),
    build.equal(largest, Number.POSITIVE_INFINITY),
  );
  const scale = build.select(plain, 1, largest);
  const [x, y] = [build.div(a, scale), build.div(b, scale)];
  return build.mul(scale, guardedSqrt(build.add(build.mul(x, x), build.mul(y, y))));
}

/** Degrees to radians. */
export function deg2rad(x: Operand): Node {
  return build.mul(floatOf(x), Math.PI / 180);
}

/** Radians to degrees. */
export function rad2deg(x: Operand): Node {
  return build.mul(floatOf(x), 180 / Math.PI);
}

/** sin(pi x) / (pi x), 1 at 0. */
export function sinc(x: Operand): Node {
  const angle = build.mul(floatOf(x), Math.PI);
  const zero = build.equal(angle, 0);
  const safe = build.select(zero, 1, angle);
  return build.select(zero, 1, build.div(build.sin(safe), safe));
}

/** The error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
export const erf = build.erf;

/** Coefficients from the highest power down, applied by Horner's rule. */
function polynomial(x: Node, coefficients: readonly number[]): Node {
  let sum: build.Operand = coefficients[0];
  for (const c of coefficients.slice(1)) sum = build.add(build.mul(x, sum), c);
  return build.toNode(sum);
}

// M. Giles, "Approximating the erfinv function", GPU Computing Gems (2011): two polynomials in
// w = -log(1 - x^2), one for the middle and one for the tails.
const MIDDLE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3,
  -4.17768164e-3, 2.46640727e-1, 1.50140941,
];
const TAIL = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3,
  9.43887047e-3, 1.00167406, 2.83297682,
];

const erfinvGradient: CustomGradientRule = (dy, [x]) => {
  const y = erfinv(x);
  return [build.mul(dy, build.mul(build.exp(build.mul(y, y)), Math.sqrt(Math.PI) / 2))];
};

/**
 * The inverse of {@link erf}: infinite at -1 and 1, NaN outside. Accurate to a few units in the last
 * place of float32; in float64, two Newton steps on erf follow.
 */
export function erfinv(x: Operand): Node {
  const node = floatOf(x);
  const w = build.neg(build.log(build.mul(build.sub(1, node), build.add(1, node))));
  const middle = build.less(w, 5);
  const tail = build.sub(build.sqrt(build.select(middle, 5, w)), 3);
  let y = build.mul(
    node,
    build.select(middle, polynomial(build.sub(w, 2.5), MIDDLE), polynomial(tail, TAIL)),
  );
  if (node.dtype === 'float64') {
    for (let step = 0; step < 2; step++) {
      const slope = build.mul(build.exp(build.neg(build.mul(y, y))), 2 / Math.sqrt(Math.PI));
      y = build.sub(y, build.div(build.sub(build.erf(y), node), slope));
    }
  }
  const end = build.equal(build.abs(node), 1);
  const value = build.select(end, build.mul(node, Number.POSITIVE_INFINITY), y);
  return build.customGradient(value, [node], erfinvGradient);
}

/** The logit of a probability, log(x / (1 - x)): the inverse of the sigmoid. */
export function logit(x: Operand): Node {
  const node = floatOf(x);
  return build.sub(build.log(node), build.log1p(build.neg(node)));
}

/** x with its values as `dtype`; floats truncate towards 0 when they become integers, non-zero becomes true. */
export function cast(x: Operand, dtype: 'float32' | 'float64' | 'int32' | 'bool'): Node {
  if (!['float32', 'float64', 'int32', 'bool'].includes(dtype)) {
    fail('cast', `received dtype ${dtype}; expected float32, float64, int32 or bool`);
  }
  return build.cast(build.toNode(x), dtype);
}

/** x itself, a constant to differentiation. */
export function stopGradient(x: Operand): Node {
  return build.stopGradient(build.toNode(x));
}
