import type { Node } from '../graph/node.ts';
import { type Connection, connectedTensor, connectionOf } from '../nn/layers/connection.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { leavesOf } from '../tensor/tree.ts';
import { sourcesOf } from './sources.ts';

/**
 * The order in which Keras lists the layers of a functional model, and with them their weights: by
 * distance from the outputs, the farthest first, and among equals by when a walk from the outputs first
 * meets them. Plain operations between layers count as steps of the way.
 */

const inputsOf = ({ inputs, options }: Connection): Tensor[] => [
  ...leavesOf(inputs, isTensor),
  ...leavesOf(options, isTensor),
];

/** The calls that a tensor was computed by, each with the number of operations on the longest way. */
function callsBehind(tensor: Tensor): Map<Connection, number> {
  const direct = connectionOf(tensor);
  if (direct) return new Map([[direct, 0]]);
  const found = new Map<Connection, number>();
  const steps = new Map<Node, number>([[tensor.node, 0]]);
  const pending = [tensor.node];
  // Ids grow from inputs to results, so the largest id has all its readers behind it.
  while (pending.length > 0) {
    pending.sort((a, b) => a.id - b.id);
    const node = pending.pop()!;
    const connected = connectedTensor(node);
    if (connected) {
      found.set(connectionOf(connected)!, steps.get(node)!);
      continue;
    }
    for (const input of node.inputs) {
      if (!steps.has(input)) pending.push(input);
      steps.set(input, Math.max(steps.get(input) ?? 0, steps.get(node)! + 1));
    }
  }
  return found;
}

/** The layers of the calls that lead to `outputs`; `inputs` are the layers of the model's inputs. */
export function orderLayers<L extends object>(
  outputs: readonly Tensor[],
  connections: readonly Connection[],
  inputs: readonly L[],
): L[] {
  const met = new Map<L, number>();
  const seen = new Set<Tensor>();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const tensor = stack.pop()!;
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    const call = connectionOf(tensor);
    if (call && !met.has(call.layer)) met.set(call.layer, met.size);
    stack.push(...(call ? inputsOf(call) : sourcesOf(tensor)).reverse());
  }
  const callDepth = new Map<Connection, number>();
  const layerDepth = new Map<L, number>();
  const push = (tensor: Tensor, depth: number): void => {
    for (const [call, steps] of callsBehind(tensor)) {
      callDepth.set(call, Math.max(depth + steps, callDepth.get(call) ?? 0));
    }
  };
  for (const output of outputs) push(output, 0);
  for (const call of [...connections].reverse()) {
    const depth = Math.max(callDepth.get(call) ?? 0, layerDepth.get(call.layer) ?? 0);
    layerDepth.set(call.layer, depth);
    for (const tensor of inputsOf(call)) push(tensor, depth + 1);
  }
  for (const [call, depth] of callDepth) {
    if (!layerDepth.has(call.layer)) layerDepth.set(call.layer, depth);
  }
  for (const input of inputs) {
    if (!met.has(input)) met.set(input, -1);
    if (!layerDepth.has(input)) layerDepth.set(input, 0);
  }
  return [...layerDepth.keys()].sort(
    (a, b) => layerDepth.get(b)! - layerDepth.get(a)! || met.get(a)! - met.get(b)!,
  );
}
