import type { Graph } from '../../graph/graph.ts';
import { Builder, buildModel, type Target } from './builder.ts';
import { layOut } from './layout.ts';
import { lowerGraph } from './lower/index.ts';
import type { OnnxModel } from './model.ts';
import { rewrite, rulesFor } from './optimize.ts';

export interface ModelOptions {
  readonly target: Target;
  /** Channels in a block of this machine's convolutions (see blocked.ts); 0 for the plain layout. */
  readonly block?: number;
  /** Names of the inputs and outputs; i0, i1, ... and o0, o1, ... by default. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly name?: string;
  readonly doc?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The ONNX model of a graph: to run on this machine, or (target `portable`) to be written to a file. A
 * symbolic batch becomes a symbolic dimension of the model.
 */
export function toOnnxModel(graph: Graph, options: ModelOptions): OnnxModel {
  const { target, block = 0, name = 'graph', doc, metadata } = options;
  const b = new Builder(target);
  const inputNames = options.inputs ?? graph.inputs.map((_, i) => `i${i}`);
  const outputNames = options.outputs ?? graph.outputs.map((_, i) => `o${i}`);
  const { inputs, outputs } = lowerGraph(b, graph, inputNames);
  const results = rewrite(b, layOut(b, outputs, block), rulesFor(target));
  const model = buildModel(
    name,
    inputs,
    results.map((value, i) => [outputNames[i], value] as const),
  );
  return { ...model, doc, metadata };
}
