import type { Node } from '../../graph/node.ts';
import { placeholder } from '../../ops/build.ts';
import { isTensor, Tensor } from '../../tensor/tensor.ts';
import { leavesOf, mapTree } from '../../tensor/tree.ts';
import { getMask, setMask } from './mask.ts';

/**
 * How symbolic tensors came to be: the calls of layers between the inputs and the outputs of a model.
 * Only tensors that descend from `input()` are recorded, so concrete work leaves no trace.
 */
export interface Connection {
  /** The layer; typed loosely because layers are defined on top of this file. */
  readonly layer: any;
  readonly inputs: any;
  readonly outputs: any;
  readonly options: Readonly<Record<string, any>>;
  /** Which call of the layer this is, counted from 0 (Keras's node index). */
  readonly index: number;
}

const connections = new WeakMap<Tensor, Connection>();
const counts = new WeakMap<object, number>();
const firstCalls = new WeakMap<object, Connection>();
const tensors = new WeakMap<Node, Tensor>();
const symbolic = new WeakMap<Node, boolean>();

export function connectionOf(tensor: Tensor): Connection | undefined {
  return connections.get(tensor);
}

/** The first call of a layer on symbolic tensors. */
export function firstCallOf(layer: object): Connection | undefined {
  return firstCalls.get(layer);
}

/**
 * Whether a tensor descends from a symbolic input, through layers or through plain operations. Answers
 * are kept, so each node is looked at once.
 */
export function isSymbolicTensor(tensor: Tensor): boolean {
  if (symbolic.has(tensor.node)) return symbolic.get(tensor.node)!;
  const stack: Node[] = [tensor.node];
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    if (symbolic.has(node)) {
      stack.pop();
      continue;
    }
    const waiting = node.inputs.filter((i) => !symbolic.has(i));
    if (waiting.length > 0) {
      stack.push(...waiting);
      continue;
    }
    symbolic.set(
      node,
      node.inputs.some((i) => symbolic.get(i)),
    );
    stack.pop();
  }
  return symbolic.get(tensor.node)!;
}

/** The tensor of a layer's output that this node is, if it is one. */
export function connectedTensor(node: Node): Tensor | undefined {
  return tensors.get(node);
}

/**
 * Remembers the call if any of its inputs is symbolic, and returns the outputs that stand for it. These
 * have nodes of their own: a layer that returns its input (dropout outside of training) or what a layer
 * inside of it made must be found again all the same.
 */
export function recordConnection(
  layer: object,
  inputs: any,
  outputs: any,
  options: Readonly<Record<string, any>>,
): any {
  if (!leavesOf([inputs, options], isTensor).some(isSymbolicTensor)) return outputs;
  const own = mapTree(outputs, isTensor, (t) => {
    const tensor = new Tensor(placeholder(t.node.shape, t.dtype));
    const mask = getMask(t);
    if (mask) setMask(tensor, mask);
    return tensor;
  });
  connect(layer, inputs, own, options);
  return own;
}

/** Remembers a call unconditionally; how inputs start a model. */
export function connect(
  layer: object,
  inputs: any,
  outputs: any,
  options: Readonly<Record<string, any>> = {},
): void {
  const index = counts.get(layer) ?? 0;
  counts.set(layer, index + 1);
  const connection: Connection = { layer, inputs, outputs, options, index };
  if (index === 0) firstCalls.set(layer, connection);
  for (const tensor of leavesOf(outputs, isTensor)) {
    if (connections.has(tensor)) continue;
    connections.set(tensor, connection);
    symbolic.set(tensor.node, true);
    if (!tensors.has(tensor.node)) tensors.set(tensor.node, tensor);
  }
}
