import { sameShape } from '../../../graph/shape.ts';
import type { Builder, Value } from '../builder.ts';
import { isScalar, numberOf } from './numbers.ts';
import type { Rule } from './rule.ts';

/**
 * `condition ? x : 0` as a product with a mask of zeros and ones: the gradient of relu, and dropout. A
 * steep HardSigmoid makes the mask in one vectorized pass; Where runs on one thread and takes four to six
 * times as long.
 *
 * A product is no choice where x is infinite or not a number, as in `x > 0 ? log(x) : 0`. So x must come
 * from operators that make finite values of finite ones, and the condition must be one that the library
 * itself makes.
 */

const steep = (b: Builder, x: Value, atZero: number): Value => {
  const attributes = { alpha: { float: 1e38 }, beta: { float: atZero } };
  return b.op('HardSigmoid', [x], attributes, x);
};

/** Element-wise operators whose result is finite where their operands are. */
const tame = new Set([
  'Add',
  'Sub',
  'Mul',
  'Neg',
  'Relu',
  'Tanh',
  'Sigmoid',
  'HardSigmoid',
  'Where',
]);
/** Where element-wise thought ends: sums of products and rearrangements of them. */
const sums = new Set(['Gemm', 'MatMul', 'FusedMatMul', 'Conv', 'ConvTranspose', 'ReduceSum']);
const moves = new Set([
  'Reshape',
  'Transpose',
  'ReorderInput',
  'ReorderOutput',
  'Expand',
  'Concat',
]);
const pools = new Set(['MaxPool', 'AveragePool', 'MaxUnpool', 'Split', 'Slice', 'Gather', 'Pad']);

function isTame(value: Value): boolean {
  const seen = new Set<Value>();
  const stack = [value];
  while (stack.length > 0) {
    const v = stack.pop()!;
    if (seen.has(v) || sums.has(v.op)) continue;
    seen.add(v);
    if (v.op === 'Initializer' && v.data!.length === 1 && Number.isFinite(Number(v.data![0])))
      continue;
    // A condition is no number; a number fed in is a learning rate or the like.
    if (v.type === 'bool' || (v.op === 'Input' && isScalar(v))) continue;
    if (!tame.has(v.op) && !moves.has(v.op) && !pools.has(v.op)) return false;
    for (const input of v.inputs) if (input && input.type !== 'int64') stack.push(input);
  }
  return true;
}

/** Whether a value is what relu let through, if need be pooled. */
function isRectified(value: Value): boolean {
  if (value.op === 'MaxPool' || moves.has(value.op)) return isRectified(value.inputs[0]!);
  return value.op === 'Relu';
}

/** Random numbers reach a device graph as an input and are compared with a rate. */
function isDraw(value: Value): boolean {
  return value.op === 'Input' && value.shape.length > 0;
}

export const maskByProduct: Rule = (value, { b }) => {
  if (value.op !== 'Where' || value.type !== 'float32') return undefined;
  const [condition, kept, other] = value.inputs as Value[];
  if (numberOf(other) !== 0) return undefined;
  const [y, bound] = condition.inputs as Value[];
  if (!y || !bound || y.type !== 'float32' || !sameShape(y.shape, value.shape)) return undefined;
  const limit = numberOf(bound);
  if (limit === undefined) return undefined;
  let mask: () => Value;
  if (condition.op === 'Greater' && limit === 0 && isRectified(y)) mask = () => steep(b, y, 0);
  else if (condition.op === 'GreaterOrEqual' && isDraw(y)) {
    mask = () => steep(b, b.sub(y, bound), 1);
  } else if (condition.op === 'Less' && isDraw(y)) mask = () => steep(b, b.sub(bound, y), 0);
  else return undefined;
  return isTame(kept) ? b.mul(kept, mask()) : undefined;
};
