import type { Node } from '../../graph/node.ts';
import { BATCH } from '../../graph/shape.ts';
import { nameOf, type PrimitiveName } from '../../ops/primitives/index.ts';
import { knownValue } from '../../tensor/evaluate.ts';
import { refuse } from '../bytes.ts';
import { constantValue } from '../constants.ts';
import { ArrayValue, FORMAT, Slice } from './values.ts';

/**
 * Plain operations between the layers of a functional model, in Keras's words: each primitive is an
 * operation class, so that a file says `Multiply` where the program said `x.mul(2)`.
 */

/** An operation as a file holds it, with the arguments of its call. */
export interface OperationForm {
  readonly module: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Nodes, further operations, or constants. */
  readonly args: readonly OperationArgument[];
}

export type OperationArgument =
  | Node
  | OperationForm
  | number
  | boolean
  | ArrayValue
  | readonly OperationArgument[]
  | readonly Slice[];

const NUMPY = 'keras.src.ops.numpy';
const NN = 'keras.src.ops.nn';
const MATH = 'keras.src.ops.math';
const CORE = 'keras.src.ops.core';

const form = (
  module: string,
  className: string,
  args: readonly OperationArgument[],
  config: Readonly<Record<string, unknown>> = {},
): OperationForm => ({ module, className, args, config });

/** The shape with -1 for the batch, as `Reshape` takes it. */
function openShape(node: Node): number[] {
  const symbolic = node.shape.filter((d) => d < 0);
  if (symbolic.length > 1) refuse(FORMAT, 'a shape with several batch axes cannot be saved');
  return node.shape.map((d) => (d < 0 ? -1 : d));
}

/** Operations that take operands of different shapes stretch them by themselves. */
function operand(node: Node): Node {
  let at = node;
  while (nameOf(at) === 'broadcastTo') at = at.inputs[0];
  return at;
}

const element =
  (module: string, className: string) =>
  (node: Node): OperationForm =>
    form(module, className, node.inputs.map(operand));

const reduction =
  (className: string) =>
  ({ inputs, attributes }: Node): OperationForm =>
    form(NUMPY, className, inputs, { axis: attributes.axes, keepdims: attributes.keepDims });

const swapLast = (x: Node): OperationForm => form(NUMPY, 'Swapaxes', [x], { axis1: -1, axis2: -2 });

function sliceForm({ inputs: [x], attributes }: Node): OperationForm {
  const { starts, limits, strides } = attributes as Record<string, readonly number[]>;
  const slices = x.shape.map((d, i) => {
    const whole = starts[i] === 0 && limits[i] === d && strides[i] === 1;
    if (!whole && d < 0) refuse(FORMAT, 'a part of the batch cannot be saved as an operation');
    return whole ? new Slice(null, null, null) : new Slice(starts[i], limits[i], strides[i]);
  });
  return form(NUMPY, 'GetItem', [x, slices]);
}

function padForm({ inputs: [x], attributes }: Node): OperationForm {
  const { low, high, interior, value } = attributes as any;
  if (interior.some((n: number) => n !== 0) || [...low, ...high].some((n: number) => n < 0)) {
    refuse(FORMAT, 'a padding between elements cannot be saved as an operation');
  }
  const width = low.map((n: number, i: number) => [n, high[i]]);
  return form(NUMPY, 'Pad', value === 0 ? [x] : [x, value], { pad_width: width, mode: 'constant' });
}

