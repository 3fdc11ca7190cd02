import { optimizeGraph } from '../compiler/compile.ts';
import { rewriteNodes } from '../compiler/rewrite.ts';
import { type Buffer, type Executable, HostBuffer } from '../engines/engine.ts';
import type { TypedArray } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Node } from '../graph/node.ts';
import { printGraph } from '../graph/print.ts';
import { formatShape } from '../graph/shape.ts';
import { placeholder } from '../ops/build.ts';
import { nameOf } from '../ops/primitives/index.ts';
import { breathe } from './breathe.ts';
import { compileFor, deviceKey } from './device.ts';

/**
 * From lazy nodes to values. A node whose value is known (given by the user, or computed before) is a
 * leaf: `values` holds its buffer. To evaluate others, the graph between them and the leaves is closed
 * over placeholders, compiled and run; equal structures share one executable.
 */
const values = new WeakMap<Node, Buffer>();

export function knownValue(node: Node): Buffer | undefined {
  return values.get(node);
}

/** A leaf for a value that exists. */
export function leaf(buffer: Buffer): Node {
  const node = placeholder(buffer.shape, buffer.dtype);
  values.set(node, buffer);
  return node;
}

export function leafOf(data: TypedArray, shape: readonly number[], dtype: Node['dtype']): Node {
  return leaf(new HostBuffer(data, shape, dtype));
}

/** Values that running steps are about to give, and how many of them there are. */
const arrivals = new WeakMap<Node, Promise<void>>();
let expected = 0;

export interface PromisedLeaf {
  readonly node: Node;
  /** Resolves when the value is there. */
  readonly arrival: Promise<void>;
  give(buffer: Buffer): void;
}

/** A leaf whose value comes when a step that is running has ended. */
export function promisedLeaf(shape: readonly number[], dtype: Node['dtype']): PromisedLeaf {
  const node = placeholder(shape, dtype);
  let arrive = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  arrivals.set(node, arrival);
  expected++;
  return {
    node,
    arrival,
    give(buffer) {
      values.set(node, buffer);
      expected--;
      arrive();
    },
  };
}

/** Waits for the promised values that the nodes depend on. */
export async function allArrived(nodes: readonly Node[]): Promise<void> {
  if (expected === 0) return;
  const seen = new Set<Node>();
  const stack = [...nodes];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node) || values.has(node)) continue;
    seen.add(node);
    await arrivals.get(node);
    stack.push(...node.inputs);
  }
}

interface Closed {
  readonly graph: Graph;
  /** The values of the inputs that follow `own`, in order. */
  readonly captured: readonly Buffer[];
  /** The nodes whose values these are. */
  readonly leaves: readonly Node[];
}

/**
 * The graph from `own` placeholders to `outputs`, with every known value on the way as a further input.
 * `context` names the caller in the error about placeholders that nobody feeds.
 */
export function closeGraph(
  own: readonly Node[],
  outputs: readonly Node[],
  state: Graph['state'],
  context: string,
): Closed {
  const fed = new Set(own);
  const replaced = new Map<Node, Node>();
  const captured: Buffer[] = [];
  const leaves: Node[] = [];
  const inputs = [...own];
  const visit = (roots: readonly Node[]) => {
    const seen = new Set<Node>();
    const stack = [...roots];
    while (stack.length > 0) {
      const node = stack.pop()!;
      if (seen.has(node) || fed.has(node)) continue;
      seen.add(node);
      const buffer = values.get(node);
      if (buffer) {
        // A placeholder can be the input itself; a computed node gets one in its place.
        const input = nameOf(node) === 'input' ? node : placeholder(node.shape, node.dtype);
        if (input !== node) replaced.set(node, input);
        inputs.push(input);
        captured.push(buffer);
        leaves.push(node);
      } else if (nameOf(node) === 'input') {
        fail(
          context,
          `the result depends on a symbolic tensor ${formatShape(node.shape)} that has no value; use concrete tensors, or run the model that it belongs to`,
        );
      } else {
        stack.push(...node.inputs);
      }
    }
  };
  visit(outputs);
  const results = replaced.size > 0 ? rewriteNodes(outputs, (n) => n, replaced) : outputs;
  return { graph: { inputs, outputs: results, state }, captured, leaves };
}

