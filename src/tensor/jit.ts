import { optimizeGraph } from '../compiler/compile.ts';
import type { Buffer, Executable } from '../engines/engine.ts';
import { fail } from '../graph/errors.ts';
import type { Node } from '../graph/node.ts';
import { placeholder } from '../ops/build.ts';
import { breathe } from './breathe.ts';
import { compileFor, deviceKey } from './device.ts';
import { allArrived, closeGraph, evaluateNodes, knownValue, leaf } from './evaluate.ts';
import { isTensor, Tensor } from './tensor.ts';
import { type Cell, currentTrace, traced } from './trace.ts';
import { isRecord, leavesOf, mapTree } from './tree.ts';

/**
 * A traced function: called once for each new combination of shapes to record its graph, compiled, and
 * from then on run as one step. Variables it reads are inputs, variables it assigns are state.
 */

interface Compiled {
  readonly executable: Executable;
  readonly cells: readonly { readonly cell: Cell; readonly replaced: boolean }[];
  readonly captured: readonly Buffer[];
  readonly written: readonly Cell[];
  /** What is written without being read. */
  readonly onlyWritten: readonly Cell[];
  /** Builds the function's result around the buffers of its tensors. */
  readonly assemble: (buffers: readonly Buffer[]) => unknown;
}

const identities = new WeakMap<object, number>();
let objects = 0;

function identify(object: object): number {
  let id = identities.get(object);
  if (id === undefined) {
    id = ++objects;
    identities.set(object, id);
  }
  return id;
}

/** Longer arrays of numbers are surely meant as data. */
const LONGEST_CONSTANT = 64;

/**
 * Text that is equal for arguments that can share one compilation: tensors of one shape and dtype, equal
 * numbers and text, the same objects and functions.
 */
function signature(value: unknown): string {
  if (isTensor(value)) return `${value.dtype}[${value.node.shape}]`;
  if (Array.isArray(value)) return `[${value.map(signature)}]`;
  if (isRecord(value)) {
    let key = '{';
    for (const name of Object.keys(value)) key += `${name}:${signature(value[name])},`;
    return `${key}}`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return constantKey(value as any);
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) {
    return `#${identify(value)}`;
  }
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : String(value);
}

function constantKey(values: ArrayLike<number>): string {
  const type = values.constructor.name;
  if (values.length > LONGEST_CONSTANT) {
    fail(
      'jit',
      `an argument is a ${type} of ${values.length} numbers, which would become a constant of the compiled step; wrap it with tensor(...) to pass it as data`,
    );
  }
  return `${type}(${Array.from(values, signature)})`;
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
  return { inputs, outputs, state, read: read.map(([cell]) => cell), written, result };
}

async function compile(
  fn: (...args: any[]) => unknown,
  args: readonly unknown[],
): Promise<Compiled> {
  const { inputs, outputs, state, read, written, result } = trace(fn, args);
  const fed = new Set(inputs);
  await allArrived(outputs.filter((node) => !fed.has(node)));
  const { graph, captured } = closeGraph(inputs, outputs, state, 'jit');
  const executable = await compileFor(optimizeGraph(graph), 'often');
  return {
    executable,
    captured,
    cells: read.map((cell) => ({ cell, replaced: written.includes(cell) })),
    written,
    onlyWritten: written.filter((cell) => !read.includes(cell)),
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
  // All are ready before the first is taken: a value to be computed may depend on one that is taken.
  for (let wait: Promise<void> | undefined; ; ) {
    for (const { cell, replaced } of compiled.cells) {
      wait = cell.ready(replaced);
      if (wait) break;
    }
    if (!wait) break;
    await wait;
  }
  const buffers = tensors.map((t) => knownValue(t.node)!);
  for (const { cell, replaced } of compiled.cells) {
    buffers.push((replaced ? cell.take() : cell.peek()) as Buffer);
  }
  for (const cell of compiled.onlyWritten) cell.expect();
  buffers.push(...compiled.captured);
  return buffers;
}

async function runStep(compiled: Compiled, tensors: readonly Tensor[]): Promise<readonly Buffer[]> {
  const inputs = await gather(compiled, tensors);
  const { executable, written } = compiled;
  let buffers: readonly Buffer[];
  try {
    buffers = await executable.run(inputs);
  } catch (error) {
    for (const cell of written) cell.release();
    throw error;
  }
  const results = buffers.length - written.length;
  for (let i = 0; i < written.length; i++) written[i].put(buffers[results + i]);
  return buffers.slice(0, results);
}

/** Compilations of one function that are kept; who needs more passes as numbers what should be tensors. */
const KEPT = 64;

/**
 * Compiles a function on tensors (in trees of arrays and objects). The function must be synchronous and
 * depend on nothing but its arguments, variables and constants: it is called once for each combination
 * of shapes, data types and non-tensor arguments. Inside another traced function it is simply called,
 * and returns its result without a promise.
 */
export function jit<A extends any[], R>(fn: (...args: A) => R): (...args: A) => Promise<R> {
  const cache = new Map<string, Promise<Compiled>>();
  let warned = false;
  const compiledFor = (key: string, args: A): Promise<Compiled> => {
    let pending = cache.get(key);
    if (!pending) {
      pending = compile(fn, args);
      pending.catch(() => cache.delete(key));
      if (cache.size >= KEPT) {
        if (!warned) warn(fn);
        warned = true;
        forgetOldest(cache);
      }
    } else if (cache.size > 1) {
      cache.delete(key);
    }
    cache.set(key, pending);
    return pending;
  };
  const run = async (args: A): Promise<R> => {
    const compiled = await compiledFor(deviceKey() + signature(args), args);
    const tensors = leavesOf(args, isTensor);
    const buffers = await inTurn(() => runStep(compiled, tensors));
    const pause = breathe();
    if (pause) await pause;
    return compiled.assemble(buffers) as R;
  };
  return (...args) => (currentTrace() ? (fn(...args) as any) : run(args));
}

function warn(fn: { readonly name: string }): void {
  console.warn(
    `jit: ${fn.name || 'a function'} was compiled for more than ${KEPT} different arguments, which takes far longer than running it; pass numbers that change as tensors, and arrays in few shapes`,
  );
}

function forgetOldest(cache: Map<string, Promise<Compiled>>): void {
  const [key, oldest] = cache.entries().next().value!;
  cache.delete(key);
  // After the steps that are waiting, of which one may be this one's.
  oldest.then((compiled) => inTurn(() => compiled.executable.dispose())).catch(() => {});
}
