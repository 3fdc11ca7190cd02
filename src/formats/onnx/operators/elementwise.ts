import type { DType } from '../../../graph/dtype.ts';
import type { Node } from '../../../graph/node.ts';
import * as b from '../../../ops/build.ts';
import * as f from '../../../ops/functions/index.ts';
import { dtypeOfCode } from '../decode.ts';
import type { Operator, OperatorContext, OperatorTable } from './context.ts';

/** Operators that work element by element. */

const unary =
  (fn: (x: Node) => Node): Operator =>
  ({ first }) =>
    fn(first);

const binary =
  (fn: (x: Node, y: Node) => Node): Operator =>
  (c) =>
    fn(c.input(0), c.input(1));

/** Any number of operands. */
const joined =
  (fn: (x: Node, y: Node) => Node): Operator =>
  (c) =>
    c.inputs.map((_, i) => c.input(i)).reduce(fn);

const isInteger = (x: Node): boolean => x.dtype === 'int32';

/** ONNX divides integers towards zero. */
function divide(x: Node, y: Node): Node {
  return isInteger(x) && isInteger(y) ? b.divTruncate(x, y) : b.div(x, y);
}

/** `fmod`: the remainder has the sign of the dividend. */
function truncatedMod(x: Node, y: Node): Node {
  return b.sub(x, b.mul(f.trunc(b.div(x, y)), y));
}

function clip(c: OperatorContext): Node {
  const { attributes } = c.node;
  const bound = (i: number, name: string): Node | number | null => {
    const attribute = attributes.get(name);
    return c.inputs[i] ?? (typeof attribute === 'number' ? attribute : null);
  };
  return f.clip(c.first, bound(1, 'min'), bound(2, 'max'));
}

function cast(c: OperatorContext): Node {
  const code = c.int('to', 1);
  const dtype: DType = dtypeOfCode(code, c.title);
  return b.cast(c.first, dtype);
}

/** ONNX's slope has the channels behind the batch, which broadcasting from the back does not. */
function prelu(c: OperatorContext): Node {
  const x = c.first;
  const slope = c.input(1);
  const aligned =
    slope.shape.length === 1 && x.shape.length > 2 && slope.shape[0] === x.shape[1]
      ? b.reshape(slope, [slope.shape[0], ...x.shape.slice(2).map(() => 1)])
      : slope;
  return b.select(b.greaterEqual(x, 0), x, b.mul(x, aligned));
}

const gelu = (c: OperatorContext): Node =>
  f.gelu(c.first, c.text('approximate', 'none') === 'tanh');

function shift(x: Node, factor: number, offset: number): Node {
  return f.clip(b.add(b.mul(x, factor), offset), 0, 1);
}

/** The scale and zero point of quantized values, along an axis where there are several. */
function quantization(c: OperatorContext): { scale: Node; zero: Node | undefined } {
  const { first, inputs } = c;
  const along = (x: Node): Node => {
    if (x.shape.length !== 1 || x.shape[0] === 1) return b.reshape(x, []);
    const axis = c.int('axis', 1);
    const at = axis < 0 ? axis + first.shape.length : axis;
    return b.reshape(
      x,
      first.shape.map((d, i) => (i === at ? d : 1)),
    );
  };
  return { scale: along(c.input(1)), zero: inputs[2] && along(inputs[2]) };
}

export const elementwise: OperatorTable = {
  Add: binary(b.add),
  Sub: binary(b.sub),
  Mul: binary(b.mul),
  Div: binary(divide),
  Mod: (c) => (c.int('fmod', 0) ? truncatedMod : b.mod)(c.input(0), c.input(1)),
  Pow: (c) => b.cast(b.pow(c.input(0), b.cast(c.input(1), c.first.dtype)), c.first.dtype),
  Max: joined(b.maximum),
  Min: joined(b.minimum),
  Sum: joined(b.add),
  Mean: (c) => b.div(joined(b.add)(c) as Node, c.inputs.length),
  Equal: binary(b.equal),
  Less: binary(b.less),
  LessOrEqual: binary(b.lessEqual),
  Greater: binary(b.greater),
  GreaterOrEqual: binary(b.greaterEqual),
  And: binary(b.logicalAnd),
  Or: binary(b.logicalOr),
  Xor: binary(f.logicalXor),
  Not: unary(b.logicalNot),
  Where: (c) => b.select(c.input(0), c.input(1), c.input(2)),
  Neg: unary(b.neg),
  Abs: unary(b.abs),
  Sign: unary(b.sign),
  Sqrt: unary(b.sqrt),
  Exp: unary(b.exp),
  Log: unary(b.log),
  Reciprocal: unary(f.reciprocal),
  Floor: unary(b.floor),
  Ceil: unary(b.ceil),
  Round: unary(b.round),
  Sin: unary(b.sin),
  Cos: unary(b.cos),
  Tan: unary(b.tan),
  Asin: unary(b.asin),
  Acos: unary(b.acos),
  Atan: unary(b.atan),
  Sinh: unary(b.sinh),
  Cosh: unary(b.cosh),
  Tanh: unary(b.tanh),
  Asinh: unary(b.asinh),
  Acosh: unary(b.acosh),
  Atanh: unary(b.atanh),
  Erf: unary(b.erf),
  IsNaN: unary(b.isNaN),
  IsInf: (c) => {
    const [low, high] = [c.int('detect_negative', 1), c.int('detect_positive', 1)];
    if (low && high) return f.isinf(c.first);
    if (low) return f.isneginf(c.first);
    return high ? f.isposinf(c.first) : b.filled(c.first.shape, false, 'bool');
  },
  Relu: unary(b.relu),
  Sigmoid: unary(b.sigmoid),
  Softplus: unary(b.softplus),
  Softsign: unary(f.softsign),
  Mish: unary(f.mish),
  HardSwish: ({ first: x }) => b.mul(x, shift(x, 1 / 6, 0.5)),
  LeakyRelu: (c) => f.leakyRelu(c.first, c.int('alpha', 0.01)),
  Elu: (c) => f.elu(c.first, c.int('alpha', 1)),
  Celu: (c) => f.celu(c.first, c.int('alpha', 1)),
  Selu: (c) => {
    const alpha = c.int('alpha', 1.6732632423543772);
    return b.mul(f.elu(c.first, alpha), c.int('gamma', 1.0507009873554805));
  },
  ThresholdedRelu: (c) => {
    const alpha = c.int('alpha', 1);
    return b.select(b.greater(c.first, alpha), c.first, 0);
  },
  HardSigmoid: (c) => shift(c.first, c.int('alpha', 0.2), c.int('beta', 0.5)),
  Shrink: (c) => {
    const [bias, limit] = [c.int('bias', 0), c.int('lambd', 0.5)];
    const below = b.select(b.less(c.first, -limit), b.add(c.first, bias), 0);
    return b.select(b.greater(c.first, limit), b.sub(c.first, bias), below);
  },
  Gelu: gelu,
  PRelu: prelu,
  Clip: clip,
  Cast: cast,
  CastLike: (c) => b.cast(c.first, c.input(1).dtype),
  Identity: unary((x) => x),
  // At inference nothing is dropped; the mask, where it is read, keeps everything.
  Dropout: ({ first: x }) => [x, b.filled(x.shape, true, 'bool')],
  DequantizeLinear: (c) => {
    const { scale, zero } = quantization(c);
    const x = b.cast(zero ? b.sub(c.first, zero) : c.first, 'float32');
    return b.mul(x, scale);
  },
};
