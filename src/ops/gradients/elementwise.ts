import { isFloat } from '../../graph/dtype.ts';
import type { Node } from '../../graph/node.ts';
import * as b from '../build.ts';
import type { elementwise } from '../primitives/elementwise.ts';
import { type GradientRules, none } from './rule.ts';

const {
  add,
  cos,
  div,
  equal,
  exp,
  greater,
  greaterEqual,
  less,
  log,
  mul,
  neg,
  select,
  sub,
  sumTo,
} = b;
const square = (x: Node): Node => mul(x, x);

/** Gradients of a broadcasting primitive, summed back to the shapes of its inputs. */
const both = (inputs: readonly Node[], da: Node, db: Node): Node[] => [
  sumTo(da, inputs[0].shape),
  sumTo(db, inputs[1].shape),
];

export const elementwiseGradients: GradientRules<keyof typeof elementwise> = {
  neg: (dy) => [neg(dy)],
  abs: (dy, [x]) => [mul(dy, b.sign(x))],
  sign: none,
  exp: (dy, _, y) => [mul(dy, y)],
  expm1: (dy, _, y) => [mul(dy, add(y, 1))],
  log: (dy, [x]) => [div(dy, x)],
  log1p: (dy, [x]) => [div(dy, add(x, 1))],
  sqrt: (dy, _, y) => [div(dy, mul(y, 2))],
  sin: (dy, [x]) => [mul(dy, cos(x))],
  cos: (dy, [x]) => [neg(mul(dy, b.sin(x)))],
  tan: (dy, _, y) => [mul(dy, add(square(y), 1))],
  asin: (dy, [x]) => [div(dy, b.sqrt(sub(1, square(x))))],
  acos: (dy, [x]) => [neg(div(dy, b.sqrt(sub(1, square(x)))))],
  atan: (dy, [x]) => [div(dy, add(square(x), 1))],
  sinh: (dy, [x]) => [mul(dy, b.cosh(x))],
  cosh: (dy, [x]) => [mul(dy, b.sinh(x))],
  tanh: (dy, _, y) => [mul(dy, sub(1, square(y)))],
  asinh: (dy, [x]) => [div(dy, b.sqrt(add(square(x), 1)))],
  acosh: (dy, [x]) => [div(dy, b.sqrt(sub(square(x), 1)))],
  atanh: (dy, [x]) => [div(dy, sub(1, square(x)))],
  sigmoid: (dy, _, y) => [mul(dy, mul(y, sub(1, y)))],
  softplus: (dy, [x]) => [mul(dy, b.sigmoid(x))],
  relu: (dy, _, y) => [select(greater(y, 0), dy, 0)],
  erf: (dy, [x]) => [mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)))],
  floor: none,
  ceil: none,
  round: none,
  isNaN: none,
  logicalNot: none,

  add: (dy, inputs) => both(inputs, dy, dy),
  sub: (dy, inputs) => both(inputs, dy, neg(dy)),
  mul: (dy, inputs) => both(inputs, mul(dy, inputs[1]), mul(dy, inputs[0])),
  div: (dy, inputs, y) => {
    const da = div(dy, inputs[1]);
    return both(inputs, da, neg(mul(da, y)));
  },
  // At exponent 0 the slope is 0 for every base, and at base 0 the logarithm is left out.
  pow: (dy, inputs, y) => {
    const [base, exponent] = inputs;
    const slope = mul(exponent, b.pow(base, sub(exponent, 1)));
    const positive = greater(base, 0);
    const logarithm = log(select(positive, base, 1));
    return both(
      inputs,
      mul(dy, select(equal(exponent, 0), 0, slope)),
      mul(dy, select(positive, mul(y, logarithm), 0)),
    );
  },
  mod: (dy, inputs) => both(inputs, dy, neg(mul(dy, b.floor(div(inputs[0], inputs[1]))))),
  // Where the two are equal the first takes the gradient.
  maximum: (dy, inputs) => {
    const first = greaterEqual(inputs[0], inputs[1]);
    return both(inputs, select(first, dy, 0), select(first, 0, dy));
  },
  minimum: (dy, inputs) => {
    const second = less(inputs[1], inputs[0]);
    return both(inputs, select(second, 0, dy), select(second, dy, 0));
  },
  atan2: (dy, inputs) => {
    const [y, x] = inputs;
    const scaled = div(dy, add(square(x), square(y)));
    return both(inputs, mul(scaled, x), neg(mul(scaled, y)));
  },
  equal: none,
  notEqual: none,
  less: none,
  lessEqual: none,
  greater: none,
  greaterEqual: none,
  logicalAnd: none,
  logicalOr: none,
  select: (dy, [condition, a, c]) => [
    undefined,
    sumTo(select(condition, dy, 0), a.shape),
    sumTo(select(condition, 0, dy), c.shape),
  ],
  cast: (dy, [x]) => [isFloat(x.dtype) ? b.cast(dy, x.dtype) : undefined],
};
