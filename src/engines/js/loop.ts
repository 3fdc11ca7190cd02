import { allocate } from '../../graph/dtype.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Node } from '../../graph/node.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { AttributesOf } from '../../ops/primitives/index.ts';
import { sameLoop } from '../../ops/primitives/loop.ts';
import { HostBuffer } from '../engine.ts';
import type { Kernel, Value } from './kernels/kernel.ts';

/**
 * Loops run their step as an executable of its own. The values of one loop are several nodes: the first
 * whose turn it is runs the loop and keeps all of them, the others take theirs.
 */

/** Compiles a step to a function from its inputs to its outputs, which nobody writes to again. */
export type CompileStep = (graph: Graph) => (inputs: readonly HostBuffer[]) => HostBuffer[];

type Scan = AttributesOf<'scan'>;

/** The kernel of each of `nodes`, all values of loops. */
export function loopKernels(nodes: readonly Node[], compile: CompileStep): Map<Node, Kernel<Scan>> {
  const kernels = new Map<Node, Kernel<Scan>>();
  const groups: Node[][] = [];
  for (const node of nodes) {
    const group = groups.find(([first]) => sameLoop(first, node));
    if (group) group.push(node);
    else groups.push([node]);
  }
  for (const group of groups) {
    const loop = new Loop(group, compile);
    for (const node of group) {
      kernels.set(node, {
        prepare: (output, inputs, { output: which }) => {
          const cells = inputs.map((i) => i.cell);
          return () => output.cell.data.set(loop.value(which, cells) as never);
        },
      });
    }
  }
  return kernels;
}

type Cells = readonly Value['cell'][];

class Loop {
  readonly #node: Node;
  readonly #graph: Graph;
  readonly #carries: number;
  readonly #slices: number;
  /** The outputs of the step that are carried or wanted, and their places among its results. */
  readonly #places: ReadonlyMap<number, number>;
  /** The stacked values that somebody wants. */
  readonly #wanted: readonly number[];
  readonly #step: (inputs: readonly HostBuffer[]) => HostBuffer[];
  readonly #values = new Map<number, HostBuffer['data']>();
  readonly #taken = new Set<number>();

  constructor(group: readonly Node[], compile: CompileStep) {
    this.#node = group[0];
    const { graph, carries, slices } = (this.#node.attributes as Scan).body();
    this.#graph = graph;
    this.#carries = carries;
    this.#slices = slices;
    this.#wanted = group.map((n) => n.attributes.output as number).filter((o) => o >= carries);
    const needed = graph.outputs.flatMap((_, o) =>
      o < carries || this.#wanted.includes(o) ? [o] : [],
    );
    this.#places = new Map(needed.map((o, place) => [o, place]));
    this.#step = compile({ ...graph, outputs: needed.map((o) => graph.outputs[o]) });
  }

  /** One of the loop's values; asked for a second time, it belongs to another run. */
  value(which: number, cells: Cells): HostBuffer['data'] {
    if (this.#taken.size === 0 || this.#taken.has(which)) {
      this.#taken.clear();
      this.#run(cells);
    }
    this.#taken.add(which);
    return this.#values.get(which)!;
  }

  #run(cells: Cells): void {
    const { inputs, outputs } = this.#graph;
    const steps = this.#node.inputs[this.#carries].shape[0];
    const sizes = inputs.map((n) => sizeOf(n.shape));
    const bufferOf = (i: number, data: HostBuffer['data']) =>
      new HostBuffer(data, inputs[i].shape, inputs[i].dtype);
    // The first carries and the constants are others' memory, which a step only reads.
    const given = inputs.map((_, i) => bufferOf(i, cells[i].data));
    const stacks = this.#wanted.map((output) => {
      const of = output < outputs.length ? outputs[output] : inputs[output - outputs.length];
      const size = sizeOf(of.shape);
      return { output, size, data: allocate(of.dtype, steps * size) };
    });
    for (let k = 0; k < steps; k++) {
      const t = this.#node.attributes.reverse ? steps - 1 - k : k;
      for (let i = this.#carries; i < this.#carries + this.#slices; i++) {
        given[i] = bufferOf(i, cells[i].data.subarray(t * sizes[i], (t + 1) * sizes[i]));
      }
      const after = this.#step(given);
      for (const { output, size, data } of stacks) {
        const before = output - outputs.length;
        const value = before >= 0 ? given[before] : after[this.#places.get(output)!];
        data.set(value.data as never, t * size);
      }
      for (let i = 0; i < this.#carries; i++) given[i] = after[this.#places.get(i)!];
    }
    for (let i = 0; i < this.#carries; i++) this.#values.set(i, given[i].data);
    for (const { output, data } of stacks) this.#values.set(output, data);
  }
}
