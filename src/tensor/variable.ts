import { type Buffer, HostBuffer } from '../engines/engine.ts';
import { allocate, type DType, type TypedArray } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { Node } from '../graph/node.ts';
import type { NumberArray } from '../graph/number-array.ts';
import { formatShape, sameShape } from '../graph/shape.ts';
import * as b from '../ops/build.ts';
import {
  acquit,
  type Creditor,
  evaluateNodes,
  isFarFromOrigin,
  knownValue,
  leaf,
  leafOf,
  owe,
  type PromisedLeaf,
  promisedLeaf,
} from './evaluate.ts';
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

/** What a variable takes besides its first value. */
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
export class Variable<in out S extends Shape = any> implements Cell, Creditor {
  /** The shape in the type. @internal */
  declare readonly __shape: (s: S) => S;
  readonly shape: readonly number[];
  readonly dtype: DType;
  name: string;
  trainable: boolean;
  #buffer: Buffer;
  /** A value assigned outside a trace and not computed yet. */
  #pending: Node | undefined;
  /** The leaf that tensors of the present value share; while it is alive the buffer must stay. */
  #leaf: WeakRef<Node> | undefined;
  /** Whether a step that runs will replace the value, and whether an assignment has forestalled it. */
  #lent = false;
  #forestalled = false;
  /** The value that the step will give, for who asks meanwhile. */
  #promised: PromisedLeaf | undefined;

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
    if (this.#pending) return new Tensor(startOf(this.#pending));
    if (this.#awaitsStep) return new Tensor(this.#promise().node);
    let node = this.#leaf?.deref();
    if (!node) {
      node = leaf(this.#buffer);
      this.#leaf = new WeakRef(node);
    }
    return new Tensor(node);
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((p, d) => p * d, 1);
  }

  /** Replaces the value; numbers fill it, arrays are copied, tensors must have the variable's shape. */
  assign(value: TensorLike | NestedArray | NumberArray | NDArray): this {
    const trace = currentTrace();
    if (trace) {
      trace.assign(this, this.#nodeFor(value));
      return this;
    }
    const node = value instanceof Tensor ? this.#nodeFor(value) : undefined;
    const data = node ? knownValue(node)?.data?.slice() : this.#dataFor(value as NestedArray);
    if (data) {
      this.#buffer = new HostBuffer(data, this.shape, this.dtype);
      this.#pending = undefined;
      acquit(this);
    } else {
      this.#pending = node!;
      owe(this, node!);
      noted?.add(this);
    }
    this.#leaf = undefined;
    this.#forestalled = this.#lent;
    return this;
  }

  /** Adds to the value. */
  assignAdd(value: TensorLike): this {
    return this.assign(new Tensor(b.add(this.value.node, nodeOf(value))));
  }

  /** Subtracts from the value. */
  assignSub(value: TensorLike): this {
    return this.assign(new Tensor(b.sub(this.value.node, nodeOf(value))));
  }

  /** A copy of the values in row-major order. */
  async data(): Promise<TypedArray> {
    while (this.#pending || this.#awaitsStep) await this.#present();
    // No step can come between the question and the copy.
    return this.#buffer.data?.slice() ?? (await this.#buffer.read()).slice();
  }

  /** The values as nested arrays; a number for a scalar. */
  async array(): Promise<any> {
    return nest(await this.data(), this.shape, this.dtype);
  }

  /** A copy of the values with shape and dtype. */
  async ndarray(): Promise<NDArray> {
    return { data: await this.data(), shape: this.shape, dtype: this.dtype };
  }

  toString(): string {
    return `Variable(${this.name}: ${this.dtype} ${formatShape(this.shape)})`;
  }

  ready(give: boolean): Promise<void> | undefined {
    if (this.#pending) return this.#settle();
    if (!give || !this.#leaf?.deref()) return undefined;
    const { data } = this.#buffer;
    if (data === undefined) return this.#unshare();
    this.#buffer = new HostBuffer(data.slice(), this.shape, this.dtype);
    this.#leaf = undefined;
    return undefined;
  }

  peek(): Promise<Buffer> | Buffer {
    return this.ready(false)?.then(() => this.peek()) ?? this.#buffer;
  }

  take(): Promise<Buffer> | Buffer {
    const wait = this.ready(true);
    if (wait) return wait.then(() => this.take());
    this.expect();
    return this.#buffer;
  }

  expect(): void {
    this.#lent = true;
    this.#forestalled = false;
  }

  /** The value that was assigned has been computed. */
  receive(node: Node, buffer: Buffer): void {
    if (node !== this.#pending || !buffer.data) return;
    this.#buffer = new HostBuffer(buffer.data.slice(), this.shape, this.dtype);
    this.#pending = undefined;
    this.#leaf = isFarFromOrigin(node) ? undefined : new WeakRef(node);
  }

  put(buffer: Buffer): void {
    const node = this.#promised?.node;
    this.#promised?.give(buffer);
    if (!(this.#lent && this.#forestalled)) {
      if (this.#pending) acquit(this);
      this.#buffer = buffer;
      this.#pending = undefined;
      this.#leaf = node && new WeakRef(node);
    }
    this.#lent = false;
    this.#promised = undefined;
  }

  release(): void {
    const node = this.#promised?.node;
    this.#promised?.give(this.#buffer);
    if (node && !this.#forestalled) this.#leaf = new WeakRef(node);
    this.#lent = false;
    this.#promised = undefined;
  }

  /** Whether the value is in the hands of a step that will replace it. */
  get #awaitsStep(): boolean {
    return this.#lent && !this.#forestalled;
  }

  #promise(): PromisedLeaf {
    this.#promised ??= promisedLeaf(this.shape, this.dtype);
    return this.#promised;
  }

  #present(): Promise<void> {
    return this.#pending ? this.#settle() : this.#promise().arrival;
  }

  /** Computes a pending value into a buffer of the variable's own. */
  async #settle(): Promise<void> {
    const pending = this.#pending!;
    const [buffer] = await evaluateNodes([pending]);
    if (this.#pending !== pending) return;
    const own = await copy(buffer);
    if (this.#pending !== pending) return;
    this.#buffer = own;
    this.#pending = undefined;
  }

  /** A copy for the variable alone; tensors of the value keep what they have. */
  async #unshare(): Promise<void> {
    const shared = this.#buffer;
    const own = await copy(shared);
    if (this.#buffer !== shared || this.#pending) return;
    this.#buffer = own;
    this.#leaf = undefined;
  }

  #nodeFor(value: TensorLike | NestedArray | NumberArray | NDArray): Node {
    if (typeof value === 'number' || typeof value === 'boolean') {
      return b.filled(this.shape, value, this.dtype);
    }
    if (!(value instanceof Tensor)) return leafOf(this.#dataFor(value), this.shape, this.dtype);
    if (!sameShape(value.node.shape, this.shape)) this.#rejectShape(value.node.shape);
    return b.cast(value.node, this.dtype);
  }

  /** An array of the variable's own. */
  #dataFor(value: NestedArray | NumberArray | NDArray): TypedArray {
    if (typeof value === 'number' || typeof value === 'boolean') {
      const number = this.dtype === 'bool' ? Number(Boolean(value)) : Number(value);
      return allocate(this.dtype, this.size).fill(number);
    }
    const array = toArray(value, this.dtype);
    const flat = ArrayBuffer.isView(value) && array.data.length === this.size;
    if (!flat && !sameShape(array.shape, this.shape)) this.#rejectShape(array.shape);
    const given: unknown = ArrayBuffer.isView(value) ? value : (value as NDArray).data;
    return array.data === given ? array.data.slice() : array.data;
  }

  #rejectShape(shape: readonly number[]): never {
    fail(
      `assign to ${this.name}`,
      `received ${formatShape(shape)}; the variable has the shape ${formatShape(this.shape)}, which cannot change`,
    );
  }
}

/** What computations on a value start from: the node, or a leaf where too much lies behind it. */
function startOf(node: Node): Node {
  const known = isFarFromOrigin(node) ? knownValue(node) : undefined;
  return known ? leaf(known) : node;
}

let noted: Set<Variable> | undefined;

/** The variables that `body` (synchronous, not traced) gives values which are still to be computed. */
export function assignedDuring<T>(body: () => T): { result: T; assigned: ReadonlySet<Variable> } {
  const outer = noted;
  const assigned = new Set<Variable>();
  noted = assigned;
  try {
    return { result: body(), assigned };
  } finally {
    noted = outer;
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
  initial: NestedArray | NumberArray | NDArray,
  options: VariableOptions = {},
): Variable {
  const array = toArray(initial, options.dtype);
  const own = array.data === (initial as unknown) || array === (initial as unknown);
  return new Variable(own ? { ...array, data: array.data.slice() } : array, options);
}
