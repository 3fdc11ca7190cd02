import type { TypedArray } from '../../graph/dtype.ts';
import { formatDim, type Shape } from '../../graph/shape.ts';
import { MessageWriter } from './protobuf.ts';

/**
 * An ONNX model in memory, and its two written forms: the bytes of a ModelProto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3) and text for people and tests.
 */

/** Our dtypes and the further ones that ONNX operators take shapes, indices and masks in. */
export type ElementType = 'float32' | 'float64' | 'int32' | 'bool' | 'int64' | 'uint8';

/** TensorProto.DataType. */
export const elementTypeCode: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly step: OnnxStep };

/** An attribute that is undefined is left out. */
export type OnnxAttributes = { readonly [name: string]: OnnxAttribute | undefined };

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TypedArray | BigInt64Array;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: ElementType;
  /** Negative dimensions are multiples of the symbolic batch. */
  readonly shape: Shape;
}

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  /** An empty name stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly initializers: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
}

/** The graph of a loop's step. */
export interface OnnxStep {
  readonly graph: OnnxGraph;
  /** Names by which the step knows values of the graph around it: the last inputs of the loop. */
  readonly captured: readonly string[];
}

export interface OnnxModel extends OnnxGraph {
  readonly doc?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** IR version 9 and opset 18 belong together; com.microsoft holds ONNX Runtime's own operators. */
const IR_VERSION = 9;
export const OPSET = 18;
export const CONTRIB = 'com.microsoft';
/** ONNX Runtime's operators over blocked images (see blocked.ts). */
export const NCHWC = 'com.microsoft.nchwc';
/**
 * Operations of ours that ONNX does not know. Lowering leaves them whole, since what serves best depends
 * on the layout in which their operands turn out to be; layout.ts makes them ONNX operators.
 */
export const OWN = 'nabla';

function writeValueInfo(w: MessageWriter, { name, type, shape }: OnnxValueInfo): void {
  w.string(1, name).message(2, (t) =>
    t.message(1, (tensor) =>
      tensor.integer(1, elementTypeCode[type]).message(2, (s) => {
        for (const d of shape) {
          s.message(1, (dim) => (d < 0 ? dim.string(2, formatDim(d)) : dim.integer(1, d)));
        }
      }),
    ),
  );
}

function writeTensor(w: MessageWriter, { name, type, shape, data }: OnnxTensor): void {
  for (const d of shape) w.integer(1, d);
  w.integer(2, elementTypeCode[type]).string(8, name);
  w.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeAttribute(w: MessageWriter, name: string, value: OnnxAttribute): void {
  const [FLOAT, INT, STRING, GRAPH, INTS] = [1, 2, 3, 5, 7];
  w.string(1, name);
  if (typeof value === 'number') w.integer(3, value).integer(20, INT);
  else if (typeof value === 'string') w.listedString(4, value).integer(20, STRING);
  else if ('float' in value) w.float(2, value.float).integer(20, FLOAT);
  else if ('step' in value) {
    w.message(6, (g) => writeGraph(g, value.step.graph)).integer(20, GRAPH);
  } else {
    for (const v of value) w.integer(8, v);
    w.integer(20, INTS);
  }
}

function writeNode(w: MessageWriter, node: OnnxNode): void {
  for (const name of node.inputs) w.listedString(1, name);
  for (const name of node.outputs) w.listedString(2, name);
  w.string(4, node.op).string(7, node.domain);
  for (const [name, value] of Object.entries(node.attributes)) {
    if (value !== undefined) w.message(5, (a) => writeAttribute(a, name, value));
  }
}

function writeGraph(w: MessageWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) w.message(1, (n) => writeNode(n, node));
  w.string(2, graph.name);
  for (const tensor of graph.initializers) w.message(5, (t) => writeTensor(t, tensor));
  for (const input of graph.inputs) w.message(11, (v) => writeValueInfo(v, input));
  for (const output of graph.outputs) w.message(12, (v) => writeValueInfo(v, output));
}

/** All nodes of a graph, those of its loops' steps included. */
function* everyNode(graph: OnnxGraph): Generator<OnnxNode> {
  for (const node of graph.nodes) {
    yield node;
    for (const value of Object.values(node.attributes)) {
      if (typeof value === 'object' && 'step' in value) yield* everyNode(value.step.graph);
    }
  }
}

/** The bytes of an .onnx file, by default of the versions that the lowering writes. */
export function encodeModel(
  model: OnnxModel,
  { irVersion = IR_VERSION, opset = OPSET } = {},
): Uint8Array {
  const domains = new Set([...everyNode(model)].map((n) => n.domain));
  const w = new MessageWriter();
  w.integer(1, irVersion)
    .string(2, 'nabla')
    .string(6, model.doc ?? '');
  w.message(7, (g) => writeGraph(g, model));
  w.message(8, (o) => o.integer(2, opset));
  for (const domain of [CONTRIB, NCHWC]) {
    if (domains.has(domain)) w.message(8, (o) => o.string(1, domain).integer(2, 1));
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) {
    w.message(14, (entry) => entry.string(1, key).string(2, value));
  }
  return w.finish();
}

function formatAttribute(value: OnnxAttribute): string {
  if (typeof value === 'object' && 'float' in value) return `${value.float}`;
  if (typeof value === 'object' && 'step' in value) return `(${printModel(value.step.graph)})`;
  return typeof value === 'object' ? `[${value.join(',')}]` : String(value);
}

/** One line a node, in the order of execution: `%5 = Gemm %0 %1 transB=1`; small initializers in place. */
export function printModel(model: OnnxGraph): string {
  const constants = new Map(
    model.initializers.map((t) => [
      t.name,
      t.data.length <= 8
        ? `${t.type === 'float32' ? '' : t.type}${t.shape.length === 0 ? '' : '['}${[...t.data].join(',')}${t.shape.length === 0 ? '' : ']'}`
        : `${t.type}{${t.shape.join('x')}}`,
    ]),
  );
  const lines = model.nodes.map((n) => {
    const attributes = Object.entries(n.attributes).flatMap(([k, v]) =>
      v === undefined ? [] : [`${k}=${formatAttribute(v)}`],
    );
    const inputs = n.inputs.map((i) => constants.get(i) ?? (i === '' ? '-' : i));
    const outputs = n.outputs.map((o) => o || '-').join(' ');
    return `${outputs} = ${[n.op, ...inputs, ...attributes].join(' ')}`;
  });
  lines.push(
    `return ${model.outputs.map((o) => constants.get(o.name) ?? o.name).join(' ')}`.trimEnd(),
  );
  return lines.join('\n');
}
