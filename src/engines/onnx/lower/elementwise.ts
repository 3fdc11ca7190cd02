import { broadcastShapes } from '../../../graph/shape.ts';
import type { elementwise } from '../../../ops/primitives/elementwise.ts';
import type { Builder, Value } from '../builder.ts';
import { preciseFunctions } from './float64.ts';
import { expm1, log1p } from './numerics.ts';
import type { LoweringsOf } from './rules.ts';

/** A lowering that needs no attributes serves any primitive. */
type Plain = (b: Builder, inputs: readonly Value[]) => Value;

const unary =
  (op: string): Plain =>
  (b, [x]) =>
    b.unary(op, x);

/** ONNX Runtime's CPU kernels lack float64 here. */
const unarySingle =
  (op: string, precise: (b: Builder, x: Value) => Value): Plain =>
  (b, [x]) =>
    x.type === 'float64' ? precise(b, x) : b.unary(op, x);

const binary =
  (op: string): Plain =>
  (b, [x, y]) =>
    b.binary(op, x, y);

/** ONNX Runtime's WebGPU kernels of some operators go wrong where operands stretch (1.30). */
const binaryStretched =
  (op: string): Plain =>
  (b, [x, y]) => {
    const scalar = [x, y].some((v) => v.shape.length === 0);
    if (b.target !== 'webgpu' || (scalar && x.type !== 'bool')) return b.binary(op, x, y);
    const shape = broadcastShapes(op, x.shape, y.shape);
    return b.binary(op, b.expand(x, shape), b.expand(y, shape));
  };

const and = binaryStretched('And');

const compare =
  (op: string): Plain =>
  (b, [x, y]) =>
    b.compare(op, x, y);

/** The angle in the quarter of positive coordinates, then mirrored into the point's own quarter. */
function atan2(b: Builder, y: Value, x: Value): Value {
  const zero = b.scalar(0, x.type);
  const slope = b.div(b.abs(y), b.abs(x));
  const steep = b.where(b.compare('Equal', y, zero), zero, slope);
  const angle = steep.type === 'float64' ? preciseFunctions.atan(b, steep) : b.unary('Atan', steep);
  const left = b.compare('Less', x, zero);
  const upper = b.where(left, b.sub(b.scalar(Math.PI, x.type), angle), angle);
  return b.where(b.compare('Less', y, zero), b.neg(upper), upper);
}

/** Integer division by zero would end the process; it gives 0, as in JavaScript's `(a / b) | 0`. */
function divide(b: Builder, x: Value, y: Value): Value {
  if (x.type !== 'int32') return b.div(x, y);
  if (y.data?.every((v) => v !== 0 && v !== -1)) return b.div(x, y);
  // Shaders divide by zero without harm, and know no float64.
  const quotient =
    b.target === 'webgpu'
      ? b.div(x, y)
      : b.cast(b.div(b.cast(x, 'float64'), b.cast(y, 'float64')), 'int32');
  const zero = b.compare('Equal', y, b.scalar(0, 'int32'));
  return b.where(zero, b.scalar(0, 'int32'), quotient);
}

function modulo(b: Builder, x: Value, y: Value): Value {
  if (x.type !== 'int32') return b.sub(x, b.mul(y, b.unary('Floor', b.div(x, y))));
  const zero = b.compare('Equal', y, b.scalar(0, 'int32'));
  const divisor = b.where(zero, b.scalar(1, 'int32'), y);
  return b.binary('Mod', x, y.data?.every((v) => v !== 0) ? y : divisor);
}

function select(b: Builder, condition: Value, x: Value, y: Value): Value {
  if (x.type !== 'bool') return b.where(condition, x, y);
  return b.cast(b.where(condition, b.cast(x, 'uint8'), b.cast(y, 'uint8')), 'bool');
}

/** Squares and cubes without the logarithm: fifty times as fast. */
function power(b: Builder, x: Value, y: Value): Value {
  const exponent = y.data?.length === 1 && y.shape.length <= x.shape.length ? Number(y.data[0]) : 0;
  if (exponent === 2) return b.mul(x, x);
  if (exponent === 3) return b.mul(b.mul(x, x), x);
  return binaryStretched('Pow')(b, [x, y]);
}

export const elementwiseLowerings: LoweringsOf<keyof typeof elementwise> = {
  neg: unary('Neg'),
  abs: unary('Abs'),
  sign: (b, [x]) => {
    // The WebGPU provider has no Sign.
    if (b.target !== 'webgpu') return b.unary('Sign', x);
    const zero = b.scalar(0, x.type);
    const positive = b.cast(b.compare('Greater', x, zero), x.type);
    return b.sub(positive, b.cast(b.compare('Less', x, zero), x.type));
  },
  exp: unary('Exp'),
  expm1: (b, [x]) => expm1(b, x),
  log: unary('Log'),
  log1p: (b, [x]) => log1p(b, x),
  sqrt: unary('Sqrt'),
  sin: unary('Sin'),
  cos: unary('Cos'),
  tan: unarySingle('Tan', preciseFunctions.tan),
  asin: unarySingle('Asin', preciseFunctions.asin),
  acos: unarySingle('Acos', preciseFunctions.acos),
  atan: unarySingle('Atan', preciseFunctions.atan),
  sinh: unarySingle('Sinh', preciseFunctions.sinh),
  cosh: unarySingle('Cosh', preciseFunctions.cosh),
  tanh: unary('Tanh'),
  asinh: unarySingle('Asinh', preciseFunctions.asinh),
  acosh: unarySingle('Acosh', preciseFunctions.acosh),
  atanh: unarySingle('Atanh', preciseFunctions.atanh),
  sigmoid: unary('Sigmoid'),
  // ONNX's Softplus rounds e^x + 1 and so loses small results.
  softplus: (b, [x]) => b.add(b.unary('Relu', x), log1p(b, b.exp(b.neg(b.abs(x))))),
  relu: unary('Relu'),
  erf: unarySingle('Erf', preciseFunctions.erf),
  floor: unary('Floor'),
  ceil: unary('Ceil'),
  round: unary('Round'),
  isNaN: (b, [x]) =>
    x.type === 'float32' || x.type === 'float64'
      ? b.op('IsNaN', [x], {}, { type: 'bool', shape: x.shape })
      : b.expand(b.scalar(0, 'bool'), x.shape),
  logicalNot: unary('Not'),

  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Mul'),
  div: (b, [x, y]) => divide(b, x, y),
  pow: (b, [x, y]) => power(b, x, y),
  mod: (b, [x, y]) => modulo(b, x, y),
  maximum: binary('Max'),
  minimum: binary('Min'),
  atan2: (b, [y, x]) => atan2(b, y, x),
  equal: compare('Equal'),
  notEqual: (b, [x, y]) => b.not(b.compare('Equal', x, y)),
  less: compare('Less'),
  lessEqual: compare('LessOrEqual'),
  greater: compare('Greater'),
  greaterEqual: compare('GreaterOrEqual'),
  logicalAnd: and,
  logicalOr: (b, [x, y]) =>
    b.target === 'webgpu' ? b.not(and(b, [b.not(x), b.not(y)])) : b.binary('Or', x, y),
  select: (b, [condition, x, y]) => select(b, condition, x, y),
  cast: (b, [x], { dtype }) => b.cast(x, dtype),
};
