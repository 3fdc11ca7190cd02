import { allocate, type DType, type TypedArray } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import { formatShape, type Shape, sameShape, sizeOf } from '../../graph/shape.ts';
import type { Buffer } from '../engine.ts';
import type { OnnxRuntime, RuntimeTensor } from './runtime.ts';

/** What a graph says of one of its inputs or outputs. */
export interface Slot {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A value in host memory that ONNX Runtime reads and writes in place. */
export class HostTensorBuffer implements Buffer {
  readonly tensor: RuntimeTensor;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: TypedArray;

  constructor(tensor: RuntimeTensor, shape: Shape, dtype: DType) {
    this.tensor = tensor;
    this.shape = shape;
    this.dtype = dtype;
    this.data = tensor.data as TypedArray;
  }

  read(): Promise<TypedArray> {
    return Promise.resolve(this.data);
  }

  dispose(): void {}
}

export function expectBuffer(
  engine: string,
  buffer: Buffer,
  { dtype, shape }: Slot,
  i: number,
): void {
  if (buffer.dtype === dtype && sameShape(buffer.shape, shape)) return;
  fail(
    engine,
    `input ${i} is ${buffer.dtype} ${formatShape(buffer.shape)}; the graph was compiled for ${dtype} ${formatShape(shape)}`,
  );
}

/**
 * Host memory of one engine: tensors that wrap the arrays which come in, and arrays that state has given
 * up, ready to take the next step's results. Two sets of state take turns, so that a step never writes
 * what it reads.
 */
export class HostMemory {
  readonly #runtime: OnnxRuntime;
  readonly #wrapped = new WeakMap<TypedArray, RuntimeTensor>();
  readonly #spares = new Map<string, TypedArray[]>();
  /** All arrays in `#spares`: one that was given up twice must not be handed out twice. */
  readonly #spare = new Set<TypedArray>();

  constructor(runtime: OnnxRuntime) {
    this.#runtime = runtime;
  }

  /** `data` as a tensor; the same array in the same shape is wrapped once. */
  wrap(data: TypedArray, dtype: DType, shape: Shape): RuntimeTensor {
    const known = this.#wrapped.get(data);
    if (known && known.type === dtype && sameShape(known.dims, shape)) return known;
    const tensor = new this.#runtime.Tensor(dtype, data, shape);
    this.#wrapped.set(data, tensor);
    return tensor;
  }

  tensorOf(buffer: HostTensorBuffer | Buffer): RuntimeTensor | undefined {
    if (buffer instanceof HostTensorBuffer) return buffer.tensor;
    if (buffer.data) return this.wrap(buffer.data, buffer.dtype, buffer.shape);
    return undefined;
  }

  /** An array for a result, never seen outside: from the spares, or new. */
  take(dtype: DType, shape: Shape): RuntimeTensor {
    const length = sizeOf(shape);
    const spare = this.#spares.get(`${dtype} ${length}`)?.pop();
    if (spare) this.#spare.delete(spare);
    return this.wrap(spare ?? allocate(dtype, length), dtype, shape);
  }

  /** A new array that nobody else holds. */
  fresh(dtype: DType, shape: Shape): RuntimeTensor {
    return new this.#runtime.Tensor(dtype, allocate(dtype, sizeOf(shape)), shape);
  }

  /** Takes over an array that state has given up. */
  give(dtype: DType, data: TypedArray): void {
    if (this.#spare.has(data)) return;
    this.#spare.add(data);
    const key = `${dtype} ${data.length}`;
    const list = this.#spares.get(key);
    if (list) list.push(data);
    else this.#spares.set(key, [data]);
  }

  clear(): void {
    this.#spare.clear();
    this.#spares.clear();
  }
}
