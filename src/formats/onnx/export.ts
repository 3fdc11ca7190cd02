import { optimizeGraph } from '../../compiler/compile.ts';
import { substitute } from '../../compiler/rewrite.ts';
import { toOnnxModel } from '../../engines/onnx/compile.ts';
import { encodeModel, type OnnxModel, type OnnxNode } from '../../engines/onnx/model.ts';
import type { TypedArray } from '../../graph/dtype.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Node } from '../../graph/node.ts';
import { BATCH } from '../../graph/shape.ts';
import { withinCall } from '../../nn/layers/context.ts';
import type { InputLayer } from '../../nn/layers/input.ts';
import { constant, placeholder } from '../../ops/build.ts';
import { closeGraph } from '../../tensor/evaluate.ts';
import { isTensor, Tensor } from '../../tensor/tensor.ts';
import { traced } from '../../tensor/trace.ts';
import { leavesOf, mapTree } from '../../tensor/tree.ts';
import { Variable } from '../../tensor/variable.ts';
import type { SaveOptions } from '../../training/files.ts';
import { Functional } from '../../training/functional.ts';
import type { Model } from '../../training/model.ts';
import { Sequential } from '../../training/sequential.ts';
import { refuse } from '../bytes.ts';
import { variablePaths } from '../weights/names.ts';

/**
 * A model as an ONNX graph for prediction: the model is traced on symbolic inputs whose first axis is
 * `batch`, its weights become initializers, and the lowering of the ONNX engine is written to a file.
 * Only operators of ONNX itself are used, of a version that readers have known for years.
 */

const FORMAT = 'onnx';
/** These two belong together; newer ones add nothing that inference needs. */
const VERSIONS = { irVersion: 8, opset: 17 };

interface GraphInput {
  readonly name: string;
  readonly node: Node;
}

/** The first axis is `batch` even where the model fixes it, unless it computes with the fixed size. */
function inputOf(layer: InputLayer, options: SaveOptions, fixed: boolean): GraphInput {
  const { name, batchShape, dtype } = layer;
  const given = options.inputShapes?.[name];
  const shape = batchShape.map((d, axis) => {
    if (axis === 0) return given?.[0] ?? (fixed ? (d ?? BATCH) : BATCH);
    return d ?? given?.[axis] ?? null;
  });
  if (shape.some((d) => d === null)) {
    return refuse(
      FORMAT,
      `the input '${name}' [${batchShape.map((d) => d ?? 'open').join(', ')}] has axes of open size; give them in inputShapes: { ${name}: [null, ...] }`,
    );
  }
  return { name, node: placeholder(shape as number[], dtype, name) };
}

function inputLayers(model: Model): readonly InputLayer[] {
  if (model instanceof Functional) return model.inputLayers;
  if (model instanceof Sequential && model.inputLayer) return [model.inputLayer];
  return refuse(
    FORMAT,
    `the model '${model.name}' does not say what it takes in; build it as a sequential or functional model with an input shape`,
  );
}

/** Names that are unique, and are no input's. */
function outputNames(model: Model, count: number, taken: Set<string>): string[] {
  const given = model.outputNames;
  return Array.from({ length: count }, (_, i) => {
    const base = given[i] ?? (count === 1 ? 'output' : `output_${i}`);
    let name = base;
    for (let n = 1; taken.has(name); n++) name = `${base}_output${n > 1 ? n : ''}`;
    taken.add(name);
    return name;
  });
}

interface Traced {
  readonly inputs: readonly GraphInput[];
  readonly graph: Graph;
  /** The values of weights, to name them by. */
  readonly weights: ReadonlyMap<TypedArray, string>;
}

/** The graph of prediction, with all values that are known now as constants. */
async function traceModel(model: Model, options: SaveOptions): Promise<Traced> {
  const hasFixed = inputLayers(model).some((layer) => layer.batchShape[0] !== null);
  try {
    return await traceOn(model, options, false);
  } catch (error) {
    if (!hasFixed) throw error;
    return traceOn(model, options, true);
  }
}

