import type { Buffer } from '../engines/engine.ts';
import type { DType } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { placeholder } from '../ops/build.ts';

/**
 * While a function is traced, the variables it reads become placeholders and what it assigns becomes
 * outputs: pure inside, stateful outside. Traces nest as calls do.
 */

/** The storage behind a variable, as traces and compiled steps see it. */
export interface Cell {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly name: string;
  /** The value that a compiled step may use up, because it will replace it. */
  take(): Promise<Buffer> | Buffer;
  /** The value to read, which stays. */
  peek(): Promise<Buffer> | Buffer;
  put(buffer: Buffer): void;
}

export class Trace {
  readonly read = new Map<Cell, Node>();
  readonly written = new Map<Cell, Node>();

  value(cell: Cell): Node {
    const written = this.written.get(cell);
    if (written) return written;
    let node = this.read.get(cell);
    if (!node) {
      node = placeholder(cell.shape, cell.dtype, cell.name);
      this.read.set(cell, node);
    }
    return node;
  }

  assign(cell: Cell, node: Node): void {
    this.written.set(cell, node);
  }
}

const stack: Trace[] = [];

export function currentTrace(): Trace | undefined {
  return stack.at(-1);
}

/** Runs `body` (synchronously) under a new trace and returns both. */
export function traced<T>(body: () => T): { trace: Trace; result: T } {
  const trace = new Trace();
  stack.push(trace);
  try {
    return { trace, result: body() };
  } finally {
    stack.pop();
  }
}
