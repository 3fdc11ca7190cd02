import { optimizeGraph } from '../../../src/compiler/compile.ts';
import type { Buffer, HostBuffer } from '../../../src/engines/engine.ts';
import { HostBuffer as Host } from '../../../src/engines/engine.ts';
import { compileSync } from '../../../src/engines/js/engine.ts';
import { placeholder } from '../../../src/ops/build.ts';
import { closeGraph } from '../../../src/tensor/evaluate.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { type Cell, traced } from '../../../src/tensor/trace.ts';

/**
 * `jit` without promises: a traced function compiled for the js engine and run as a plain call. A network
 * of this size takes microseconds a step, less than a promise costs.
 */

export interface CompiledStep {
  /** One buffer for each tensor the function returned. Variables it assigned have their new values. */
  run(inputs: readonly Float32Array[], overrides?: ReadonlyMap<Cell, Buffer>): HostBuffer[];
}

/**
 * Makes variables ready for steps: values that were set outside are computed, and values that tensors
 * still refer to are copied, so that every cell can hand over its buffer at once.
 */
export async function settle(cells: Iterable<Cell>): Promise<void> {
  for (const cell of cells) cell.put(await cell.take());
}

/** Sets a variable's value at once. */
export function put(cell: Cell, data: Float32Array): void {
  cell.put(new Host(data, cell.shape, cell.dtype));
}

/** The present value of a settled variable: not a copy. */
export function dataOf(cell: Cell): Float32Array {
  return (cell.peek() as Buffer).data as Float32Array;
}

/** Compiles `fn`, a function of float32 tensors of these shapes. */
export function compileStep(
  shapes: readonly (readonly number[])[],
  fn: (...inputs: Tensor[]) => readonly Tensor[],
): CompiledStep {
  const own = shapes.map((shape) => placeholder(shape, 'float32'));
  const { trace, result } = traced(() => fn(...own.map((node) => new Tensor(node))));
  const read = [...trace.read];
  const written = [...trace.written.keys()];
  const outputs = [...result.map((t) => t.node), ...written.map((c) => trace.written.get(c)!)];
  const state: [number, number][] = [];
  read.forEach(([cell], i) => {
    const at = written.indexOf(cell);
    if (at >= 0) state.push([own.length + i, result.length + at]);
  });
  const { graph, captured } = closeGraph(
    [...own, ...read.map(([, node]) => node)],
    outputs,
    state,
    'playground',
  );
  const executable = compileSync(optimizeGraph(graph));
  const cells = read.map(([cell]) => ({ cell, replaced: trace.written.has(cell) }));
  const buffers = new Array<Buffer>(own.length + cells.length + captured.length);
  captured.forEach((buffer, i) => {
    buffers[own.length + cells.length + i] = buffer;
  });
  return {
    run(inputs, overrides) {
      for (let i = 0; i < own.length; i++) buffers[i] = new Host(inputs[i], shapes[i], 'float32');
      for (let i = 0; i < cells.length; i++) {
        const { cell, replaced } = cells[i];
        const buffer = overrides?.get(cell) ?? (replaced ? cell.take() : cell.peek());
        if (buffer instanceof Promise) {
          throw new Error(`the variable '${cell.name}' is not settled; call settle first`);
        }
        buffers[own.length + i] = buffer;
      }
      const results = executable.runSync(buffers);
      for (let i = 0; i < written.length; i++) written[i].put(results[result.length + i]);
      return results;
    },
  };
}
