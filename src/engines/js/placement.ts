import { bytesPerElement } from '../../graph/dtype.ts';
import type { Graph } from '../../graph/graph.ts';
import { viewOf } from './scratch.ts';
import type { Memory, Operation, Storage, Trace } from './trace.ts';

/**
 * Where the values of a traced graph lie. Three decisions, each by the order of the operations:
 *
 * - a new state lies in the array of the state it replaces, where every read of the old comes before
 *   the write or is at the very same element;
 * - an element-wise result lies on top of an operand that nobody reads afterwards;
 * - all other intermediates share blocks of memory whose last reader has run.
 *
 * Results that leave the executable get an array of their own in every run.
 */
export interface Placement {
  /** Outputs that need a new array in every run. */
  readonly fresh: readonly Memory[];
  /** New states with an array of their own: that of the given-up state serves in the next run. */
  readonly swapped: readonly { readonly input: number; readonly memory: Memory }[];
}

interface Liveness {
  readonly writer: ReadonlyMap<Storage, number>;
  readonly lastRead: ReadonlyMap<Storage, number>;
}

function livenessOf(operations: readonly Operation[]): Liveness {
  const writer = new Map<Storage, number>();
  const lastRead = new Map<Storage, number>();
  operations.forEach(({ inputs, output }, at) => {
    writer.set(output.storage, at);
    for (const input of inputs) lastRead.set(input.storage, at);
  });
  return { writer, lastRead };
}

/** Whether the operation may write its output over its input `storage` of the same size and dtype. */
function mayOverwrite({ kernel, inputs }: Operation, storage: Storage): boolean {
  if (kernel.inPlace === 'every input') return true;
  return kernel.inPlace === 'first input' && inputs.slice(1).every((i) => i.storage !== storage);
}

function placeStates(graph: Graph, trace: Trace, { writer, lastRead }: Liveness) {
  const swapped: { input: number; memory: Memory }[] = [];
  for (const [i, o] of graph.state) {
    const before = trace.inputs[i];
    const after = trace.outputs[o];
    if (before === after) continue;
    const write = writer.get(after)!;
    const read = lastRead.get(before) ?? -1;
    const inPlace =
      read < write || (read === write && mayOverwrite(trace.operations[write], before));
    if (inPlace) after.memory = before.memory;
    else swapped.push({ input: i, memory: after.memory });
  }
  return swapped;
}

/** A stretch of memory that intermediates take in turn; it is as large as the largest of them. */
interface Block {
  bytes: number;
  readonly tenants: Memory[];
}

function placeIntermediates(trace: Trace, { lastRead }: Liveness): void {
  const outputs = new Set(trace.outputs);
  const isIntermediate = (s: Storage) => s.kind === 'computed' && !outputs.has(s);
  const blocks: Block[] = [];
  const free: Block[] = [];
  const home = new Map<Memory, Block>();

  const take = (memory: Memory) => {
    const bytes = memory.size * bytesPerElement[memory.dtype];
    // The smallest free block that is large enough, else the largest, which grows.
    let best = -1;
    free.forEach((block, i) => {
      const current = free[best];
      if (best < 0) best = i;
      else if (
        current.bytes < bytes
          ? block.bytes > current.bytes
          : block.bytes >= bytes && block.bytes < current.bytes
      )
        best = i;
    });
    const block: Block = best < 0 ? { bytes: 0, tenants: [] } : free.splice(best, 1)[0];
    if (best < 0) blocks.push(block);
    block.bytes = Math.max(block.bytes, bytes);
    block.tenants.push(memory);
    home.set(memory, block);
  };

  trace.operations.forEach((operation, at) => {
    const output = operation.output.storage;
    const dying = [...new Set(operation.inputs.map((i) => i.storage))].filter(
      (s) => isIntermediate(s) && lastRead.get(s) === at,
    );
    if (isIntermediate(output)) {
      const under = dying.find(
        (s) =>
          s.memory.size === output.memory.size &&
          s.memory.dtype === output.memory.dtype &&
          mayOverwrite(operation, s),
      );
      if (under) {
        output.memory = under.memory;
        dying.splice(dying.indexOf(under), 1);
      } else {
        take(output.memory);
      }
    }
    for (const s of dying) free.push(home.get(s.memory)!);
  });

  for (const { bytes, tenants } of blocks) {
    const buffer = new ArrayBuffer(bytes);
    for (const memory of tenants) memory.data = viewOf(memory.dtype, buffer, 0, memory.size);
  }
}

export function place(graph: Graph, trace: Trace): Placement {
  const liveness = livenessOf(trace.operations);
  const swapped = placeStates(graph, trace, liveness);
  placeIntermediates(trace, liveness);
  const states = new Set(graph.state.map(([, output]) => output));
  const fresh = trace.outputs.filter((_, k) => !states.has(k)).map((s) => s.memory);
  return { fresh, swapped };
}
