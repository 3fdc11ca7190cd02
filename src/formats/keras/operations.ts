import { fail } from '../../graph/errors.ts';
import { Layer } from '../../nn/layers/layer.ts';
import { normalizeName, toCamelCase } from '../../nn/names.ts';
import type { SerializedObject } from '../../nn/registry.ts';
import { leafOf } from '../../tensor/evaluate.ts';
import { ops } from '../../tensor/lift.ts';
import { isTensor, Tensor } from '../../tensor/tensor.ts';
import { mapTree } from '../../tensor/tree.ts';
import { refuse } from '../bytes.ts';
import { table } from '../table.ts';
import { ArrayValue, dtypeOf, ELLIPSIS, FORMAT, policyName, Slice } from './values.ts';

/**
 * Operations between layers. Keras stores `x * 2` in a functional model as an object of the class
 * `keras.src.ops.numpy/Multiply` that is called like a layer; here it is an {@link Operation}, a layer
 * without weights that calls the function of the same name.
 */

type Options = Readonly<Record<string, any>>;
type Run = (args: readonly any[], options: Options) => any;

/** Functions by Keras's class name, with the names of their options in the order of the parameters. */
const withOptions = table<readonly string[]>({
  Argmax: ['axis', 'keepdims'],
  Argmin: ['axis', 'keepdims'],
  All: ['axis', 'keepdims'],
  Any: ['axis', 'keepdims'],
  AdaptiveAveragePool: ['output_size', 'data_format'],
  AdaptiveMaxPool: ['output_size', 'data_format'],
  Append: ['axis'],
  Argsort: ['axis'],
  AveragePool: ['pool_size', 'strides', 'padding', 'data_format'],
  BroadcastTo: ['shape'],
  Celu: ['alpha'],
  Clip: ['x_min', 'x_max'],
  Concatenate: ['axis'],
  CountNonzero: ['axis'],
  Cross: ['axis'],
  Cumprod: ['axis'],
  Cumsum: ['axis'],
  Diagonal: ['offset', 'axis1', 'axis2'],
  Diff: ['n', 'axis'],
  Elu: ['alpha'],
  ExpandDims: ['axis'],
  Flip: ['axis'],
  Gelu: ['approximate'],
  Glu: ['axis'],
  HardShrink: ['threshold'],
  LeakyRelu: ['negative_slope'],
  LogSoftmax: ['axis'],
  Logsumexp: ['axis', 'keepdims'],
  Max: ['axis', 'keepdims'],
  MaxPool: ['pool_size', 'strides', 'padding', 'data_format'],
  Mean: ['axis', 'keepdims'],
  Median: ['axis', 'keepdims'],
  Min: ['axis', 'keepdims'],
  Moveaxis: ['source', 'destination'],
  Norm: ['ord', 'axis', 'keepdims'],
  Normalize: ['axis', 'order', 'epsilon'],
  OneHot: ['num_classes', 'axis'],
  Prod: ['axis', 'keepdims'],
  Repeat: ['repeats', 'axis'],
  Reshape: ['newshape'],
  Roll: ['shift', 'axis'],
  Round: ['decimals'],
  SoftShrink: ['threshold'],
  Softmax: ['axis'],
  Sort: ['axis'],
  Sparsemax: ['axis'],
  Split: ['indices_or_sections', 'axis'],
  Squareplus: ['b'],
  Squeeze: ['axis'],
  Stack: ['axis'],
  Std: ['axis', 'keepdims'],
  Sum: ['axis', 'keepdims'],
  Swapaxes: ['axis1', 'axis2'],
  Take: ['axis'],
  TakeAlongAxis: ['axis'],
  Tensordot: ['axes'],
  Threshold: ['threshold', 'default_value'],
  Tile: ['repeats'],
  TopK: ['k'],
  Trace: ['offset', 'axis1', 'axis2'],
  Transpose: ['axes'],
  Tril: ['k'],
  Triu: ['k'],
  Unstack: ['num', 'axis'],
  Var: ['axis', 'keepdims'],
});

