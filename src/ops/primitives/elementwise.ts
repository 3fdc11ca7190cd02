import type { DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import { broadcastShapes } from '../../graph/shape.ts';
import {
  binary,
  describe,
  expectInputs,
  expectSameDType,
  NUMBERS,
  primitive,
  unary,
} from './rules.ts';

/** Element by element: arithmetic, functions of one number, comparisons, logic, choice. */

const ALL = [...NUMBERS, 'bool'] as const;
const BOOL = ['bool'] as const;

export const elementwise = {
  neg: unary('neg', '-x', NUMBERS),
  abs: unary('abs', '|x|', NUMBERS),
  sign: unary('sign', '-1, 0 or 1', NUMBERS),
  exp: unary('exp', 'e^x'),
  expm1: unary('expm1', 'e^x - 1, exact near 0'),
  log: unary('log', 'natural logarithm'),
  log1p: unary('log1p', 'log(1 + x), exact near 0'),
  sqrt: unary('sqrt', 'square root'),
  sin: unary('sin', 'sine of radians'),
  cos: unary('cos', 'cosine of radians'),
  tan: unary('tan', 'tangent of radians'),
  asin: unary('asin', 'inverse sine, radians'),
  acos: unary('acos', 'inverse cosine, radians'),
  atan: unary('atan', 'inverse tangent, radians'),
  sinh: unary('sinh', 'hyperbolic sine'),
  cosh: unary('cosh', 'hyperbolic cosine'),
  tanh: unary('tanh', 'hyperbolic tangent'),
  asinh: unary('asinh', 'inverse hyperbolic sine'),
  acosh: unary('acosh', 'inverse hyperbolic cosine'),
  atanh: unary('atanh', 'inverse hyperbolic tangent'),
  sigmoid: unary('sigmoid', '1 / (1 + e^-x)'),
  softplus: unary('softplus', 'log(1 + e^x), without overflow'),
  relu: unary('relu', 'max(x, 0)', NUMBERS),
  erf: unary('erf', 'the error function'),
  floor: unary('floor', 'largest integer not above x'),
  ceil: unary('ceil', 'smallest integer not below x'),
  round: unary('round', 'nearest integer, halves to even'),
  isNaN: primitive<{}>({
    name: 'isNaN',
    doc: 'true where x is not a number',
    shape: (inputs) => {
      expectInputs('isNaN', inputs, 1);
      return { shape: inputs[0].shape, dtype: 'bool' };
    },
  }),
  logicalNot: unary('logicalNot', 'not x', BOOL),

  add: binary('add', 'a + b'),
  sub: binary('sub', 'a - b'),
  mul: binary('mul', 'a * b'),
  div: binary('div', 'a / b; integers truncate towards zero'),
  pow: binary('pow', 'a to the power b'),
  mod: binary('mod', 'a - b * floor(a / b): the sign of the divisor, as in Python'),
  maximum: binary('maximum', 'the larger'),
  minimum: binary('minimum', 'the smaller'),
  atan2: binary('atan2', 'angle of the point (b, a), radians', { allowed: ['float32', 'float64'] }),
  equal: binary('equal', 'a = b', { allowed: ALL, result: 'bool' }),
  notEqual: binary('notEqual', 'a differs from b', { allowed: ALL, result: 'bool' }),
  less: binary('less', 'a < b', { result: 'bool' }),
  lessEqual: binary('lessEqual', 'a <= b', { result: 'bool' }),
  greater: binary('greater', 'a > b', { result: 'bool' }),
  greaterEqual: binary('greaterEqual', 'a >= b', { result: 'bool' }),
  logicalAnd: binary('logicalAnd', 'a and b', { allowed: BOOL }),
  logicalOr: binary('logicalOr', 'a or b', { allowed: BOOL }),

  select: primitive<{}>({
    name: 'select',
    doc: 'inputs (condition, a, b): a where the condition is true, else b; all three broadcast',
    shape: (inputs) => {
      expectInputs('select', inputs, 3);
      const [condition, a, b] = inputs;
      if (condition.dtype !== 'bool') {
        fail('select', `the condition is ${describe(condition)}; expected bool, for example x > 0`);
      }
      expectSameDType('select', [a, b]);
      return {
        shape: broadcastShapes('select', condition.shape, a.shape, b.shape),
        dtype: a.dtype,
      };
    },
  }),
  cast: primitive<{ dtype: DType }>({
    name: 'cast',
    doc: 'the values as another dtype; floats truncate towards zero, non-zero becomes true',
    shape: (inputs, { dtype }) => {
      expectInputs('cast', inputs, 1);
      return { shape: inputs[0].shape, dtype };
    },
  }),
};
