import type { Graph } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/graph.ts';
import { bind, type Node } from '../graph/node.ts';
import { withBatch } from '../graph/shape.ts';
import { placeholder, scalar } from '../ops/build.ts';
import { nameOf } from '../ops/primitives/index.ts';

/**
 * The same computation for one batch size: every symbolic dimension becomes a number, so that engines
 * see concrete shapes only. A graph without symbolic dimensions comes back as it is.
 */
export function specialize(graph: Graph, batch: number): Graph {
  const order = topologicalOrder([...graph.inputs, ...graph.outputs]);
  if (!order.some((n) => n.shape.some((d) => d < 0))) return graph;
  const concrete = new Map<Node, Node>();
  for (const node of order) {
    const inputs = node.inputs.map((i) => concrete.get(i)!);
    const name = nameOf(node);
    if (name === 'input') {
      concrete.set(node, placeholder(withBatch(node.shape, batch), node.dtype));
    } else if (name === 'dimension') {
      concrete.set(node, scalar(inputs[0].shape[node.attributes.axis as number], 'int32'));
    } else {
      const attributes: Record<string, any> = { ...node.attributes };
      // Only these attributes hold dimensions; starts, paddings and axes are never symbolic.
      for (const key of ['shape', 'limits']) {
        if (Array.isArray(attributes[key])) attributes[key] = withBatch(attributes[key], batch);
      }
      concrete.set(node, bind(node.primitive, inputs, attributes));
    }
  }
  return {
    inputs: graph.inputs.map((i) => concrete.get(i)!),
    outputs: graph.outputs.map((o) => concrete.get(o)!),
    state: graph.state,
  };
}