async function traceOn(model: Model, options: SaveOptions, fixed: boolean): Promise<Traced> {
  const inputs = inputLayers(model).map((layer) => inputOf(layer, options, fixed));
  const tensors = inputs.map((i) => new Tensor(i.node));
  const tree =
    model instanceof Functional
      ? replaceInOrder(model.inputs, tensors)
      : tensors.length === 1
        ? tensors[0]
        : tensors;
  const { trace, result } = traced(() =>
    withinCall({ training: false, losses: [] }, () => model.call(tree, { training: false })),
  );
  const [state] = trace.written.keys();
  if (state) {
    refuse(
      FORMAT,
      `the model remembers '${state.name}' from one call to the next, which a graph cannot; make its layers without stateful: true`,
    );
  }
  const outputs = leavesOf(result, isTensor).map((t) => t.node);
  const own = [...inputs.map((i) => i.node), ...[...trace.read.values()]];
  const { graph, captured } = closeGraph(own, outputs, [], 'save to ONNX');
  const paths = variablePaths(model);
  const weights = new Map<TypedArray, string>();
  const constants = new Map<Node, Node>();
  for (const [cell, node] of trace.read) {
    const data = await (await cell.peek()).read();
    constants.set(node, constant(data, cell.shape, cell.dtype));
    const path = cell instanceof Variable ? paths.get(cell) : undefined;
    if (path !== undefined) weights.set(data, path);
  }
  for (let i = 0; i < captured.length; i++) {
    const { shape, dtype } = captured[i];
    constants.set(graph.inputs[own.length + i], constant(await captured[i].read(), shape, dtype));
  }
  const results = substitute(graph.outputs, constants);
  const closed = { inputs: inputs.map((i) => i.node), outputs: results, state: [] };
  return { inputs, graph: optimizeGraph(closed), weights };
}

function replaceInOrder(tree: any, tensors: readonly Tensor[]): any {
  let i = 0;
  return mapTree(tree, isTensor, () => tensors[i++]);
}

/** Reductions took their axes as an attribute before opset 18; only ReduceSum has an input for them. */
function toOpset17(model: OnnxModel): OnnxModel {
  const initializers = new Map(model.initializers.map((t) => [t.name, t]));
  const nodes = model.nodes.map((node): OnnxNode => {
    if (!/^Reduce/.test(node.op) || node.op === 'ReduceSum' || node.inputs.length < 2) return node;
    const axes = initializers.get(node.inputs[1]);
    if (!axes) return refuse(FORMAT, `the axes of ${node.op} depend on the data`);
    const list = Array.from(axes.data as ArrayLike<number | bigint>, Number);
    return {
      ...node,
      inputs: node.inputs.slice(0, 1),
      attributes: { ...node.attributes, axes: list },
    };
  });
  const read = new Set(nodes.flatMap((n) => n.inputs));
  const results = new Set(model.outputs.map((o) => o.name));
  return {
    ...model,
    nodes,
    initializers: model.initializers.filter((t) => read.has(t.name) || results.has(t.name)),
  };
}

/** Initializers that are weights, under the weights' names. */
function nameWeights(model: OnnxModel, weights: ReadonlyMap<TypedArray, string>): OnnxModel {
  const taken = new Set([
    ...model.inputs.map((i) => i.name),
    ...model.outputs.map((o) => o.name),
    ...model.nodes.flatMap((n) => n.outputs),
  ]);
  const renamed = new Map<string, string>();
  for (const { name, data } of model.initializers) {
    const path = weights.get(data as TypedArray);
    if (path === undefined || taken.has(path) || taken.has(name)) continue;
    renamed.set(name, path);
    taken.add(path);
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  return {
    ...model,
    initializers: model.initializers.map((t) => ({ ...t, name: rename(t.name) })),
    nodes: model.nodes.map((n) => ({ ...n, inputs: n.inputs.map(rename) })),
  };
}

/** The bytes of an .onnx file that computes what `model.predict` does. */
export async function exportOnnx(model: Model, options: SaveOptions = {}): Promise<Uint8Array> {
  const { inputs, graph, weights } = await traceModel(model, options);
  const names = inputs.map((i) => i.name);
  const onnx = toOnnxModel(graph, {
    target: 'portable',
    inputs: names,
    outputs: outputNames(model, graph.outputs.length, new Set(names)),
    name: model.name,
  });
  const foreign = onnx.nodes.find((n) => n.domain !== '');
  if (foreign) {
    refuse(FORMAT, `the model needs ${foreign.domain}.${foreign.op}, which ONNX itself has not`);
  }
  return encodeModel(nameWeights(toOpset17(onnx), weights), VERSIONS);
}
