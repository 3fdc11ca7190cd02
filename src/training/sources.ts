import type { Node } from '../graph/node.ts';
import { connectedTensor } from '../nn/layers/connection.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The layer outputs and inputs that a tensor without a connection of its own was computed from. */
export function sourcesOf(tensor: Tensor): Tensor[] {
  const found = new Set<Tensor>();
  const seen = new Set<Node>();
  const stack = [tensor.node];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    const connected = connectedTensor(node);
    if (connected) found.add(connected);
    else stack.push(...node.inputs);
  }
  return [...found];
}
