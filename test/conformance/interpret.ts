import { type Graph, topologicalOrder } from '../../src/graph/graph.ts';
import type { Node } from '../../src/graph/node.ts';
import { nameOf } from '../../src/ops/primitives/index.ts';
import { type Reference, references } from './reference.ts';

/** Runs a whole graph by the references, in double precision whatever the dtypes of its nodes. */
export function interpret(graph: Graph, inputs: readonly Reference[]): Reference[] {
  const values = new Map<Node, Reference>();
  graph.inputs.forEach((node, i) => {
    values.set(node, inputs[i]);
  });
  for (const node of topologicalOrder(graph.outputs)) {
    if (values.has(node)) continue;
    const operands = node.inputs.map((i) => values.get(i)!);
    values.set(node, references[nameOf(node)](operands, node.attributes as never));
  }
  return graph.outputs.map((o) => values.get(o)!);
}
