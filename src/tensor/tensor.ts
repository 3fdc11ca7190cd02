import { type DType, dtypeOfTypedArray, type TypedArray, toTypedArray } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { Node } from '../graph/node.ts';
import { type NumberArray, storedNumbers } from '../graph/number-array.ts';
import { formatShape } from '../graph/shape.ts';
import * as b from '../ops/build.ts';
import * as f from '../ops/functions/index.ts';
import { evaluateNodes, isFarFromOrigin, knownValue, leaf, leafOf } from './evaluate.ts';

/** A dimension in a type: a literal size, or a name such as "batch" that must match itself. */
export type Dim = number | string;
/** A shape in a type: `['batch', 784]`. */
export type Shape = readonly Dim[];

/** The shape in the type where every size is known to the compiler; any shape otherwise. */
export type Sizes<R extends readonly number[]> = number extends R[number]
  ? any
  : -1 extends R[number]
    ? any
    : { -readonly [K in keyof R]: R[K] };

type IsAny<T> = 0 extends 1 & T ? true : false;

/** What a tensor of shape S may be multiplied with by `matmul` if the types do not tell the result. */
type Factor<S, R extends Shape> =
  IsAny<S> extends true
    ? Tensor<R>
    : IsAny<R> extends true
      ? Tensor<R>
      : [S, R] extends [readonly [Dim, Dim], readonly [Dim, Dim]]
        ? 'matmul: the inner dimensions differ'
        : Tensor<R>;

/** Numbers nested as deep as the shape is long. */
export type NestedArray = number | boolean | readonly (NestedArray | NumberArray)[];

/** What operations take: a tensor, or a number that adapts to the tensor it meets. */
export type TensorLike = Tensor | number | boolean;

/**
 * A value of some shape and data type that is computed when it is needed. A tensor holds a node of the
 * computation graph; `await t.data()` compiles and runs what it depends on and keeps the result. Nothing
 * has to be disposed of.
 *
 * The type parameter is the shape where the program knows it, in sizes or names:
 * `Tensor<['batch', 784]>`. Plain `Tensor` fits everywhere.
 */
export class Tensor<in out S extends Shape = any> {
  /** The shape in the type. @internal */
  declare readonly __shape: (s: S) => S;
  /** What the value was computed from, as far back as it is kept: for gradients. */
  readonly origin: Node;
  #value: Node | undefined;

  constructor(node: Node) {
    this.origin = node;
  }

  /** What further computations start from. */
  get node(): Node {
    return this.#value ?? this.origin;
  }

  /** Dimensions, outermost first; null stands for a batch size that is not known yet. */
  get shape(): (number | null)[] {
    return this.node.shape.map((d) => (d < 0 ? null : d));
  }

  /** Data type of the elements. */
  get dtype(): DType {
    return this.node.dtype;
  }

  /** Number of axes. */
  get rank(): number {
    return this.node.shape.length;
  }

  /** Number of elements; null while the batch size is not known. */
  get size(): number | null {
    const size = this.node.shape.reduce((a, d) => a * d, 1);
    return this.node.shape.some((d) => d < 0) ? null : size;
  }

