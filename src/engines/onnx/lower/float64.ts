import type { Builder, Value } from '../builder.ts';
import { log1p } from './numerics.ts';

/**
 * Functions for which ONNX Runtime's CPU kernels know float32 only, composed of those that it has in
 * float64. Precise to a few units in the last place; float64 is for checks, not for speed.
 */

function polynomial(b: Builder, x: Value, coefficients: readonly number[]): Value {
  const [first, ...rest] = coefficients;
  let sum = b.scalar(first, x.type);
  for (const c of rest) sum = b.with('Add', b.mul(sum, x), c);
  return sum;
}

/**
 * Inverse tangent by reduction to [0, tan(pi / 8)] and a rational approximation there (S. Moshier, Cephes
 * Math Library, atan).
 */
function atan(b: Builder, x: Value): Value {
  const size = b.abs(x);
  const far = b.compare('Greater', size, b.scalar(Math.SQRT2 + 1, x.type));
  const middle = b.compare('Greater', size, b.scalar(0.66, x.type));
  const number = (value: number) => b.scalar(value, x.type);
  const folded = b.div(b.with('Sub', size, 1), b.with('Add', size, 1));
  const reduced = b.where(far, b.div(number(-1), size), b.where(middle, folded, size));
  const base = b.where(far, number(Math.PI / 2), b.where(middle, number(Math.PI / 4), number(0)));
  const square = b.mul(reduced, reduced);
  const numerator = polynomial(
    b,
    square,
    [
      -0.8750608600031904, -16.157537187333652, -75.00855792314705, -122.88666844901361,
      -64.85021904942025,
    ],
  );
  const denominator = polynomial(
    b,
    square,
    [
      1, 24.858464901423062, 165.02700983169885, 432.88106049129027, 485.3903996359137,
      194.5506571482614,
    ],
  );
  const series = b.div(b.mul(square, numerator), denominator);
  const angle = b.add(base, b.add(reduced, b.mul(reduced, series)));
  return b.mul(b.unary('Sign', x), angle);
}

/** Half the sum of e^x and e^-x. */
function cosh(b: Builder, x: Value): Value {
  return b.with('Mul', b.add(b.exp(x), b.exp(b.neg(x))), 0.5);
}

/**
 * erf(x) = 2 / sqrt(pi) e^(-x^2) sum over n of 2^n x^(2n + 1) / (2n + 1)!!, whose terms are all of one
 * sign (DLMF 7.6.2). Beyond 6 the result is 1 to double precision.
 */
function erf(b: Builder, x: Value): Value {
  const TERMS = 120;
  const within = b.binary('Max', b.binary('Min', x, b.scalar(6, x.type)), b.scalar(-6, x.type));
  const square = b.mul(within, within);
  const doubled = b.with('Mul', square, 2);
  let sum = b.scalar(1, x.type);
  for (let n = TERMS; n >= 1; n--) {
    sum = b.with('Add', b.mul(b.with('Mul', doubled, 1 / (2 * n + 1)), sum), 1);
  }
  const scale = b.with('Mul', b.mul(within, b.exp(b.neg(square))), 2 / Math.sqrt(Math.PI));
  return b.mul(scale, sum);
}

export const preciseFunctions = {
  tan: (b: Builder, x: Value): Value => b.div(b.unary('Sin', x), b.unary('Cos', x)),
  atan,
  asin: (b: Builder, x: Value): Value => {
    const one = b.scalar(1, x.type);
    return atan(b, b.div(x, b.sqrt(b.mul(b.sub(one, x), b.add(one, x)))));
  },
  acos: (b: Builder, x: Value): Value => {
    const one = b.scalar(1, x.type);
    return b.with('Mul', atan(b, b.sqrt(b.div(b.sub(one, x), b.add(one, x)))), 2);
  },
  sinh: (b: Builder, x: Value): Value => b.mul(b.unary('Tanh', x), cosh(b, x)),
  cosh,
  asinh: (b: Builder, x: Value): Value => {
    const size = b.abs(x);
    const square = b.mul(x, x);
    const root = b.with('Add', b.sqrt(b.with('Add', square, 1)), 1);
    const near = log1p(b, b.add(size, b.div(square, root)));
    const far = b.with('Add', b.log(size), Math.LN2);
    const huge = b.compare('Greater', size, b.scalar(1e9, x.type));
    return b.mul(b.unary('Sign', x), b.where(huge, far, near));
  },
  acosh: (b: Builder, x: Value): Value => {
    const above = b.with('Sub', x, 1);
    const root = b.sqrt(b.mul(above, b.with('Add', above, 2)));
    return log1p(b, b.add(above, root));
  },
  atanh: (b: Builder, x: Value): Value => {
    const ratio = b.div(b.with('Mul', x, 2), b.sub(b.scalar(1, x.type), x));
    return b.with('Mul', log1p(b, ratio), 0.5);
  },
  erf,
};