/** Functions whose name here is another. */
const renamed = table<keyof typeof ops>({
  var: 'variance',
  identity: 'linear',
  sparseplus: 'sparsePlus',
});

const byName = new Map(Object.keys(ops).map((name) => [normalizeName(name), name]));

const convOptions = ({ strides, padding, data_format, dilation_rate }: Options) => ({
  strides,
  padding,
  dataFormat: data_format,
  dilationRate: dilation_rate,
});

/** A part of Python's indexing in the terms of `ops.getItem`. */
function indexOf(key: unknown): any {
  if (key === ELLIPSIS) return '...';
  if (key instanceof Slice) {
    const text = (v: number | null) => (v === null ? '' : String(v));
    return `${text(key.start)}:${text(key.stop)}${key.step === null ? '' : `:${key.step}`}`;
  }
  return key;
}

const special = table<Run>({
  GetItem: ([x, key]) =>
    (ops.getItem as any)(x, ...(Array.isArray(key) ? key : [key]).map(indexOf)),
  Where: ([condition, a, b]) => ops.where(condition, a, b),
  Einsum: (operands, { subscripts }) =>
    (ops.einsum as any)(subscripts, ...(Array.isArray(operands[0]) ? operands[0] : operands)),
  Cast: ([x], { dtype }) => ops.cast(x, dtypeOf(policyName(dtype) ?? '') ?? 'float32'),
  Pad: ([x, values], { pad_width, mode, constant_values }) =>
    ops.pad(x, pad_width, mode, constant_values ?? values ?? 0),
  Conv: ([x, kernel], options) => ops.conv(x, kernel, convOptions(options)),
  DepthwiseConv: ([x, kernel], options) => ops.depthwiseConv(x, kernel, convOptions(options)),
  SeparableConv: ([x, depthwise, pointwise], options) =>
    (ops.separableConv as any)(x, depthwise, pointwise, convOptions(options)),
  ConvTranspose: ([x, kernel], options) =>
    (ops.convTranspose as any)(x, kernel, {
      ...convOptions(options),
      outputPadding: options.output_padding,
    }),
  Flatten: ([x]) =>
    ops.reshape(x, [-1, x.shape.slice(1).reduce((n: number, d: number) => n * d, 1)]),
});

/** Shapes in files have null for the batch. */
const shapeWithBatch = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((d) => (d === null ? -1 : d)) : value;

function runOf(className: string): Run | undefined {
  const own = special[className];
  if (own) return own;
  const key = normalizeName(className);
  const name = renamed[key] ?? byName.get(key);
  if (name === undefined) return undefined;
  const fn = (ops as Record<string, any>)[name];
  const names = withOptions[className] ?? [];
  return (args, options) => {
    const values = names.map((n) =>
      n === 'newshape' || n === 'shape' ? shapeWithBatch(options[n]) : options[n],
    );
    // What the file leaves out keeps its default.
    while (values.length > 0 && values.at(-1) === undefined) values.pop();
    return fn(...args, ...values);
  };
}

export const isOperation = (module: unknown): boolean =>
  typeof module === 'string' && /^keras(\.src)?\.ops\b/.test(module);

/** An operation of a file as a layer: `call` takes the arguments as one list. */
export class Operation extends Layer {
  static readonly className = 'Operation';
  /** What stands for it in files. */
  readonly serialized: SerializedObject;
  readonly #run: Run;
  readonly #options: Options;

  constructor(spec: SerializedObject, config: Options) {
    super({ name: typeof config.name === 'string' ? config.name : undefined });
    this.serialized = spec;
    this.#options = config;
    this.#run =
      runOf(spec.class_name) ??
      refuse(
        FORMAT,
        `the operation '${spec.class_name}' ('${this.name}') has no counterpart here; replace it by a layer`,
      );
    this.built = true;
  }