  /** The values in row-major order. Computed once; the array is the tensor's own, so do not write to it. */
  async data(): Promise<TypedArray> {
    const [buffer] = await evaluateNodes([this.node]);
    if (this.#value === undefined && isFarFromOrigin(this.origin)) this.#value = leaf(buffer);
    return buffer.read();
  }

  /** The values as nested arrays; a number (or boolean) for a scalar. */
  async array(): Promise<any> {
    return nest(await this.data(), this.node.shape, this.dtype);
  }

  /** The one value of a tensor with one element. */
  async item(): Promise<number> {
    const data = await this.data();
    if (data.length !== 1) {
      fail(
        'item',
        `the tensor ${formatShape(this.node.shape)} has ${data.length} elements; expected 1; use data() or array()`,
      );
    }
    return data[0];
  }

  /** Values with shape and dtype, for data sets and files. */
  async ndarray(): Promise<NDArray> {
    return { data: await this.data(), shape: [...this.node.shape], dtype: this.dtype };
  }

  /** Data type and shape, and the first values where they are known. */
  toString(): string {
    const known = knownValue(this.node)?.data;
    const values = known
      ? ` ${[...known.slice(0, 6)].join(', ')}${known.length > 6 ? ', ...' : ''}`
      : '';
    return `Tensor(${this.dtype} ${formatShape(this.node.shape)}${values})`;
  }

  // The operations whose shapes are typed exactly; all others are in `ops`.

  /** The sum, element by element; shapes broadcast. */
  add(other: Tensor<S> | number): Tensor<S>;
  add<D extends Dim, R extends Shape>(
    this: Tensor<[D, ...R]>,
    other: Tensor<NoInfer<R>>,
  ): Tensor<S>;
  add(other: TensorLike): Tensor;
  add(other: TensorLike): Tensor {
    return new Tensor(b.add(this.node, nodeOf(other)));
  }

  /** The difference, element by element; shapes broadcast. */
  sub(other: Tensor<S> | number): Tensor<S>;
  sub<D extends Dim, R extends Shape>(
    this: Tensor<[D, ...R]>,
    other: Tensor<NoInfer<R>>,
  ): Tensor<S>;
  sub(other: TensorLike): Tensor;
  sub(other: TensorLike): Tensor {
    return new Tensor(b.sub(this.node, nodeOf(other)));
  }

  /** The product, element by element; shapes broadcast. */
  mul(other: Tensor<S> | number): Tensor<S>;
  mul<D extends Dim, R extends Shape>(
    this: Tensor<[D, ...R]>,
    other: Tensor<NoInfer<R>>,
  ): Tensor<S>;
  mul(other: TensorLike): Tensor;
  mul(other: TensorLike): Tensor {
    return new Tensor(b.mul(this.node, nodeOf(other)));
  }

  /** True division; integers become float32. */
  div(other: Tensor<S> | number): Tensor<S>;
  div<D extends Dim, R extends Shape>(
    this: Tensor<[D, ...R]>,
    other: Tensor<NoInfer<R>>,
  ): Tensor<S>;
  div(other: TensorLike): Tensor;
  div(other: TensorLike): Tensor {
    return new Tensor(b.div(this.node, nodeOf(other)));
  }

  /** Each element raised to a power. */
  pow(exponent: number): Tensor<S> {
    return new Tensor(b.pow(this.node, exponent));
  }

  /** Each element with the other sign. */
  neg(): Tensor<S> {
    return new Tensor(b.neg(this.node));
  }

  /** Each element times itself. */
  square(): Tensor<S> {
    return new Tensor(b.mul(this.node, this.node));
  }

  /** The square root of each element; NaN below 0. */
  sqrt(): Tensor<S> {
    return new Tensor(b.sqrt(this.node));
  }

  /** e to the power of each element. */
  exp(): Tensor<S> {
    return new Tensor(b.exp(this.node));
  }

  /** The natural logarithm of each element; -Infinity at 0, NaN below. */
  log(): Tensor<S> {
    return new Tensor(b.log(this.node));
  }

  /** The distance of each element from 0. */
  abs(): Tensor<S> {
    return new Tensor(b.abs(this.node));
  }

  /** Each element, or 0 where it is less. */
  relu(): Tensor<S> {
    return new Tensor(b.relu(this.node));
  }

  /** 1 / (1 + e^-x) of each element. */
  sigmoid(): Tensor<S> {
    return new Tensor(b.sigmoid(this.node));
  }

  /** The hyperbolic tangent of each element. */
  tanh(): Tensor<S> {
    return new Tensor(b.tanh(this.node));
  }

  /** e^x along an axis, divided by its sum: shares that add up to 1. */
  softmax(axis = -1): Tensor<S> {
    return new Tensor(b.softmax(this.node, axis));
  }

  /** Matrix product; the inner dimensions must match. */
  matmul<M extends Dim, K extends Dim, N extends Dim>(
    this: Tensor<[M, K]>,
    other: Tensor<[NoInfer<K>, N]>,
  ): Tensor<[M, N]>;
  matmul<R extends Shape>(other: Factor<S, R>): Tensor;
  matmul(other: any): Tensor {
    return new Tensor(f.matmul(this.node, other.node));
  }

  /** The same elements under another shape; one dimension may be -1. */
  reshape<const R extends readonly number[]>(shape: R): Tensor<Sizes<R>> {
    return new Tensor(f.reshape(this.node, shape));
  }

  /** The matrix with rows and columns exchanged; for other orders of axes see `ops.transpose`. */
  transpose<M extends Dim, N extends Dim>(this: Tensor<[M, N]>): Tensor<[N, M]>;
  transpose(axes?: readonly number[]): Tensor;
  transpose(axes?: readonly number[]): Tensor {
    return new Tensor(f.transpose(this.node, axes));
  }

  /** Sum over all elements, or over the axes. */
  sum(): Tensor<[]>;
  sum(axis: number | readonly number[], keepDims?: boolean): Tensor;
  sum(axis?: number | readonly number[], keepDims = false): Tensor {
    return new Tensor(f.sum(this.node, axis as number | number[] | undefined, keepDims));
  }

  /** Mean of all elements, or over the axes. */
  mean(): Tensor<[]>;
  mean(axis: number | readonly number[], keepDims?: boolean): Tensor;
  mean(axis?: number | readonly number[], keepDims = false): Tensor {
    return new Tensor(f.mean(this.node, axis as number | number[] | undefined, keepDims));
  }

  /** Largest of all elements, or over the axes. */
  max(axis?: number | readonly number[], keepDims = false): Tensor {
    return new Tensor(b.max(this.node, axis, keepDims));
  }

  /** The elements in another data type: towards 0 for int32, "is not 0" for bool. */
  cast(dtype: DType): Tensor<S> {
    return new Tensor(b.cast(this.node, dtype));
  }
}

/** Whether a value is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

export function nodeOf(value: TensorLike): b.Operand {
  return value instanceof Tensor ? value.node : value;
}

/** Nested arrays of row-major values. */
export function nest(data: ArrayLike<number>, shape: readonly number[], dtype: DType): NestedArray {
  const value = (i: number): NestedArray => (dtype === 'bool' ? data[i] !== 0 : data[i]);
  if (shape.length === 0) return value(0);
  const step = data.length / Math.max(shape[0], 1);
  const build = (axis: number, offset: number, length: number): NestedArray[] => {
    const stride = length / Math.max(shape[axis], 1);
    const out = new Array<NestedArray>(shape[axis]);
    for (let i = 0; i < shape[axis]; i++) {
      const at = offset + i * stride;
      out[i] = axis === shape.length - 1 ? value(at) : build(axis + 1, at, stride);
    }
    return out;
  };
  return build(0, 0, step * shape[0]);
}

/** An array, or a typed array that stands for one among nested arrays. */
const isRow = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);

