import { type Buffer, HostBuffer } from '../engines/engine.ts';
import { allocate, type DType, type TypedArray } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { Node } from '../graph/node.ts';
import { formatShape, sameShape } from '../graph/shape.ts';
import * as b from '../ops/build.ts';
import { evaluateNodes, leaf } from './evaluate.ts';
import {
  type NestedArray,
  nest,
  nodeOf,
  type Shape,
  Tensor,
  type TensorLike,
  toArray,
} from './tensor.ts';
import { type Cell, currentTrace } from './trace.ts';

export interface VariableOptions {
  readonly name?: string;
  readonly dtype?: DType;
  /** Whether optimizers may change it; true by default. */
  readonly trainable?: boolean;
}

/**
 * Named state: a tensor that can be replaced by another of the same shape and dtype. Weights, optimizer
 * moments, counters and metrics are variables. Inside a traced function reads and assignments become
 * inputs and outputs of the compiled step, and the value stays in the engine's own buffers between steps.
 */
export class Variable<in out S extends Shape = any> implements Cell {
  declare readonly __shape: (s: S) => S;
  readonly shape: readonly number[];
  readonly dtype: DType;
  name: string;
  trainable: boolean;
  #buffer: Buffer | undefined;
  /** A value assigned outside a trace and not computed yet. */
  #pending: Node | undefined;
  /** The leaf that tensors of the present value share; while it is alive the buffer must stay. */
  #leaf: WeakRef<Node> | undefined;

  constructor(initial: NDArray, options: VariableOptions = {}) {
    this.shape = [...initial.shape];
    this.dtype = initial.dtype;
    this.name = options.name ?? 'variable';
    this.trainable = options.trainable ?? true;
    this.#buffer = new HostBuffer(initial.data, this.shape, this.dtype);
  }

  /** The present value. It does not change when the variable is assigned later. */
  get value(): Tensor<S> {
    const trace = currentTrace();
    if (trace) return new Tensor(trace.value(this));
    if (this.#pending) return new Tensor(this.#pending);
    let node = this.#leaf?.deref();
    if (!node) {
      node = leaf(this.#buffer!);
      this.#leaf = new WeakRef(node);
    }
    return new Tensor(node);
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((p, d) => p * d, 1);
  }

  /** Replaces the value; literals are broadcast and cast, tensors must have the variable's shape. */
  assign(value: TensorLike | NestedArray | TypedArray | NDArray): this {
    const node = this.#fitting(value);
    const trace = currentTrace();
    if (trace) {
      trace.assign(this, node);
    } else {
      this.#leaf = undefined;
      this.#pending = node;
    }
    return this;
  }

  assignAdd(value: TensorLike): this {
    return this.assign(new Tensor(b.add(this.value.node, nodeOf(value))));
  }

  assignSub(value: TensorLike): this {
    return this.assign(new Tensor(b.sub(this.value.node, nodeOf(value))));
  }

  /** A copy of the values in row-major order. */
  async data(): Promise<TypedArray> {
    const buffer = await this.peek();
    return (await buffer.read()).slice();
  }

  async array(): Promise<any> {
    return nest(await this.data(), this.shape, this.dtype);
  }

  async ndarray(): Promise<NDArray> {
    return { data: await this.data(), shape: this.shape, dtype: this.dtype };
  }

  toString(): string {
    return `Variable(${this.name}: ${this.dtype} ${formatShape(this.shape)})`;
  }

  peek(): Promise<Buffer> | Buffer {
    return this.#pending ? this.#settle() : this.#buffer!;
  }

  take(): Promise<Buffer> | Buffer {
    if (this.#pending) return this.#settle();
    return this.#leaf?.deref() ? copy(this.#buffer!) : this.#buffer!;
  }

  put(buffer: Buffer): void {
    this.#buffer = buffer;
    this.#pending = undefined;
    this.#leaf = undefined;
  }

  /** Computes a pending value into a buffer of the variable's own. */
  async #settle(): Promise<Buffer> {
    const pending = this.#pending!;
    const [buffer] = await evaluateNodes([pending]);
    const own = await copy(buffer);
    if (this.#pending === pending) this.put(own);
    return own;
  }

  #fitting(value: TensorLike | NestedArray | TypedArray | NDArray): Node {
    if (value instanceof Tensor) {
      const { node } = value;
      if (!sameShape(node.shape, this.shape)) {
        fail(
          `assign to ${this.name}`,
          `received ${formatShape(node.shape)}; the variable has the shape ${formatShape(this.shape)}, which cannot change`,
        );
      }
      return b.cast(node, this.dtype);
    }
    if (typeof value === 'number' || typeof value === 'boolean') {
      if (this.shape.length === 0 || currentTrace()) return b.filled(this.shape, value, this.dtype);
      const data = allocate(this.dtype, this.size).fill(Number(value));
      return leaf(new HostBuffer(data, this.shape, this.dtype));
    }
    const array = toArray(value, this.dtype);
    const flat = ArrayBuffer.isView(value) && array.data.length === this.size;
    if (!flat && !sameShape(array.shape, this.shape)) {
      fail(
        `assign to ${this.name}`,
        `received ${formatShape(array.shape)}; the variable has the shape ${formatShape(this.shape)}, which cannot change`,
      );
    }
    return leaf(new HostBuffer(array.data, this.shape, this.dtype));
  }
}

async function copy(buffer: Buffer): Promise<Buffer> {
  return new HostBuffer((await buffer.read()).slice(), buffer.shape, buffer.dtype);
}

/**
 * A variable with an initial value: a number, nested arrays, a typed array or an NDArray. Numbers become
 * float32 unless `dtype` says otherwise.
 */
export function variable(
  initial: NestedArray | TypedArray | NDArray,
  options: VariableOptions = {},
): Variable {
  const array = toArray(initial, options.dtype);
  const own = array.data === (initial as unknown) || array === (initial as unknown);
  return new Variable(own ? { ...array, data: array.data.slice() } : array, options);
}