  override get className(): string {
    return this.serialized.class_name;
  }

  call(args: readonly any[], { training: _t, mask: _m, ...options }: Options = {}): any {
    const given = Object.fromEntries(Object.entries(options).map(([k, v]) => [snakeOf(k), v]));
    return this.#run(args.map(constantsToTensors), { ...this.#options, ...given });
  }
}

const snakeOf = (key: string): string => key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** Arrays in the arguments as tensors. */
export function constantsToTensors(value: unknown): unknown {
  const isArrayValue = (v: unknown): v is ArrayValue => v instanceof ArrayValue;
  return mapTree(value, isArrayValue, (v) => {
    const { data, shape, dtype } = v.toNDArray();
    return new Tensor(leafOf(data, shape, dtype));
  });
}

/**
 * TensorFlow's operations in Keras 2 models: `TFOpLambda` with the function's name, `SlicingOpLambda`.
 * The first input comes as the layer's input, the rest as options under TensorFlow's names.
 */
const tensorflow = table<Run>({
  'math.add': ([x], { y }) => ops.add(x, y),
  'math.subtract': ([x], { y }) => ops.subtract(x, y),
  'math.multiply': ([x], { y }) => ops.multiply(x, y),
  'math.divide': ([x], { y }) => ops.divide(x, y),
  'math.truediv': ([x], { y }) => ops.divide(x, y),
  'math.maximum': ([x], { y }) => ops.maximum(x, y),
  'math.minimum': ([x], { y }) => ops.minimum(x, y),
  'math.pow': ([x], { y }) => ops.power(x, y),
  'math.floormod': ([x], { y }) => ops.mod(x, y),
  'math.greater': ([x], { y }) => ops.greater(x, y),
  'math.less': ([x], { y }) => ops.less(x, y),
  'math.not_equal': ([x], { y }) => ops.notEqual(x, y),
  'math.equal': ([x], { y }) => ops.equal(x, y),
  'math.negative': ([x]) => ops.negative(x),
  'math.abs': ([x]) => ops.abs(x),
  'math.exp': ([x]) => ops.exp(x),
  'math.log': ([x]) => ops.log(x),
  'math.sqrt': ([x]) => ops.sqrt(x),
  'math.square': ([x]) => ops.square(x),
  'math.sigmoid': ([x]) => ops.sigmoid(x),
  'math.tanh': ([x]) => ops.tanh(x),
  'math.softplus': ([x]) => ops.softplus(x),
  'math.reduce_mean': ([x], o) => ops.mean(x, o.axis, o.keepdims),
  'math.reduce_sum': ([x], o) => ops.sum(x, o.axis, o.keepdims),
  'math.reduce_max': ([x], o) => ops.max(x, o.axis, o.keepdims),
  'math.reduce_min': ([x], o) => ops.min(x, o.axis, o.keepdims),
  'math.reduce_std': ([x], o) => ops.std(x, o.axis, o.keepdims),
  'math.reduce_variance': ([x], o) => ops.variance(x, o.axis, o.keepdims),
  'math.argmax': ([x], o) => ops.argmax(x, o.axis ?? 0),
  'linalg.matmul': ([x], { b, transpose_a, transpose_b }) =>
    ops.matmul(
      transpose_a ? ops.swapaxes(x, -1, -2) : x,
      transpose_b ? ops.swapaxes(b, -1, -2) : b,
    ),
  'linalg.l2_normalize': ([x], o) => ops.normalize(x, o.axis ?? -1),
  'math.l2_normalize': ([x], o) => ops.normalize(x, o.axis ?? -1),
  'nn.relu': ([x]) => ops.relu(x),
  'nn.relu6': ([x]) => ops.relu6(x),
  'nn.elu': ([x]) => ops.elu(x),
  'nn.selu': ([x]) => ops.selu(x),
  'nn.gelu': ([x], o) => ops.gelu(x, o.approximate ?? false),
  'nn.silu': ([x]) => ops.silu(x),
  'nn.leaky_relu': ([x], o) => ops.leakyRelu(x, o.alpha ?? 0.2),
  'nn.softmax': ([x], o) => ops.softmax(x, o.axis ?? -1),
  'nn.sigmoid': ([x]) => ops.sigmoid(x),
  'nn.tanh': ([x]) => ops.tanh(x),
  'nn.log_softmax': ([x], o) => ops.logSoftmax(x, o.axis ?? -1),
  reshape: ([x], { shape }) => ops.reshape(x, shapeWithBatch(shape) as number[]),
  transpose: ([x], { perm }) => ops.transpose(x, perm ?? null),
  expand_dims: ([x], { axis }) => ops.expandDims(x, axis),
  squeeze: ([x], { axis }) => ops.squeeze(x, axis),
  concat: (args, { axis }) => ops.concatenate(args.flat() as Tensor[], axis),
  stack: (args, { axis }) => ops.stack(args.flat() as Tensor[], axis ?? 0),
  tile: ([x], { multiples }) => ops.tile(x, multiples),
  cast: ([x], { dtype }) => ops.cast(x, dtypeOf(policyName(dtype) ?? '') ?? 'float32'),
  clip_by_value: ([x], o) => ops.clip(x, o.clip_value_min, o.clip_value_max),
  one_hot: ([x], { depth, axis }) => ops.oneHot(x, depth, axis ?? -1),
  split: ([x], { num_or_size_splits, axis }) => ops.split(x, num_or_size_splits, axis ?? 0),
  identity: ([x]) => x,
  stop_gradient: ([x]) => ops.stopGradient(x),
  where: ([condition], { x, y }) => ops.where(condition, x, y),
  '__operators__.add': ([x], { y }) => ops.add(x, y),
  '__operators__.getitem': ([x], { slice_spec }) =>
    (ops.getItem as any)(x, ...(slice_spec as any[]).map(tensorflowIndex)),
});

