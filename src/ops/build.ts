import { allocate, type DType, isFloat, type TypedArray, toTypedArray } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import { bind, type Node } from '../graph/node.ts';
import { normalizeAxes, normalizeAxis, type Shape, sameShape, sizeOf } from '../graph/shape.ts';
import type { ConvAttributes } from './primitives/contraction.ts';
import { type AttributesOf, type PrimitiveName, primitives } from './primitives/index.ts';
import type { PoolAttributes } from './primitives/pooling.ts';
import type { CustomGradientRule } from './primitives/source.ts';

/**
 * One thin function a primitive: literals become constants, dtypes are promoted, axes are normalized,
 * and what changes nothing returns its input. Everything above builds graphs through these.
 */

/** A node or a literal that takes the dtype of what it meets. */
export type Operand = Node | number | boolean;

export function apply<P extends PrimitiveName>(
  name: P,
  inputs: readonly Node[],
  attributes: AttributesOf<P>,
): Node {
  return bind(primitives[name] as any, inputs, attributes as any);
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'primitive' in value;
}

// Sources

export function constant(data: TypedArray, shape: Shape, dtype: DType): Node {
  return apply('constant', [], { data, shape, dtype });
}

export function scalar(value: number | boolean, dtype: DType): Node {
  const data = allocate(dtype, 1);
  data[0] = Number(value);
  return constant(data, [], dtype);
}

/** Every element `value`. */
export function filled(shape: Shape, value: number | boolean, dtype: DType = 'float32'): Node {
  return broadcastTo(scalar(value, dtype), shape);
}

export function placeholder(shape: Shape, dtype: DType, name = ''): Node {
  return apply('input', [], { shape, dtype, name });
}

export function iota(shape: Shape, axis: number, dtype: DType = 'int32'): Node {
  return apply('iota', [], { shape, axis: normalizeAxis('iota', axis, shape.length), dtype });
}

/** The size of one axis as an int32 scalar: a constant unless the axis depends on the batch. */
export function dimension(x: Node, axis: number): Node {
  const at = normalizeAxis('dimension', axis, x.shape.length);
  return x.shape[at] >= 0 ? scalar(x.shape[at], 'int32') : apply('dimension', [x], { axis: at });
}

export function randomUniform(key: Node, shape: Shape): Node {
  return apply('randomUniform', [key], { shape });
}

export const stopGradient = (x: Node): Node => apply('stopGradient', [x], {});
export const barrier = (x: Node): Node => apply('barrier', [x], {});
export const customGradient = (
  value: Node,
  args: readonly Node[],
  rule: CustomGradientRule,
): Node => apply('customGradient', [value, ...args], { rule });

// Data types

/** bool < int32 < float32 < float64; an integer that meets a float becomes that float. */
const rank: Record<DType, number> = { bool: 0, int32: 1, float32: 2, float64: 3 };

export function promoteTypes(a: DType, b: DType): DType {
  return rank[a] >= rank[b] ? a : b;
}

export function cast(x: Node, dtype: DType): Node {
  return x.dtype === dtype ? x : apply('cast', [x], { dtype });
}

/** A literal as a node of `dtype`, or of float32 where the literal is not an integer. */
export function toNode(value: Operand, like: DType = 'float32'): Node {
  if (isNode(value)) return value;
  if (typeof value === 'boolean') return scalar(value, like === 'bool' ? 'bool' : like);
  if (typeof value !== 'number') {
    const what = Array.isArray(value) ? 'an array' : typeof value;
    const way = typeof value === 'object' ? '; make one with tensor(values)' : '';
    return fail('tensor', `received ${what}; expected a tensor, a number or a boolean${way}`);
  }
  if (like === 'bool') return scalar(value, Number.isInteger(value) ? 'int32' : 'float32');
  return scalar(value, like === 'int32' && !Number.isInteger(value) ? 'float32' : like);
}

/** Both operands as nodes of one dtype. A literal adapts to the tensor that it meets. */
export function promote(a: Operand, b: Operand): [Node, Node] {
  const left = isNode(a) ? a : toNode(a, isNode(b) ? b.dtype : 'float32');
  const right = isNode(b) ? b : toNode(b, left.dtype);
  const dtype = promoteTypes(left.dtype, right.dtype);
  return [cast(left, dtype), cast(right, dtype)];
}