/** The shape and row-major values of nested arrays; an error if their lengths differ. */
export function flattenNested(values: NestedArray): {
  flat: (number | boolean)[];
  shape: number[];
} {
  const shape: number[] = [];
  for (let v: unknown = values; isRow(v); v = v[0]) {
    shape.push(v.length);
    if (v.length === 0) break;
  }
  const flat: (number | boolean)[] = [];
  const walk = (v: unknown, depth: number) => {
    if (!isRow(v)) {
      if (depth !== shape.length) ragged(depth);
      if (typeof v === 'bigint') v = Number(v);
      if (typeof v !== 'number' && typeof v !== 'boolean') {
        fail(
          'tensor',
          `received ${v === null ? 'null' : isTensor(v) ? 'a tensor' : typeof v} among the values; expected numbers or booleans${isTensor(v) ? '; for tensors use ops.stack' : ''}`,
        );
      }
      flat.push(v);
    } else {
      if (depth >= shape.length || v.length !== shape[depth]) ragged(depth);
      for (let i = 0; i < v.length; i++) walk(v[i], depth + 1);
    }
  };
  const ragged = (depth: number): never =>
    fail(
      'tensor',
      `rows at depth ${depth} have different lengths; expected the shape ${formatShape(shape)} throughout`,
    );
  walk(values, 0);
  return { flat, shape };
}

/**
 * A tensor with given values: nested arrays, a typed array with a shape, or an NDArray. Numbers become
 * float32, booleans bool, integers of typed arrays int32, unless `dtype` says otherwise. A Float32Array,
 * Float64Array or Int32Array is not copied: do not write to it afterwards.
 */
export function tensor<const R extends readonly number[] = any>(
  values: NestedArray | NumberArray | NDArray | Tensor,
  shape?: R,
  dtype?: DType,
): Tensor<Sizes<R>> {
  if (values instanceof Tensor) {
    const cast = dtype ? values.cast(dtype) : values;
    return (shape ? cast.reshape(shape) : cast) as Tensor;
  }
  const source = toArray(values, dtype);
  const target = (shape as readonly number[] | undefined) ?? source.shape;
  const size = target.reduce((p, d) => p * d, 1);
  if (target.some((d) => !Number.isInteger(d) || d < 0) || size !== source.data.length) {
    fail(
      'tensor',
      `${source.data.length} values do not fill the shape [${target.join(', ')}]; expected whole numbers whose product is the number of values`,
    );
  }
  return new Tensor(leafOf(source.data, [...target], source.dtype));
}

/**
 * Nested or typed arrays as an NDArray. Float32Array, Float64Array and Int32Array are taken over, not
 * copied; other integers become int32.
 */
export function toArray(values: NestedArray | NumberArray | NDArray, dtype?: DType): NDArray {
  if (ArrayBuffer.isView(values)) {
    return { ...storedNumbers(values, dtype), shape: [values.length] };
  }
  if (typeof values === 'object' && values !== null && 'data' in values) {
    return storedArray(values, dtype);
  }
  const { flat, shape } = flattenNested(values);
  const target =
    dtype ?? (flat.length > 0 && flat.every((v) => typeof v === 'boolean') ? 'bool' : 'float32');
  return { data: toTypedArray(target, flat as number[]), shape, dtype: target };
}

/** An NDArray in its own dtype or another; programs without types may hand over anything in its place. */
function storedArray({ data, shape, dtype: own }: NDArray, dtype: DType = own): NDArray {
  const given: unknown = data;
  if (!Array.isArray(shape) || !isRow(given)) {
    fail(
      'tensor',
      'received an object; expected an NDArray { data, shape, dtype } of a typed array',
    );
  }
  if (shape.reduce((n, d) => n * d, 1) !== data.length) {
    fail('tensor', `${data.length} values do not fill the shape [${shape.join(', ')}]`);
  }
  if (own === undefined) return { ...storedNumbers(Float32Array.from(data), dtype), shape };
  const stored = dtypeOfTypedArray(data) === dtype ? data : toTypedArray(dtype, data);
  return { data: stored, shape, dtype };
}

/** A scalar tensor. */
export function scalar(value: number | boolean, dtype?: DType): Tensor<[]> {
  return tensor(value, [] as const, dtype) as unknown as Tensor<[]>;
}
