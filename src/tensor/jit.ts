import { optimizeGraph } from '../compiler/compile.ts';
import type { Buffer, Executable } from '../engines/engine.ts';
import { fail } from '../graph/errors.ts';
import type { Node } from '../graph/node.ts';
import { placeholder } from '../ops/build.ts';
import { compileFor, deviceKey } from './device.ts';
import { closeGraph, evaluateNodes, knownValue, leaf } from './evaluate.ts';
import { isTensor, Tensor } from './tensor.ts';
import { type Cell, currentTrace, traced } from './trace.ts';
import { leavesOf, mapTree } from './tree.ts';

/**
 * A traced function: called once for each new combination of shapes to record its graph, compiled, and
 * from then on run as one step. Variables it reads are inputs, variables it assigns are state.
 */

interface Compiled {
  readonly executable: Executable;
  readonly cells: readonly { readonly cell: Cell; readonly replaced: boolean }[];
  readonly captured: readonly Buffer[];
  readonly written: readonly Cell[];
  /** Builds the function's result around the buffers of its tensors. */
  readonly assemble: (buffers: readonly Buffer[]) => unknown;
}

/** Text that is equal for argument lists that can share one compilation. */
function signature(args: readonly unknown[]): string {
  let key = deviceKey();
  const text = JSON.stringify(args, (_, value) =>
    isTensor(value) ? `${value.dtype}[${value.node.shape}]` : value,
  );
  key += text;
  return key;
}

function trace(fn: (...args: any[]) => unknown, args: readonly unknown[]) {
  const own: Node[] = [];
  const symbolic = mapTree(args, isTensor, (t) => {
    const node = placeholder(t.node.shape, t.dtype);
    own.push(node);
    return new Tensor(node);
  }) as unknown[];
  const { trace: record, result } = traced(() => fn(...symbolic));
  if (result instanceof Promise) {
    fail(
      'jit',
      'the function is asynchronous; a traced function must build its result synchronously',
    );
  }
  const tensors = leavesOf(result, isTensor);
  const written = [...record.written.keys()];
  const read = [...record.read];
  const outputs = [...tensors.map((t) => t.node), ...written.map((c) => record.written.get(c)!)];
  const inputs = [...own, ...read.map(([, node]) => node)];
  const state: [number, number][] = [];
  read.forEach(([cell], i) => {
    const at = written.indexOf(cell);
    if (at >= 0) state.push([own.length + i, tensors.length + at]);
  });
  const closed = closeGraph(inputs, outputs, state, 'jit');
  return { closed, read: read.map(([cell]) => cell), written, result };
}

async function compile(
  fn: (...args: any[]) => unknown,
  args: readonly unknown[],
): Promise<Compiled> {
  const { closed, read, written, result } = trace(fn, args);
  const executable = await compileFor(optimizeGraph(closed.graph), 'often');
  return {
    executable,
    captured: closed.captured,
    cells: read.map((cell) => ({ cell, replaced: written.includes(cell) })),
    written,
    assemble: (buffers) => {
      let i = 0;
      return mapTree(result, isTensor, () => new Tensor(leaf(buffers[i++])));
    },
  };
}

/** Steps run one after another: they may share variables. */
let last: Promise<unknown> | undefined;

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  while (last) await last.catch(() => {});
  const turn = work();
  last = turn;
  try {
    return await turn;
  } finally {
    last = undefined;
  }
}

async function gather(compiled: Compiled, tensors: readonly Tensor[]): Promise<Buffer[]> {
  const lazy = tensors.filter((t) => !knownValue(t.node)).map((t) => t.node);
  if (lazy.length > 0) await evaluateNodes(lazy);
  const buffers = tensors.map((t) => knownValue(t.node)!);
  for (const { cell, replaced } of compiled.cells) {
    const buffer = replaced ? cell.take() : cell.peek();
    buffers.push(buffer instanceof Promise ? await buffer : buffer);
  }
  buffers.push(...compiled.captured);
  return buffers;
}

/**
 * Compiles a function on tensors (in trees of arrays and objects). The function must be synchronous and
 * depend on nothing but its arguments, variables and constants: it is called once for each combination
 * of shapes, data types and non-tensor arguments. Inside another traced function it is simply called.
 */
export function jit<A extends any[], R>(fn: (...args: A) => R): (...args: A) => Promise<R> {
  const cache = new Map<string, Promise<Compiled>>();
  return async (...args) => {
    if (currentTrace()) return fn(...args);
    const key = signature(args);
    let pending = cache.get(key);
    if (!pending) {
      pending = compile(fn, args);
      cache.set(key, pending);
      pending.catch(() => cache.delete(key));
    }
    const compiled = await pending;
    const tensors = leavesOf(args, isTensor);
    return inTurn(async () => {
      const buffers = await compiled.executable.run(await gather(compiled, tensors));
      const count = buffers.length - compiled.written.length;
      compiled.written.forEach((cell, i) => {
        cell.put(buffers[count + i]);
      });
      return compiled.assemble(buffers.slice(0, count)) as R;
    });
  };
}