const asNumber = (x: Node): Node => (x.dtype === 'bool' ? cast(x, 'int32') : x);
const asFloat = (x: Node): Node => (isFloat(x.dtype) ? x : cast(x, 'float32'));

// Element by element

type NumberUnary = 'neg' | 'abs' | 'sign' | 'relu';
type FloatUnary =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'sigmoid'
  | 'softplus'
  | 'erf';
type Rounding = 'floor' | 'ceil' | 'round';

const numeric =
  (name: NumberUnary) =>
  (x: Operand): Node =>
    apply(name, [asNumber(toNode(x))], {});
const floating =
  (name: FloatUnary) =>
  (x: Operand): Node =>
    apply(name, [asFloat(toNode(x))], {});
const rounding =
  (name: Rounding) =>
  (x: Operand): Node => {
    const value = asNumber(toNode(x));
    return isFloat(value.dtype) ? apply(name, [value], {}) : value;
  };

export const neg = numeric('neg');
export const abs = numeric('abs');
export const sign = numeric('sign');
export const relu = numeric('relu');
export const exp = floating('exp');
export const expm1 = floating('expm1');
export const log = floating('log');
export const log1p = floating('log1p');
export const sqrt = floating('sqrt');
export const sin = floating('sin');
export const cos = floating('cos');
export const tan = floating('tan');
export const asin = floating('asin');
export const acos = floating('acos');
export const atan = floating('atan');
export const sinh = floating('sinh');
export const cosh = floating('cosh');
export const tanh = floating('tanh');
export const asinh = floating('asinh');
export const acosh = floating('acosh');
export const atanh = floating('atanh');
export const sigmoid = floating('sigmoid');
export const softplus = floating('softplus');
export const erf = floating('erf');
export const floor = rounding('floor');
export const ceil = rounding('ceil');
export const round = rounding('round');
// biome-ignore lint/suspicious/noShadowRestrictedNames: the primitive is named so
export const isNaN = (x: Operand): Node => apply('isNaN', [toNode(x)], {});
export const logicalNot = (x: Operand): Node => apply('logicalNot', [cast(toNode(x), 'bool')], {});

type NumberBinary = 'add' | 'sub' | 'mul' | 'pow' | 'mod' | 'maximum' | 'minimum';
type OrderBinary = 'less' | 'lessEqual' | 'greater' | 'greaterEqual';
type EqualBinary = 'equal' | 'notEqual';

const arithmetic =
  (name: NumberBinary | OrderBinary) =>
  (a: Operand, b: Operand): Node => {
    const [x, y] = promote(a, b);
    return apply(name, [asNumber(x), asNumber(y)], {});
  };
const comparison =
  (name: EqualBinary) =>
  (a: Operand, b: Operand): Node =>
    apply(name, promote(a, b), {});
const logical =
  (name: 'logicalAnd' | 'logicalOr') =>
  (a: Operand, b: Operand): Node =>
    apply(name, [cast(toNode(a), 'bool'), cast(toNode(b), 'bool')], {});

export const add = arithmetic('add');
export const sub = arithmetic('sub');
export const mul = arithmetic('mul');
export const pow = arithmetic('pow');
export const mod = arithmetic('mod');
export const maximum = arithmetic('maximum');
export const minimum = arithmetic('minimum');
export const less = arithmetic('less');
export const lessEqual = arithmetic('lessEqual');
export const greater = arithmetic('greater');
export const greaterEqual = arithmetic('greaterEqual');
export const equal = comparison('equal');
export const notEqual = comparison('notEqual');
export const logicalAnd = logical('logicalAnd');
export const logicalOr = logical('logicalOr');

/** True division: integers become float32. */
export function div(a: Operand, b: Operand): Node {
  const [x, y] = promote(a, b);
  return apply('div', [asFloat(x), asFloat(y)], {});
}

/** Integer division, truncated towards zero. */
export function divTruncate(a: Node, b: Operand): Node {
  const [x, y] = promote(a, b);
  return apply('div', [x, y], {});
}