const executables = new Map<string, Promise<Executable>>();
const CACHED_EXECUTABLES = 128;

async function executableFor(graph: Graph): Promise<Executable> {
  const key = `${deviceKey()}\n${printGraph(graph)}`;
  let executable = executables.get(key);
  if (executable) {
    executables.delete(key);
  } else {
    executable = compileFor(optimizeGraph(graph), 'once');
    executable.catch(() => executables.delete(key));
    if (executables.size >= CACHED_EXECUTABLES) {
      const oldest = executables.keys().next().value!;
      void executables.get(oldest)?.then((e) => e.dispose());
      executables.delete(oldest);
    }
  }
  executables.set(key, executable);
  return executable;
}

/** How many evaluations, each on a result of the one before, led to a value. */
const generations = new WeakMap<Node, number>();
const KEPT_GENERATIONS = 32;

/**
 * Whether a value stems from so many evaluations in a row that further computations should start from the
 * value alone: a loop that computes each state from the last would keep every state in memory otherwise.
 */
export function isFarFromOrigin(node: Node): boolean {
  return (generations.get(node) ?? 0) >= KEPT_GENERATIONS;
}

/** What keeps state and is to have the value of a node. */
export interface Creditor {
  receive(node: Node, buffer: Buffer): void;
}

/**
 * Values that state was given and that are still to be computed. They are computed together with whatever is
 * asked for next: a loop that updates variables would otherwise leave a longer graph behind with each round,
 * to be gone through from its beginning again and again.
 */
const owed = new Map<Creditor, Node>();

export function owe(creditor: Creditor, node: Node): void {
  owed.set(creditor, node);
}

export function acquit(creditor: Creditor): void {
  owed.delete(creditor);
}

/** The owed nodes that can be computed now. */
function dueNodes(): Node[] {
  const nodes = [...owed.values()].filter((n) => !values.has(n));
  const seen = new Set<Node>();
  const stack = [...nodes];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    if (!values.has(node)) stack.push(...node.inputs);
  }
  const blocked = new Set<Node>();
  for (const node of [...seen].sort((a, b) => a.id - b.id)) {
    if (values.has(node)) continue;
    if (nameOf(node) === 'input' || node.inputs.some((i) => blocked.has(i))) blocked.add(node);
  }
  return nodes.filter((n) => !blocked.has(n));
}

/** Computes nodes that have no value yet. */
async function compute(nodes: readonly Node[]): Promise<void> {
  const { graph, captured, leaves } = closeGraph([], nodes, [], 'evaluate');
  const executable = await executableFor(graph);
  const buffers = await executable.run(captured);
  let generation = 1;
  for (const n of leaves) generation = Math.max(generation, 1 + (generations.get(n) ?? 0));
  nodes.forEach((node, i) => {
    values.set(node, buffers[i]);
    generations.set(node, generation);
  });
}

/** Computes nodes, and what is owed with them. */
async function computeAll(nodes: readonly Node[]): Promise<void> {
  const asked = new Set(nodes);
  const due = dueNodes().filter((n) => !asked.has(n));
  try {
    await compute([...asked, ...new Set(due)]);
  } catch (error) {
    if (due.length === 0) throw error;
    // Whose fault it was shows when the others are asked for themselves.
    for (const [creditor, node] of owed) if (due.includes(node)) owed.delete(creditor);
    await compute([...asked]);
  }
  for (const [creditor, node] of owed) {
    const buffer = values.get(node);
    if (!buffer) continue;
    owed.delete(creditor);
    creditor.receive(node, buffer);
  }
}

let running: Promise<unknown> = Promise.resolve();

/** The values of nodes, computed together; afterwards they are known. */
export async function evaluateNodes(nodes: readonly Node[]): Promise<Buffer[]> {
  const missing = nodes.filter((n) => !values.has(n));
  if (missing.length > 0) {
    const turn = running.then(async () => {
      await allArrived(missing);
      const pending = missing.filter((n) => !values.has(n));
      if (pending.length > 0) await computeAll(pending);
    });
    running = turn.catch(() => {});
    await turn;
    const pause = breathe();
    if (pause) await pause;
  }
  return nodes.map((n) => values.get(n)!);
}
