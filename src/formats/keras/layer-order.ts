import { type Connection, connectionOf } from '../../nn/layers/connection.ts';
import type { Layer } from '../../nn/layers/layer.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { leavesOf } from '../../tensor/tree.ts';
import { Functional } from '../../training/functional.ts';
import type { Model } from '../../training/model.ts';
import { Sequential } from '../../training/sequential.ts';
import { sourcesOf } from '../../training/sources.ts';

/**
 * The layers of a model in the order in which Keras lists them, which names and positions in files depend
 * on: by distance from the outputs, the farthest first, and among equals by when a walk from the outputs
 * first meets them.
 */
export function kerasLayers(model: Model): Layer[] {
  if (model instanceof Functional) return functionalLayers(model);
  if (model instanceof Sequential) return model.layers;
  return model.sublayers();
}

interface Walk {
  /** Calls after all that they depend on. */
  readonly calls: Connection[];
  /** When each layer was first met. */
  readonly met: Map<Layer, number>;
}

/** The tensors with a layer behind them that a tensor, or a call, was computed from. */
function sources(tensor: Tensor): Tensor[] {
  const call = connectionOf(tensor);
  if (!call) return sourcesOf(tensor);
  return [...leavesOf(call.inputs, isTensor), ...leavesOf(call.options, isTensor)];
}

function walk(model: Functional): Walk {
  const inputs = new Set(leavesOf(model.inputs, isTensor));
  const calls: Connection[] = [];
  const done = new Set<Connection>();
  const met = new Map<Layer, number>();
  type Step = { tensor: Tensor; leaving: boolean };
  const stack: Step[] = leavesOf(model.outputs, isTensor)
    .map((tensor) => ({ tensor, leaving: false }))
    .reverse();
  const open = new Set<Connection>();
  while (stack.length > 0) {
    const { tensor, leaving } = stack.pop()!;
    const call = connectionOf(tensor);
    if (leaving) {
      done.add(call!);
      calls.push(call!);
      continue;
    }
    if (call) {
      if (done.has(call) || open.has(call)) continue;
      open.add(call);
      if (!met.has(call.layer)) met.set(call.layer, met.size);
      stack.push({ tensor, leaving: true });
      if (inputs.has(tensor)) continue;
    }
    for (const source of sources(tensor).reverse()) stack.push({ tensor: source, leaving: false });
  }
  return { calls, met };
}

function functionalLayers(model: Functional): Layer[] {
  const { calls, met } = walk(model);
  const callDepth = new Map<Connection, number>();
  const layerDepth = new Map<Layer, number>();
  /** Plain operations between layers count as layers of their own. */
  const raise = (tensor: Tensor, depth: number): void => {
    const call = connectionOf(tensor);
    if (call) callDepth.set(call, Math.max(depth, callDepth.get(call) ?? 0));
    else for (const source of sourcesOf(tensor)) raise(source, depth + 1);
  };
  for (const output of leavesOf(model.outputs, isTensor)) raise(output, 0);
  for (const call of [...calls].reverse()) {
    const depth = Math.max(callDepth.get(call) ?? 0, layerDepth.get(call.layer) ?? 0);
    callDepth.set(call, depth);
    layerDepth.set(call.layer, depth);
    const inputs = [...leavesOf(call.inputs, isTensor), ...leavesOf(call.options, isTensor)];
    for (const tensor of inputs) raise(tensor, depth + 1);
  }
  for (const input of model.inputLayers) {
    if (!layerDepth.has(input)) {
      layerDepth.set(input, 0);
      met.set(input, -1);
    }
  }
  return [...layerDepth.keys()].sort(
    (a, b) => layerDepth.get(b)! - layerDepth.get(a)! || met.get(a)! - met.get(b)!,
  );
}