export function atan2(a: Operand, b: Operand): Node {
  const [x, y] = promote(a, b);
  return apply('atan2', [asFloat(x), asFloat(y)], {});
}

export function select(condition: Operand, a: Operand, b: Operand): Node {
  const [x, y] = promote(a, b);
  return apply('select', [cast(toNode(condition), 'bool'), x, y], {});
}

// Reductions

export type Axes = number | readonly number[] | undefined | null;

const reducing =
  (name: 'sum' | 'prod' | 'max' | 'min') =>
  (x: Node, axes?: Axes, keepDims = false): Node => {
    const value = asNumber(x);
    const normalized = normalizeAxes(name, axes, value.shape.length);
    if (normalized.length === 0) return value;
    return apply(name, [value], { axes: normalized, keepDims });
  };

export const sum = reducing('sum');
export const prod = reducing('prod');
export const max = reducing('max');
export const min = reducing('min');

export const argMax = (x: Node, axis: number): Node =>
  apply('argMax', [asNumber(x)], { axis: normalizeAxis('argMax', axis, x.shape.length) });
export const argMin = (x: Node, axis: number): Node =>
  apply('argMin', [asNumber(x)], { axis: normalizeAxis('argMin', axis, x.shape.length) });
export const cumSum = (x: Node, axis: number, { exclusive = false, reverse = false } = {}): Node =>
  apply('cumSum', [asNumber(x)], {
    axis: normalizeAxis('cumSum', axis, x.shape.length),
    exclusive,
    reverse,
  });
export const argSort = (x: Node, axis = -1, descending = false): Node =>
  apply('argSort', [asNumber(x)], {
    axis: normalizeAxis('argSort', axis, x.shape.length),
    descending,
  });
export const softmax = (x: Node, axis = -1): Node =>
  apply('softmax', [asFloat(x)], { axis: normalizeAxis('softmax', axis, x.shape.length) });
export const logSoftmax = (x: Node, axis = -1): Node =>
  apply('logSoftmax', [asFloat(x)], { axis: normalizeAxis('logSoftmax', axis, x.shape.length) });

// Products

/** Matrix product of nodes with two or more axes. */
export function matMul(a: Node, b: Node, { transposeA = false, transposeB = false } = {}): Node {
  const [x, y] = promote(a, b);
  return apply('matMul', [asNumber(x), asNumber(y)], { transposeA, transposeB });
}

export const conv = (x: Node, kernel: Node, attributes: ConvAttributes): Node =>
  apply('conv', promote(x, kernel), attributes);
export const convInputGrad = (
  dy: Node,
  kernel: Node,
  attributes: AttributesOf<'convInputGrad'>,
): Node => apply('convInputGrad', promote(dy, kernel), attributes);
export const convKernelGrad = (
  x: Node,
  dy: Node,
  attributes: AttributesOf<'convKernelGrad'>,
): Node => apply('convKernelGrad', promote(x, dy), attributes);

// Pooling

export const maxPool = (x: Node, attributes: PoolAttributes): Node =>
  apply('maxPool', [asFloat(x)], attributes);
export const maxPoolGrad = (x: Node, y: Node, dy: Node, attributes: PoolAttributes): Node =>
  apply('maxPoolGrad', [x, y, dy], attributes);
export const maxPoolPick = (x: Node, y: Node, v: Node, attributes: PoolAttributes): Node =>
  apply('maxPoolPick', [x, y, v], attributes);
export const sumPool = (x: Node, attributes: PoolAttributes): Node =>
  apply('sumPool', [asFloat(x)], attributes);
export const sumPoolGrad = (dy: Node, attributes: AttributesOf<'sumPoolGrad'>): Node =>
  apply('sumPoolGrad', [dy], attributes);

// Arrangement

/** The same elements under another shape of exactly these dimensions (negative ones are batches). */
export function reshape(x: Node, shape: Shape): Node {
  return sameShape(x.shape, shape) ? x : apply('reshape', [x], { shape: [...shape] });
}

export function transpose(x: Node, permutation: readonly number[]): Node {
  return permutation.every((p, i) => p === i) && permutation.length === x.shape.length
    ? x
    : apply('transpose', [x], { permutation: [...permutation] });
}

