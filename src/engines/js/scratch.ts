import { bytesPerElement, type DType, type TypedArrayOf } from '../../graph/dtype.ts';
import type { Cell, Workspace } from './kernels/kernel.ts';

const views: {
  [D in DType]: (buffer: ArrayBuffer, offset: number, length: number) => TypedArrayOf[D];
} = {
  float32: (buffer, offset, length) => new Float32Array(buffer, offset, length),
  float64: (buffer, offset, length) => new Float64Array(buffer, offset, length),
  int32: (buffer, offset, length) => new Int32Array(buffer, offset, length),
  bool: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
};

/** An array of `length` elements of `dtype` over a part of `buffer`. */
export function viewOf(dtype: DType, buffer: ArrayBuffer, offset: number, length: number) {
  return views[dtype](buffer, offset, length);
}

interface Request {
  readonly cell: Cell;
  readonly dtype: DType;
  readonly length: number;
  readonly offset: number;
}

/**
 * Memory that steps use one after the other: all requests of one step lie side by side, those of
 * different steps on top of each other.
 */
export class Scratch implements Workspace {
  private readonly requests: Request[] = [];
  private offset = 0;
  private bytes = 0;

  scratch(dtype: DType, length: number): Cell {
    const cell: Cell = { data: viewOf(dtype, new ArrayBuffer(0), 0, 0) };
    this.requests.push({ cell, dtype, length, offset: this.offset });
    // Eight bytes is the strictest alignment that a typed array asks for.
    this.offset += Math.ceil((length * bytesPerElement[dtype]) / 8) * 8;
    this.bytes = Math.max(this.bytes, this.offset);
    return cell;
  }

  /** What is requested from here on belongs to the next step. */
  nextStep(): void {
    this.offset = 0;
  }

  /** Gives every request its array, once all are known. */
  place(): void {
    const buffer = new ArrayBuffer(this.bytes);
    for (const { cell, dtype, length, offset } of this.requests) {
      cell.data = viewOf(dtype, buffer, offset, length);
    }
  }
}
