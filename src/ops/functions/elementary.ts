import { isFloat } from '../../graph/dtype.ts';
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

/** A quotient of two polynomials, by Horner's rule from the highest power down. */
function rational(x: Node, [above, below]: readonly (readonly number[])[]): Node {
  const polynomial = (coefficients: readonly number[]) =>
    coefficients
      .slice(0, -1)
      .reduceRight<Operand>((sum, c) => build.add(build.mul(x, sum), c), coefficients.at(-1)!);
  return build.div(polynomial(above), polynomial(below));
}

/** e^(-x^2) for x of 0 or more: the square of a rounded x is exact, what is left is small. */
function gaussianTail(x: Node): Node {
  const coarse = build.div(build.floor(build.mul(x, 16)), 16);
  const rest = build.mul(build.sub(x, coarse), build.add(x, coarse));
  return build.mul(build.exp(build.neg(build.mul(coarse, coarse))), build.exp(build.neg(rest)));
}

// W. J. Cody, "Rational Chebyshev Approximations for the Error Function", Mathematics of Computation 23
// (1969): erfc(x) e^(x^2) in the middle, and what x erfc(x) e^(x^2) lacks of 1 / sqrt(pi), in 1 / x^2,
// beyond 4; lowest power first.
const ERFC_MIDDLE = [
  [
    1230.3393547979972, 2051.0783778260716, 1712.0476126340707, 881.952221241769, 298.6351381974001,
    66.11919063714163, 8.883149794388377, 0.5641884969886701, 2.1531153547440383e-8,
  ],
  [
    1230.3393548037495, 3439.3676741437216, 4362.619090143247, 3290.7992357334597,
    1621.3895745666903, 537.1811018620099, 117.6939508913125, 15.744926110709835, 1,
  ],
];
const ERFC_FAR = [
  [
    6.587491615298378e-4, 0.016083785148742275, 0.12578172611122926, 0.36034489994980445,
    0.30532663496123236, 0.016315387137302097,
  ],
  [
    0.0023352049762686918, 0.06051834131244132, 0.5279051029514285, 1.8729528499234604,
    2.568520192289822, 1,
  ],
];

const erfcGradient: CustomGradientRule = (dy, [x]) => {
  const slope = build.mul(build.exp(build.neg(build.mul(x, x))), -2 / Math.sqrt(Math.PI));
  return [build.mul(dy, slope)];
};

/** `1 - erf(x)`, accurate where that is close to 0. */
export function erfc(x: Operand): Node {
  const node = floatOf(x);
  const size = build.minimum(build.abs(node), 30);
  const near = build.lessEqual(size, 0.46875);
  const far = build.greater(size, 4);
  const inner = build.minimum(size, 4);
  const middle = build.mul(gaussianTail(inner), rational(inner, ERFC_MIDDLE));
  const outer = build.maximum(size, 4);
  const square = build.div(1, build.mul(outer, outer));
  const lacking = build.mul(square, rational(square, ERFC_FAR));
  const tail = build.mul(
    gaussianTail(outer),
    build.div(build.sub(1 / Math.sqrt(Math.PI), lacking), outer),
  );
  const upper = build.select(far, tail, middle);
  const whole = build.select(build.less(node, 0), build.sub(2, upper), upper);
  const value = build.select(near, build.sub(1, build.erf(node)), whole);
  return build.customGradient(build.select(build.isNaN(node), node, value), [node], erfcGradient);
}

/** Terms of a power series, lowest first, by Horner's rule. */
const series = (x: Node, terms: readonly number[]): Node => rational(x, [terms, [1]]);

/**
 * The modified Bessel function of the first kind and order 0: its power series near 0, and Hankel's
 * asymptotic series beyond (Abramowitz and Stegun 9.6.12 and 9.7.1).
 */