export function broadcastTo(x: Node, shape: Shape): Node {
  return sameShape(x.shape, shape) ? x : apply('broadcastTo', [x], { shape: [...shape] });
}

export function slice(
  x: Node,
  starts: readonly number[],
  limits: readonly number[],
  strides: readonly number[] = starts.map(() => 1),
): Node {
  const whole = x.shape.every((d, i) => starts[i] === 0 && limits[i] === d && strides[i] === 1);
  return whole && starts.length === x.shape.length
    ? x
    : apply('slice', [x], { starts, limits, strides });
}

/** Elements start to limit of one axis. */
export function sliceAxis(x: Node, axis: number, start: number, limit: number, stride = 1): Node {
  const at = normalizeAxis('slice', axis, x.shape.length);
  const starts = x.shape.map((_, i) => (i === at ? start : 0));
  const limits = x.shape.map((d, i) => (i === at ? limit : d));
  return slice(
    x,
    starts,
    limits,
    x.shape.map((_, i) => (i === at ? stride : 1)),
  );
}

export function pad(
  x: Node,
  low: readonly number[],
  high: readonly number[],
  { interior = low.map(() => 0) as readonly number[], value = 0 } = {},
): Node {
  const none = [...low, ...high, ...interior].every((n) => n === 0);
  return none ? x : apply('pad', [x], { low, high, interior, value });
}

export function concatenate(values: readonly Node[], axis: number): Node {
  if (values.length === 1) return values[0];
  if (values.length === 0) fail('concatenate', 'received no tensors; expected one or more');
  const dtype = values.map((v) => v.dtype).reduce(promoteTypes);
  return apply(
    'concatenate',
    values.map((v) => cast(v, dtype)),
    { axis: normalizeAxis('concatenate', axis, values[0].shape.length) },
  );
}

export function reverse(x: Node, axes: Axes): Node {
  const normalized = normalizeAxes('reverse', axes, x.shape.length);
  return normalized.length === 0 ? x : apply('reverse', [x], { axes: normalized });
}

// Indices

export const gather = (x: Node, indices: Node, axis: number): Node =>
  apply('gather', [x, cast(indices, 'int32')], {
    axis: normalizeAxis('gather', axis, x.shape.length),
  });
export const scatterAdd = (x: Node, indices: Node, updates: Node, axis: number): Node =>
  apply('scatterAdd', [x, cast(indices, 'int32'), updates], {
    axis: normalizeAxis('scatterAdd', axis, x.shape.length),
  });
export const gatherAlong = (x: Node, indices: Node, axis: number): Node =>
  apply('gatherAlong', [x, cast(indices, 'int32')], {
    axis: normalizeAxis('gatherAlong', axis, x.shape.length),
  });
export const scatterAddAlong = (x: Node, indices: Node, updates: Node, axis: number): Node =>
  apply('scatterAddAlong', [x, cast(indices, 'int32'), updates], {
    axis: normalizeAxis('scatterAddAlong', axis, x.shape.length),
  });

// Shared by gradient rules and compositions

/** Sums `x` over the axes that broadcasting `shape` to it has stretched: the adjoint of broadcasting. */
export function sumTo(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape
    .map((_, i) => i)
    .filter((i) => i < lead || (shape[i - lead] === 1 && x.shape[i] !== 1));
  return reshape(sum(x, axes), shape);
}

/** The number of elements that a reduction over `axes` joins, as a scalar of `dtype`. */
export function countOf(x: Node, axes: readonly number[], dtype: DType): Node {
  const fixed = axes.filter((a) => x.shape[a] >= 0).reduce((n, a) => n * x.shape[a], 1);
  let count: Node = scalar(fixed, dtype);
  for (const axis of axes) {
    if (x.shape[axis] < 0) count = mul(count, cast(dimension(x, axis), dtype));
  }
  return count;
}

/** Values of nested arrays of numbers or booleans as a constant. */
export function literal(values: ArrayLike<number>, shape: Shape, dtype: DType): Node {
  return constant(toTypedArray(dtype, values), shape, dtype);
}

export { sizeOf };
