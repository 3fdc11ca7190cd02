import type { DType } from '../../graph/dtype.ts';
import type { Node } from '../../graph/node.ts';
import type { Shape } from '../../graph/shape.ts';
import { type Connection, connectedTensor, connectionOf } from '../../nn/layers/connection.ts';
import type { Layer } from '../../nn/layers/layer.ts';
import { snakeCaseClass } from '../../nn/names.ts';
import { isNode } from '../../ops/build.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { leavesOf, mapTree } from '../../tensor/tree.ts';
import type { Functional } from '../../training/functional.ts';
import { kerasArguments } from './calls.ts';
import {
  arrayOf,
  constantOf,
  type OperationArgument,
  type OperationForm,
  operationForm,
} from './plain-operations.ts';
import type { ArrayValue } from './values.ts';

/**
 * A functional model as Keras sees it: calls of layers and of operations, connected by references. The
 * order of layers in files, and with it the names of weights, follows from this graph.
 */

/** An operation between layers. */
export class PlainOperation {
  readonly module: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Unique in the model; set when the graph is complete. */
  name = '';

  constructor({ module, className, config }: OperationForm) {
    this.module = module;
    this.className = className;
    this.config = config;
  }
}

export interface GraphCall {
  readonly layer: Layer | PlainOperation;
  /** Trees with {@link Reference}s where tensors are. */
  readonly args: readonly any[];
  readonly kwargs: Readonly<Record<string, any>>;
  readonly outputs: readonly { readonly shape: Shape; readonly dtype: DType }[];
}

/** One result of a call. */
export class Reference {
  readonly call: GraphCall;
  readonly result: number;

  constructor(call: GraphCall, result: number) {
    this.call = call;
    this.result = result;
  }
}

export const isGraphReference = (v: unknown): v is Reference => v instanceof Reference;

export interface ModelGraph {
  /** Layers and operations in Keras's order. */
  readonly layers: readonly (Layer | PlainOperation)[];
  /** The calls of each, in the order in which they were made. */
  readonly calls: ReadonlyMap<Layer | PlainOperation, readonly GraphCall[]>;
  readonly inputs: any;
  readonly outputs: any;
}

class GraphBuilder {
  readonly #calls = new Map<Connection, GraphCall>();
  readonly #nodes = new Map<Node, Reference>();
  /** In the order in which the calls were made. */
  readonly found: { call: GraphCall; index: number }[] = [];

  /** Where a tensor comes from; what does not depend on the inputs is its value. */
  reference(tensor: Tensor): Reference | number | boolean | ArrayValue {
    const connection = connectionOf(tensor);
    if (!connection) return arrayOf(tensor.node) ?? this.#nodeReference(tensor.node);
    const call = this.#callOf(connection);
    return new Reference(call, leavesOf(connection.outputs, isTensor).indexOf(tensor));
  }

  #callOf(connection: Connection): GraphCall {
    const known = this.#calls.get(connection);
    if (known) return known;
    const { layer, inputs, options, outputs, index } = connection;
    const { args, kwargs } = kerasArguments(layer, inputs, options);
    const refer = (tree: unknown) => mapTree(tree, isTensor, (t) => this.reference(t)) as any;
    const call: GraphCall = {
      layer,
      // An input is called with nothing.
      args: leavesOf(inputs, isTensor).length === 0 ? [] : refer(args),
      kwargs: refer(kwargs),
      outputs: leavesOf(outputs, isTensor).map((t) => t.node),
    };
    this.#calls.set(connection, call);
    this.found.push({ call, index });
    return call;
  }

  #nodeReference(node: Node): Reference {
    const known = this.#nodes.get(node);
    if (known) return known;
    const connected = connectedTensor(node);
    const made = connected
      ? (this.reference(connected) as Reference)
      : this.#operation(operationForm(node), { shape: node.shape, dtype: node.dtype });
    this.#nodes.set(node, made);
    return made;
  }

  #operation(form: OperationForm, output: GraphCall['outputs'][number]): Reference {
    const call: GraphCall = {
      layer: new PlainOperation(form),
      args: form.args.map((a) => this.#argument(a, output)),
      kwargs: {},
      outputs: [output],
    };
    this.found.push({ call, index: 0 });
    return new Reference(call, 0);
  }

  #argument(argument: OperationArgument, output: GraphCall['outputs'][number]): any {
    if (Array.isArray(argument)) return argument.map((a) => this.#argument(a, output));
    if (isNode(argument)) return constantOf(argument) ?? this.#nodeReference(argument);
    if (typeof argument === 'object' && 'className' in argument) {
      return this.#operation(argument as OperationForm, output);
    }
    return argument;
  }
}