/** TensorFlow writes a slice as `{start, stop, step}` and the rest as it is. */
function tensorflowIndex(key: any): any {
  if (typeof key === 'object' && key !== null && !isTensor(key) && 'start' in key) {
    return indexOf(new Slice(key.start, key.stop, key.step));
  }
  return key;
}

export const isTensorflowOperation = (className: string): boolean =>
  /^(TFOpLambda|SlicingOpLambda|TensorFlowOpLayer)$/.test(className);

/** A TensorFlow operation as a layer. */
export class TensorflowOperation extends Layer {
  static readonly className = 'TFOpLambda';
  readonly #run: Run;
  readonly #function: string;

  constructor(className: string, config: Options) {
    super({ name: config.name });
    this.#function = String(config.function ?? '');
    this.#run =
      tensorflow[this.#function] ??
      refuse(
        FORMAT,
        `the TensorFlow operation '${this.#function || className}' ('${this.name}') has no counterpart here; replace it by a layer`,
      );
    this.built = true;
  }

  call(inputs: any, { training: _t, mask: _m, ...options }: Options = {}): any {
    const args = (Array.isArray(inputs) ? inputs : [inputs]).map(constantsToTensors);
    const own = Object.fromEntries(Object.entries(options).map(([k, v]) => [snakeOf(k), v]));
    return this.#run(args, own);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), function: this.#function };
  }
}

/** The options of a call in camelCase, without those that are not given. */
export function callOptions(kwargs: Options): Record<string, any> {
  const given = Object.entries(kwargs).filter(([, v]) => v !== null && v !== undefined);
  const options: Record<string, any> = {};
  for (const [key, value] of given) {
    if (key === '__proto__') fail(FORMAT, 'a call has an option with a reserved name');
    options[toCamelCase(key)] = value;
  }
  return options;
}
