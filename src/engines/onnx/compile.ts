import type { Graph } from '../../graph/graph.ts';
import { aliasState } from './alias.ts';
import { buildModel } from './assemble.ts';
import { Builder, type Target } from './builder.ts';
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

export interface CompiledModel {
  readonly model: OnnxModel;
  /** From an output to the input in whose memory it may be written (see alias.ts). */
  readonly inPlace: ReadonlyMap<number, number>;
  /** Further outputs h0, h1, ... of the model, each to be written to the memory of this output. */
  readonly shared: readonly number[];
}

/**
 * The ONNX model of a graph: to run on this machine, or (target `portable`) to be written to a file. A
 * symbolic batch becomes a symbolic dimension of the model.
 */
export function toOnnxModel(graph: Graph, options: ModelOptions): OnnxModel {
  return compileModel(graph, options, false).model;
}

/** The model, and which of its state may be updated where it lies if `alias` asks for that. */
export function compileModel(graph: Graph, options: ModelOptions, alias: boolean): CompiledModel {
  const { target, block = 0, name = 'graph', doc, metadata } = options;
  const b = new Builder(target);
  const inputNames = options.inputs ?? graph.inputs.map((_, i) => `i${i}`);
  const outputNames = options.outputs ?? graph.outputs.map((_, i) => `o${i}`);
  const { inputs, outputs } = lowerGraph(b, graph, inputNames);
  const { early, late } = rulesFor(target);
  const rewritten = rewrite(b, layOut(b, rewrite(b, outputs, early), block), late);
  const aliased = alias ? aliasState(b, inputs, rewritten, graph.state) : undefined;
  const {
    outputs: results,
    inPlace,
    shared,
  } = aliased ?? {
    outputs: rewritten,
    inPlace: new Map<number, number>(),
    shared: [],
  };
  const model = buildModel(name, inputs, [
    ...results.map((value, i) => [outputNames[i], value] as const),
    ...shared.map(([value], k) => [`h${k}`, value] as const),
  ]);
  return { model: { ...model, doc, metadata }, inPlace, shared: shared.map(([, o]) => o) };
}
