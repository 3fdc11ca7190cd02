import type { Graph } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/graph.ts';
import { bind, type Node } from '../graph/node.ts';
import { withBatch } from '../graph/shape.ts';
import { dimension, placeholder } from '../ops/build.ts';
import { type AttributesOf, nameOf } from '../ops/primitives/index.ts';
import { overSteps } from './loops.ts';

/**
 * The same computation for one batch size: every symbolic dimension becomes a number, so that engines
 * see concrete shapes only. A graph without symbolic dimensions comes back as it is.
 */
export function specialize(graph: Graph, batch: number): Graph {
  const order = topologicalOrder([...graph.inputs, ...graph.outputs]);
  if (!order.some((n) => n.shape.some((d) => d < 0))) return graph;
  const inputs = graph.inputs.map((i) => placeholder(withBatch(i.shape, batch), i.dtype));
  const replaced = new Map(graph.inputs.map((input, i) => [input, inputs[i]]));
  return { inputs, outputs: rebuild(graph.outputs, replaced, batch), state: graph.state };
}

/**
 * The nodes of `roots` computed from other nodes in place of some, for a batch of `batch` samples. What
 * does not depend on the replaced nodes stays.
 */
export function rebuild(
  roots: readonly Node[],
  replaced: ReadonlyMap<Node, Node>,
  batch: number,
): Node[] {
  const done = new Map(replaced);
  for (const node of topologicalOrder(roots)) {
    if (done.has(node)) continue;
    const inputs = node.inputs.map((i) => done.get(i)!);
    if (nameOf(node) === 'dimension') {
      done.set(node, dimension(inputs[0], node.attributes.axis as number));
      continue;
    }
    const attributes: Record<string, any> = { ...node.attributes };
    let same = inputs.every((input, i) => input === node.inputs[i]);
    // Only these attributes hold dimensions; starts, paddings and axes are never symbolic.
    for (const key of ['shape', 'limits']) {
      const dims = attributes[key];
      if (!Array.isArray(dims)) continue;
      attributes[key] = withBatch(dims, batch);
      same &&= attributes[key] === dims;
    }
    if (nameOf(node) === 'scan') {
      attributes.body = stepsFor(batch)((node.attributes as AttributesOf<'scan'>).body);
      same &&= attributes.body === node.attributes.body;
    }
    done.set(node, same ? node : bind(node.primitive, inputs, attributes));
  }
  return roots.map((r) => done.get(r)!);
}

const byBatch = new Map<number, ReturnType<typeof overSteps>>();

/** The steps of loops for a batch of `batch` samples. */
function stepsFor(batch: number): ReturnType<typeof overSteps> {
  let steps = byBatch.get(batch);
  if (!steps) {
    steps = overSteps((graph) => specialize(graph, batch));
    byBatch.set(batch, steps);
  }
  return steps;
}
