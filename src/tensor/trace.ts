import type { Buffer } from '../engines/engine.ts';
import type { DType } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { placeholder } from '../ops/build.ts';

/**
 * While a function is traced, the variables it reads become placeholders and what it assigns becomes
 * outputs: pure inside, stateful outside. Traces nest as calls do.
 */

/**
 * The storage behind a variable, as traces and compiled steps see it. A step lends the values that it will
 * replace (`take`, or `expect` where it does not read them) and ends with `put`, or with `release` if it
 * fails. What is assigned from outside in between is not overwritten, and who asks for the value gets the
 * one that the step gives.
 */
export interface Cell {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly name: string;
  /** Something to wait for before `peek` (or, to `give` the value away, `take`) returns at once. */
  ready(give: boolean): Promise<void> | undefined;
  /** The value that a step may use up, because it will replace it. */
  take(): Promise<Buffer> | Buffer;
  /** The value to read, which stays. */
  peek(): Promise<Buffer> | Buffer;
  /** A step is about to replace the value without reading it. */
  expect(): void;
  /** The step has run, and this is the new value. */
  put(buffer: Buffer): void;
  /** The step that took or expected the value has failed. */
  release(): void;
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
