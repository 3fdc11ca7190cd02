import type { DType, TypedArray } from '../graph/dtype.ts';
import type { Graph } from '../graph/graph.ts';
import type { NDArray } from '../graph/ndarray.ts';

/**
 * What hardware execution offers to the floors above: a graph goes in, something that runs comes out.
 * An engine knows the primitives; this interface knows none of them. A further engine is a further
 * folder that implements these three types.
 */

/**
 * A value where an engine keeps it: in host memory, or on a device. Whoever holds a buffer may read it
 * until it is given up as state (see {@link Executable.run}) or disposed of.
 */
export interface Buffer {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The values themselves when they are in host memory: not a copy, do not write. */
  readonly data: TypedArray | undefined;
  /** The values in host memory; on a device this waits for the work that makes them. */
  read(): Promise<TypedArray>;
  /** Frees device memory at once; host memory is the garbage collector's. */
  dispose(): void;
}

export interface Executable {
  /**
   * Runs the graph. `inputs[i]` is the value of `graph.inputs[i]`; the result holds one buffer for each
   * of `graph.outputs`. The buffers of state inputs are given up: the engine may overwrite, reuse or
   * free them, and the caller goes on with the outputs that replace them. Other inputs are only read.
   * Runs of one executable must not overlap.
   */
  run(inputs: readonly Buffer[]): Promise<readonly Buffer[]>;
  dispose(): Promise<void>;
}

/** Compiles and runs graphs on one kind of hardware. */
export interface Engine {
  /** For messages and run records: 'js', 'onnx (cpu)', 'onnx (webgpu)'. */
  readonly name: string;
  /** The dtypes that graphs for this engine may hold. */
  readonly dtypes: readonly DType[];
  /** Compiles a verified graph of concrete shapes (no symbolic batch). */
  compile(graph: Graph): Promise<Executable>;
  /** Frees what the engine holds; its executables must not be used afterwards. */
  dispose(): Promise<void>;
}

/** Values in host memory as a buffer, without a copy. */
export class HostBuffer implements Buffer, NDArray {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;

  constructor(data: TypedArray, shape: readonly number[], dtype: DType) {
    this.data = data;
    this.shape = shape;
    this.dtype = dtype;
  }

  read(): Promise<TypedArray> {
    return Promise.resolve(this.data);
  }

  dispose(): void {}
}