export function i0(x: Operand): Node {
  const node = floatOf(x);
  const double = node.dtype === 'float64';
  const [bound, terms, farTerms] = double ? [20, 52, 26] : [10, 24, 12];
  const size = build.abs(node);
  const inner = build.mul(build.minimum(size, bound), 1 / bound);
  const powers = [1];
  for (let k = 1; k < terms; k++) powers.push(powers[k - 1] * (bound / (2 * k)) ** 2);
  const near = series(build.mul(inner, inner), powers);
  const outer = build.maximum(size, bound);
  const factors = [1];
  for (let k = 1; k < farTerms; k++) {
    factors.push((factors[k - 1] * (2 * k - 1) ** 2) / (8 * k * bound));
  }
  // The exponential in two halves, which do not overflow before the result does.
  const half = build.exp(build.mul(outer, 0.5));
  const root = build.sqrt(build.mul(outer, 2 * Math.PI));
  const far = build.mul(
    build.div(build.mul(half, series(build.div(bound, outer), factors)), root),
    half,
  );
  return build.select(build.lessEqual(size, bound), near, far);
}

// M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics
// 37 (1988): rational functions for the middle, the tails and the far tails, lowest power first.
const MIDDLE = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
    45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597,
    39307.89580009271, 28729.085735721943, 5226.495278852854,
  ],
];
const TAIL = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
    1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
    0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
  ],
];
const FAR_TAIL = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
    0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
    1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
  ],
];

const erfinvGradient: CustomGradientRule = (dy, [x]) => {
  const y = erfinv(x);
  return [build.mul(dy, build.mul(build.exp(build.mul(y, y)), Math.sqrt(Math.PI) / 2))];
};

/**
 * The inverse of {@link erf}: infinite at -1 and 1, NaN outside. Accurate to a few units in the last
 * place of float32 and of float64.
 */
export function erfinv(x: Operand): Node {
  const node = floatOf(x);
  // The quantile of the normal distribution at (1 + x) / 2, divided by the square root of 2.
  const half = build.mul(node, 0.5);
  const inMiddle = build.lessEqual(build.abs(half), 0.425);
  const middle = build.mul(half, rational(build.sub(0.180625, build.mul(half, half)), MIDDLE));
  const rest = build.mul(build.sub(1, build.abs(node)), 0.5);
  const r = build.sqrt(build.neg(build.log(build.select(inMiddle, 0.25, rest))));
  let tail = rational(build.sub(r, 1.6), TAIL);
  // Numbers of float32 other than 1 end before the far tail.
  if (node.dtype === 'float64') {
    const far = rational(build.sub(build.minimum(r, 30), 5), FAR_TAIL);
    tail = build.select(build.greater(r, 5), far, tail);
  }
  const quantile = build.select(inMiddle, middle, build.mul(build.sign(node), tail));
  const end = build.equal(build.abs(node), 1);
  const value = build.select(
    end,
    build.mul(node, Number.POSITIVE_INFINITY),
    build.mul(quantile, Math.SQRT1_2),
  );
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

/** x as `dtype`; where it does not fit an int32, the nearest one. */
export function saturateCast(x: Operand, dtype: 'float32' | 'float64' | 'int32' | 'bool'): Node {
  const node = build.toNode(x);
  if (dtype !== 'int32' || !isFloat(node.dtype)) return cast(node, dtype);
  // The largest float32 below 2^31 is 2^31 - 128.
  const largest = node.dtype === 'float64' ? 2 ** 31 - 1 : 2 ** 31 - 128;
  const inside = build.minimum(build.maximum(node, -(2 ** 31)), largest);
  const above = build.greater(node, largest);
  return build.select(above, build.literal([2 ** 31 - 1], [], 'int32'), cast(inside, 'int32'));
}

/** Whether the sign bit is set: negative numbers and -0. */
export function signbit(x: Operand): Node {
  const node = build.toNode(x);
  const negative = build.less(node, 0);
  if (!isFloat(node.dtype)) return negative;
  const zero = build.equal(node, 0);
  const minus = build.less(build.div(1, build.select(zero, node, 1)), 0);
  return build.select(zero, minus, negative);
}

/** `x1 * 2^x2`. */
export function ldexp(x1: Operand, x2: Operand): Node {
  const x = floatOf(x1);
  return build.mul(x, build.pow(2, build.cast(build.toNode(x2), x.dtype)));
}
