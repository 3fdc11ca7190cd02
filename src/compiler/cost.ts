import type { Graph } from '../graph/graph.ts';
import { topologicalOrder } from '../graph/graph.ts';
import type { Node } from '../graph/node.ts';
import { type AttributesOf, nameOf } from '../ops/primitives/index.ts';
import { sameLoop } from '../ops/primitives/loop.ts';

/** What running a graph of concrete shapes takes, as far as its shapes tell. */
export interface Cost {
  /** Nodes that compute something. */
  readonly nodes: number;
  /** Multiply-adds of products and convolutions. */
  readonly products: number;
  /** Elements written by everything else. */
  readonly elements: number;
}

const size = (shape: readonly number[]): number => shape.reduce((a, d) => a * d, 1);

function multiplyAdds(node: Node): number {
  const [a, w] = node.inputs;
  switch (nameOf(node)) {
    case 'matMul':
      return size(node.shape) * (node.attributes.transposeA ? a.shape.at(-2)! : a.shape.at(-1)!);
    case 'conv':
      return size(node.shape) * size(w.shape.slice(1));
    case 'convInputGrad':
      return size(a.shape) * size(w.shape.slice(1));
    case 'convKernelGrad':
      return size(w.shape) * size(node.shape.slice(1));
    default:
      return 0;
  }
}

export function estimateCost(graph: Graph): Cost {
  let nodes = 0;
  let products = 0;
  let elements = 0;
  const loops: Node[] = [];
  for (const node of topologicalOrder(graph.outputs)) {
    const name = nameOf(node);
    if (name === 'input' || name === 'constant') continue;
    if (name === 'scan') {
      if (loops.some((n) => sameLoop(n, node))) continue;
      loops.push(node);
      const { body } = node.attributes as AttributesOf<'scan'>;
      const { graph: step, carries } = body();
      const steps = node.inputs[carries].shape[0];
      const cost = estimateCost(step);
      nodes += steps * cost.nodes;
      products += steps * cost.products;
      elements += steps * cost.elements;
      continue;
    }
    nodes++;
    const flops = multiplyAdds(node);
    products += flops;
    if (flops === 0) elements += size(node.shape);
  }
  return { nodes, products, elements };
}