const inputsOf = ({ args, kwargs }: GraphCall): Reference[] =>
  leavesOf([args, kwargs], isGraphReference);

/** Calls after all they depend on, and layers by when a walk from the outputs first meets them. */
function walk(outputs: readonly Reference[]) {
  const calls: GraphCall[] = [];
  const met = new Map<Layer | PlainOperation, number>();
  const entered = new Set<GraphCall>();
  const stack = outputs.map(({ call }) => ({ call, leaving: false })).reverse();
  while (stack.length > 0) {
    const { call, leaving } = stack.pop()!;
    if (leaving) {
      calls.push(call);
      continue;
    }
    if (entered.has(call)) continue;
    entered.add(call);
    if (!met.has(call.layer)) met.set(call.layer, met.size);
    stack.push({ call, leaving: true });
    for (const source of inputsOf(call).reverse()) {
      stack.push({ call: source.call, leaving: false });
    }
  }
  return { calls, met };
}

/** By distance from the outputs, the farthest first, and among equals by when they were met. */
function order(outputs: readonly Reference[], inputs: readonly Reference[]) {
  const { calls, met } = walk(outputs);
  const callDepth = new Map<GraphCall, number>();
  const depth = new Map<Layer | PlainOperation, number>();
  for (const call of [...calls].reverse()) {
    const own = Math.max(callDepth.get(call) ?? 0, depth.get(call.layer) ?? 0);
    callDepth.set(call, own);
    depth.set(call.layer, own);
    for (const { call: source } of inputsOf(call)) {
      callDepth.set(source, Math.max(own + 1, callDepth.get(source) ?? 0));
    }
  }
  for (const { call } of inputs) {
    if (depth.has(call.layer)) continue;
    depth.set(call.layer, 0);
    met.set(call.layer, -1);
  }
  return [...depth.keys()].sort(
    (a, b) => depth.get(b)! - depth.get(a)! || met.get(a)! - met.get(b)!,
  );
}

const graphs = new WeakMap<Functional, ModelGraph>();

export function modelGraph(model: Functional): ModelGraph {
  const known = graphs.get(model);
  if (known) return known;
  const builder = new GraphBuilder();
  const refer = (tree: unknown) => mapTree(tree, isTensor, (t) => builder.reference(t));
  const inputs = refer(model.inputs);
  const outputs = refer(model.outputs);
  const layers = order(leavesOf(outputs, isGraphReference), leavesOf(inputs, isGraphReference));
  const calls = new Map<Layer | PlainOperation, GraphCall[]>();
  for (const { call } of [...builder.found].sort((a, b) => a.index - b.index)) {
    calls.set(call.layer, [...(calls.get(call.layer) ?? []), call]);
  }
  nameOperations(layers);
  const graph = { layers, calls, inputs, outputs };
  graphs.set(model, graph);
  return graph;
}

/** `add`, `add_1`, ... beside the names of the layers. */
function nameOperations(layers: readonly (Layer | PlainOperation)[]): void {
  const used = new Set(layers.filter((l) => !(l instanceof PlainOperation)).map((l) => l.name));
  for (const layer of layers) {
    if (!(layer instanceof PlainOperation)) continue;
    const base = snakeCaseClass(layer.className);
    let name = base;
    for (let n = 1; used.has(name); n++) name = `${base}_${n}`;
    used.add(name);
    layer.name = name;
  }
}
