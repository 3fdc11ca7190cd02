import type { Node } from '../graph/node.ts';
import { connectedTensor, connectionOf } from '../nn/layers/connection.ts';
import { InputLayer } from '../nn/layers/input.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { leavesOf } from '../tensor/tree.ts';

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

/** The symbolic inputs that a tensor was computed from, through layers and plain operations. */
export function getSourceInputs(tensor: Tensor): Tensor[] {
  const found = new Set<Tensor>();
  const seen = new Set<Tensor>();
  const stack = [tensor];
  while (stack.length > 0) {
    const current = stack.pop()!;
    if (seen.has(current)) continue;
    seen.add(current);
    const call = connectionOf(current);
    if (call?.layer instanceof InputLayer) found.add(current);
    const before = call
      ? [...leavesOf(call.inputs, isTensor), ...leavesOf(call.options, isTensor)]
      : sourcesOf(current);
    stack.push(...before.reverse());
  }
  return [...found];
}
