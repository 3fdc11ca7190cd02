import { optimizeGraph } from '../../../src/compiler/compile.ts';
import type { Buffer, HostBuffer } from '../../../src/engines/engine.ts';
import { HostBuffer as Host } from '../../../src/engines/engine.ts';
import { compileSync, type SyncExecutable } from '../../../src/engines/js/engine.ts';
import { placeholder } from '../../../src/ops/build.ts';
import { compileFor } from '../../../src/tensor/device.ts';
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

/** A traced function, ready to be compiled. */
function traceStep(
  shapes: readonly (readonly number[])[],
  fn: (...inputs: Tensor[]) => readonly Tensor[],
) {
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
  const inputs = [...own, ...read.map(([, node]) => node)];
  const { graph, captured } = closeGraph(inputs, outputs, state, 'playground');
  const cells = read.map(([cell]) => ({ cell, replaced: trace.written.has(cell) }));
  const buffers = new Array<Buffer>(inputs.length + captured.length);
  captured.forEach((buffer, i) => {
    buffers[inputs.length + i] = buffer;
  });
  /** The buffers of a run, the same array each time. */
  const gather = (values: readonly Float32Array[], overrides?: ReadonlyMap<Cell, Buffer>) => {
    for (let i = 0; i < own.length; i++) buffers[i] = new Host(values[i], shapes[i], 'float32');
    for (let i = 0; i < cells.length; i++) {
      const { cell, replaced } = cells[i];
      const buffer = overrides?.get(cell) ?? (replaced ? cell.take() : cell.peek());
      if (buffer instanceof Promise) {
        throw new Error(`the variable '${cell.name}' is not settled; call settle first`);
      }
      buffers[own.length + i] = buffer;
    }
    return buffers;
  };
  const keep = <B extends Buffer>(results: readonly B[]): readonly B[] => {
    for (let i = 0; i < written.length; i++) written[i].put(results[result.length + i]);
    return results;
  };
  return { graph: optimizeGraph(graph), gather, keep };
}

/** Compiles `fn`, a function of float32 tensors of these shapes. */
export function compileStep(
  shapes: readonly (readonly number[])[],
  fn: (...inputs: Tensor[]) => readonly Tensor[],
): CompiledStep {
  const { graph, gather, keep } = traceStep(shapes, fn);
  const executable = compileSync(graph);
  return {
    run: (inputs, overrides) => keep(executable.runSync(gather(inputs, overrides))) as HostBuffer[],
  };
}

/** A step on whichever engine the library chooses for its size. */
export interface SizedStep {
  /** On the js engine. */
  readonly run: CompiledStep['run'] | undefined;
  /** On any engine; the first number of the first result. */
  runAnywhere(inputs: readonly Float32Array[]): Promise<number>;
}

/** Compiles `fn` for the engine that is quickest at it, by the library's own measure. */
export async function compileSizedStep(
  shapes: readonly (readonly number[])[],
  fn: (...inputs: Tensor[]) => readonly Tensor[],
): Promise<SizedStep> {
  const { graph, gather, keep } = traceStep(shapes, fn);
  // Where the runtime's files cannot be had the interpreter does it, more slowly.
  const executable = await compileFor(graph, 'often').catch(() => compileSync(graph));
  const sync = 'runSync' in executable ? (executable as SyncExecutable) : undefined;
  return {
    run:
      sync &&
      ((inputs, overrides) => keep(sync.runSync(gather(inputs, overrides))) as HostBuffer[]),
    runAnywhere: async (inputs) => {
      const results = await executable.run(gather(inputs));
      // What the page reads of weights it reads from host memory.
      const values = await Promise.all(results.map(async (b) => (b.data ? b : toHost(b))));
      return Number((await keep(values)[0].read())[0]);
    },
  };
}

async function toHost(buffer: Buffer): Promise<Buffer> {
  return new Host(await buffer.read(), buffer.shape, buffer.dtype);
}
