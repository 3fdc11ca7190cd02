import type { DType, TypedArray } from '../../../graph/dtype.ts';
import { type Shape, sizeOf } from '../../../graph/shape.ts';
import type { AttributesOf, PrimitiveName } from '../../../ops/primitives/index.ts';

/**
 * What a kernel is: given where its inputs and its output will lie, and everything else that is known
 * when the graph is compiled, it prepares one closure without arguments. A run of the graph calls these
 * closures in turn, so whatever can be computed beforehand (strides, loop counts, offsets) belongs
 * outside the closure.
 */

/** A place for an array. The array in it may be another one in the next run. */
export interface Cell {
  data: TypedArray;
}

/** A value of the graph as its reader sees it; several values may share a cell (views). */
export interface Value {
  readonly cell: Cell;
  readonly shape: Shape;
  readonly dtype: DType;
}

export type Step = () => void;

/** Memory that a step may use while it runs and that the next step overwrites. */
export interface Workspace {
  /** Call it while the kernel is prepared; read the cell's array only while it runs. It is not cleared. */
  scratch(dtype: DType, length: number): Cell;
}

export type Prepare<A> = (
  output: Value,
  inputs: readonly Value[],
  attributes: A,
  workspace: Workspace,
) => Step;

export interface Kernel<A> {
  readonly prepare: Prepare<A>;
  /**
   * Inputs that may lie in the very memory of the output, if they have its size: element i of these is
   * read before element i of the output is written, and never again.
   */
  readonly inPlace?: 'every input' | 'first input';
  /** The kernel stretches inputs itself, so that `broadcastTo` before it need not be carried out. */
  readonly broadcasts?: true;
}

export type KernelOf<P extends PrimitiveName> = Kernel<AttributesOf<P>>;

/**
 * How the engine treats a primitive. `given` values exist before the run; a `view` is its first input
 * under another type; a `loop` runs a graph of its own (see loop.ts); all others have a kernel.
 */
export type Rule<P extends PrimitiveName> = 'given' | 'view' | 'loop' | KernelOf<P>;

export const sizeOfValue = (value: Value): number => sizeOf(value.shape);