const forms: { readonly [P in PrimitiveName]?: (node: Node) => OperationForm } = {
  add: element(NUMPY, 'Add'),
  sub: element(NUMPY, 'Subtract'),
  mul: element(NUMPY, 'Multiply'),
  div: element(NUMPY, 'Divide'),
  pow: element(NUMPY, 'Power'),
  mod: element(NUMPY, 'Mod'),
  maximum: element(NUMPY, 'Maximum'),
  minimum: element(NUMPY, 'Minimum'),
  atan2: element(NUMPY, 'Arctan2'),
  equal: element(NUMPY, 'Equal'),
  notEqual: element(NUMPY, 'NotEqual'),
  less: element(NUMPY, 'Less'),
  lessEqual: element(NUMPY, 'LessEqual'),
  greater: element(NUMPY, 'Greater'),
  greaterEqual: element(NUMPY, 'GreaterEqual'),
  logicalAnd: element(NUMPY, 'LogicalAnd'),
  logicalOr: element(NUMPY, 'LogicalOr'),
  logicalNot: element(NUMPY, 'LogicalNot'),
  select: element(NUMPY, 'Where'),
  neg: element(NUMPY, 'Negative'),
  abs: element(NUMPY, 'Absolute'),
  sign: element(NUMPY, 'Sign'),
  exp: element(NUMPY, 'Exp'),
  expm1: element(NUMPY, 'Expm1'),
  log: element(NUMPY, 'Log'),
  log1p: element(NUMPY, 'Log1p'),
  sqrt: element(NUMPY, 'Sqrt'),
  sin: element(NUMPY, 'Sin'),
  cos: element(NUMPY, 'Cos'),
  tan: element(NUMPY, 'Tan'),
  asin: element(NUMPY, 'Arcsin'),
  acos: element(NUMPY, 'Arccos'),
  atan: element(NUMPY, 'Arctan'),
  sinh: element(NUMPY, 'Sinh'),
  cosh: element(NUMPY, 'Cosh'),
  tanh: element(NUMPY, 'Tanh'),
  asinh: element(NUMPY, 'Arcsinh'),
  acosh: element(NUMPY, 'Arccosh'),
  atanh: element(NUMPY, 'Arctanh'),
  floor: element(NUMPY, 'Floor'),
  ceil: element(NUMPY, 'Ceil'),
  round: (node) => form(NUMPY, 'Round', node.inputs, { decimals: 0 }),
  isNaN: element(NUMPY, 'Isnan'),
  relu: element(NN, 'Relu'),
  sigmoid: element(NN, 'Sigmoid'),
  softplus: element(NN, 'Softplus'),
  erf: element(MATH, 'Erf'),
  stopGradient: (node) => form(CORE, 'StopGradient', node.inputs),
  cast: ({ inputs, attributes }) => form(CORE, 'Cast', inputs, { dtype: attributes.dtype }),
  sum: reduction('Sum'),
  prod: reduction('Prod'),
  max: reduction('Max'),
  min: reduction('Min'),
  argMax: ({ inputs, attributes }) =>
    form(NUMPY, 'Argmax', inputs, { axis: attributes.axis, keepdims: false }),
  argMin: ({ inputs, attributes }) =>
    form(NUMPY, 'Argmin', inputs, { axis: attributes.axis, keepdims: false }),
  softmax: ({ inputs, attributes }) => form(NN, 'Softmax', inputs, { axis: attributes.axis }),
  logSoftmax: ({ inputs, attributes }) => form(NN, 'LogSoftmax', inputs, { axis: attributes.axis }),
  matMul: ({ inputs: [a, b], attributes }) =>
    form(NUMPY, 'Matmul', [
      attributes.transposeA ? swapLast(a) : a,
      attributes.transposeB ? swapLast(b) : b,
    ]),
  reshape: (node) => form(NUMPY, 'Reshape', node.inputs, { newshape: openShape(node) }),
  transpose: ({ inputs, attributes }) =>
    form(NUMPY, 'Transpose', inputs, { axes: attributes.permutation }),
  concatenate: ({ inputs, attributes }) =>
    form(NUMPY, 'Concatenate', [[...inputs]], { axis: attributes.axis }),
  reverse: ({ inputs, attributes }) => form(NUMPY, 'Flip', inputs, { axis: attributes.axes }),
  slice: sliceForm,
  pad: padForm,
  gather: ({ inputs, attributes }) => form(NUMPY, 'Take', inputs, { axis: attributes.axis }),
  gatherAlong: ({ inputs, attributes }) =>
    form(NUMPY, 'TakeAlongAxis', inputs, { axis: attributes.axis }),
  broadcastTo: (node) => {
    if (node.shape.some((d) => d < 0 && d !== BATCH) || node.shape.slice(1).some((d) => d < 0)) {
      refuse(FORMAT, 'a batch that is not the first axis cannot be saved as an operation');
    }
    if (node.shape[0] >= 0) return form(NUMPY, 'BroadcastTo', node.inputs, { shape: node.shape });
    // The batch is stretched by adding zeros of the other axes' shape.
    const data = new Float32Array(node.shape.slice(1).reduce((n, d) => n * d, 1));
    const nested = nestZeros([1, ...node.shape.slice(1)], data);
    return form(NUMPY, 'Add', [node.inputs[0], new ArrayValue(nested as any, node.dtype)]);
  },
};

function nestZeros(shape: readonly number[], data: Float32Array): unknown {
  if (shape.length === 0) return 0;
  const [first, ...rest] = shape;
  return Array.from({ length: first }, () => nestZeros(rest, data));
}

/** The value of a node that is known when the model is built; undefined for what is computed. */
export function constantOf(node: Node): number | boolean | ArrayValue | undefined {
  if (nameOf(node) === 'broadcastTo') {
    const inner = constantOf(node.inputs[0]);
    if (inner !== undefined && typeof inner !== 'object') return inner;
  }
  const value = arrayOf(node);
  if (!(value instanceof ArrayValue) || node.shape.some((d) => d !== 1)) return value;
  const [only] = value.toNDArray().data;
  return node.dtype === 'bool' ? only !== 0 : only;
}

/** The same in its full shape. */
export function arrayOf(node: Node): number | boolean | ArrayValue | undefined {
  const data = knownValue(node)?.data ?? constantValue(node)?.data;
  if (data === undefined) return undefined;
  if (node.shape.length === 0) return node.dtype === 'bool' ? data[0] !== 0 : data[0];
  return new ArrayValue(nest(data, node.shape, 0, { at: 0 }) as any, node.dtype);
}

function nest(
  data: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  position: { at: number },
): unknown {
  if (axis === shape.length) return data[position.at++];
  return Array.from({ length: shape[axis] }, () => nest(data, shape, axis + 1, position));
}

/** The operation that a node stands for. */
export function operationForm(node: Node): OperationForm {
  const make = forms[nameOf(node)];
  if (!make) {
    return refuse(
      FORMAT,
      `the model computes '${nameOf(node)}' between its layers, for which Keras's files have no operation; put it into a layer of your own`,
    );
  }
  return make(node);
}
