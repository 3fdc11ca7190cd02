import { allocate, type DType, type TypedArray } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import { formatShape, type Shape, sameShape, sizeOf } from '../../graph/shape.ts';
import type { Buffer } from '../engine.ts';
import type { Backend } from './backend.ts';

/** What a graph says of one of its inputs or outputs. */
export interface Slot {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A value in host memory with the tensor through which a backend reads and writes it. */
export class TensorBuffer<T> implements Buffer {
  readonly owner: HostMemory<T>;
  readonly tensor: T;
  readonly data: TypedArray;
  readonly shape: Shape;
  readonly dtype: DType;

  constructor(owner: HostMemory<T>, tensor: T, data: TypedArray, shape: Shape, dtype: DType) {
    this.owner = owner;
    this.tensor = tensor;
    this.data = data;
    this.shape = shape;
    this.dtype = dtype;
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
 * Host memory of one engine: tensors over the arrays that come in, and buffers that state has given up,
 * ready to take the next step's results. Two sets of state take turns, so that a step never writes what
 * it reads.
 */
export class HostMemory<T> {
  readonly #backend: Backend<T>;
  readonly #wrapped = new WeakMap<TypedArray, TensorBuffer<T>>();
  readonly #spares = new Map<string, TensorBuffer<T>[]>();
  /** All buffers in `#spares`: one that was given up twice must not be handed out twice. */
  readonly #spare = new Set<TensorBuffer<T>>();

  constructor(backend: Backend<T>) {
    this.#backend = backend;
  }

  #make(data: TypedArray, dtype: DType, shape: Shape): TensorBuffer<T> {
    return new TensorBuffer(this, this.#backend.wrap(data, dtype, shape), data, shape, dtype);
  }

  #owns(buffer: Buffer): buffer is TensorBuffer<T> {
    return buffer instanceof TensorBuffer && buffer.owner === this;
  }

  /** The tensor over an array from outside; the same array in the same shape is wrapped once. */
  tensorOf(buffer: Buffer): T | undefined {
    if (this.#owns(buffer)) return buffer.tensor;
    const { data, dtype, shape } = buffer;
    if (!data) return undefined;
    const known = this.#wrapped.get(data);
    if (known && known.dtype === dtype && sameShape(known.shape, shape)) return known.tensor;
    const made = this.#make(data, dtype, shape);
    this.#wrapped.set(data, made);
    return made.tensor;
  }

  /** A new buffer that nobody else holds. */
  fresh({ dtype, shape }: Slot): TensorBuffer<T> {
    return this.#make(allocate(dtype, sizeOf(shape)), dtype, shape);
  }

  /** The buffer around a tensor that the backend has made. */
  adopt(tensor: T, { dtype, shape }: Slot): TensorBuffer<T> {
    return new TensorBuffer(this, tensor, this.#backend.dataOf(tensor), shape, dtype);
  }

  /** A buffer for state: one that was given up, or a new one. */
  take(slot: Slot): TensorBuffer<T> {
    const spare = this.#spares.get(keyOf(slot))?.pop();
    if (!spare) return this.fresh(slot);
    this.#spare.delete(spare);
    return spare;
  }

  /**
   * Takes over a buffer that state has given up. An array that came from outside may have other readers;
   * it is left to the garbage collector.
   */
  give(buffer: Buffer): void {
    if (!this.#backend.inPlace || !this.#owns(buffer) || this.#spare.has(buffer)) return;
    this.#spare.add(buffer);
    const key = keyOf(buffer);
    const list = this.#spares.get(key);
    if (list) list.push(buffer);
    else this.#spares.set(key, [buffer]);
  }

  clear(): void {
    this.#spare.clear();
    this.#spares.clear();
  }
}

function keyOf({ dtype, shape }: { dtype: DType; shape: Shape }): string {
  return `${dtype} ${shape}`;
}
