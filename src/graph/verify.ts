import { NablaError } from './errors.ts';
import type { Graph } from './graph.ts';
import { topologicalOrder } from './graph.ts';
import { formatShape, sameShape } from './shape.ts';

/**
 * The grammar of graphs as code, checked after each compiler pass: every placeholder is declared, every
 * node's type follows from its inputs by the primitive's own rule, and state keeps its type.
 */
export function verifyGraph(graph: Graph): void {
  const declared = new Set(graph.inputs);
  for (const node of topologicalOrder(graph.outputs)) {
    if (node.primitive.name === 'input') {
      if (!declared.has(node)) {
        throw new NablaError(
          `graph: placeholder ${node.id} ${formatShape(node.shape)} is read but is not an input of the graph`,
        );
      }
      continue;
    }
    const expected = node.primitive.shape(node.inputs, node.attributes);
    if (expected.dtype !== node.dtype || !sameShape(expected.shape, node.shape)) {
      throw new NablaError(
        `graph: ${node.primitive.name} says ${node.dtype} ${formatShape(node.shape)}, its rule says ${expected.dtype} ${formatShape(expected.shape)}`,
      );
    }
  }
  for (const [i, o] of graph.state) {
    const before = graph.inputs[i];
    const after = graph.outputs[o];
    if (before.dtype !== after.dtype || !sameShape(before.shape, after.shape)) {
      throw new NablaError(
        `graph: state ${i} changes from ${before.dtype} ${formatShape(before.shape)} to ${after.dtype} ${formatShape(after.shape)}; assign a value of the variable's own shape and dtype`,
      );
    }
  }
}
