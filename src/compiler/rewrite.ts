import type { Graph } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/graph.ts';
import { bind, type Node } from '../graph/node.ts';

/**
 * Passes are functions from nodes to nodes, applied once from the inputs to the outputs. `rule` sees a
 * node whose inputs are already rewritten and returns what to put in its place; unchanged parts of the
 * graph stay the same nodes.
 */
export type RewriteRule = (node: Node) => Node;

export function rewriteNodes(
  roots: readonly Node[],
  rule: RewriteRule,
  replaced: Map<Node, Node> = new Map(),
): Node[] {
  for (const node of topologicalOrder(roots)) {
    if (replaced.has(node)) continue;
    const inputs = node.inputs.map((i) => replaced.get(i)!);
    const same = inputs.every((input, i) => input === node.inputs[i]);
    const rebuilt = same ? node : bind(node.primitive, inputs, node.attributes);
    replaced.set(node, rule(rebuilt));
  }
  return roots.map((r) => replaced.get(r)!);
}

export function rewriteGraph(graph: Graph, rule: RewriteRule): Graph {
  return { ...graph, outputs: rewriteNodes(graph.outputs, rule) };
}

/** The nodes of `roots` with some nodes replaced by others. */
export function substitute(roots: readonly Node[], replacements: ReadonlyMap<Node, Node>): Node[] {
  return rewriteNodes(roots, (node) => node, new Map(replacements));
}
