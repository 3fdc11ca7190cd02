import { type DType, toTypedArray } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { damaged, decodeText, refuse } from '../bytes.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../numbers.ts';
import {
  appendDoubles,
  appendFloats,
  appendVarints,
  type Field,
  FORMAT,
  readFields,
  signed,
} from './protobuf-reader.ts';

/** The bytes of an .onnx file as a graph (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3). */

export type AttributeValue =
  | number
  | string
  | NDArray
  | readonly number[]
  | readonly string[]
  | { readonly graph: true };

export interface GraphNode {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** null for a size that is open; undefined when nothing is said. */
  readonly shape: readonly (number | null)[] | undefined;
}

export interface OnnxGraph {
  readonly name: string;
  /** The program that wrote it, with its version. */
  readonly producer: string;
  readonly irVersion: number;
  /** Version of the operators by domain; '' for ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Those without a value of their own. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: ReadonlyMap<string, NDArray>;
  readonly nodes: readonly GraphNode[];
}

function textOf(field: Field, what: string): string {
  if (field.kind !== 'bytes') return damaged(FORMAT, `${what} is no text`);
  return decodeText(field.bytes, FORMAT, what);
}

function bytesOf(field: Field): Uint8Array {
  return field.kind === 'bytes' ? field.bytes : damaged(FORMAT, 'a part is missing');
}

const integer = (field: Field): number =>
  field.kind === 'varint' ? signed(field.value) : damaged(FORMAT, 'a number is missing');

/** TensorProto.DataType: the dtype it becomes and the bytes of an element. */
const types: Readonly<Record<number, readonly [DType, number]>> = {
  1: ['float32', 4],
  2: ['int32', 1], // uint8
  3: ['int32', 1], // int8
  4: ['int32', 2], // uint16
  5: ['int32', 2], // int16
  6: ['int32', 4],
  7: ['int32', 8], // int64
  9: ['bool', 1],
  10: ['float32', 2], // float16
  11: ['float64', 8],
  12: ['int32', 4], // uint32
  13: ['int32', 8], // uint64
  16: ['float32', 2], // bfloat16
};

export function dtypeOfCode(code: number, what: string): DType {
  const type = types[code];
  if (!type) {
    const name = code === 8 ? 'text' : `the type ${code}`;
    return refuse(FORMAT, `${what} holds ${name}, which is not supported`);
  }
  return type[0];
}

/** Integers of 64 bits that have a place in 32; indices beyond stand for "to the end". */
function clampInteger(value: bigint | number): number {
  const n = Number(value);
  return Math.max(-0x80000000, Math.min(0x7fffffff, n));
}

function readRaw(bytes: Uint8Array, code: number): NDArray['data'] {
  const { buffer } = bytes;
  switch (code) {
    case 1:
      return new Float32Array(buffer);
    case 2:
      return Int32Array.from(bytes);
    case 3:
      return Int32Array.from(new Int8Array(buffer));
    case 4:
      return Int32Array.from(new Uint16Array(buffer));
    case 5:
      return Int32Array.from(new Int16Array(buffer));
    case 7:
      return Int32Array.from(new BigInt64Array(buffer), clampInteger);
    case 9:
      return bytes.map((b) => (b ? 1 : 0));
    case 10:
      return float16ToFloat32(new Uint16Array(buffer));
    case 11:
      return new Float64Array(buffer);
    case 13:
      return Int32Array.from(new BigUint64Array(buffer), clampInteger);
    case 16:
      return bfloat16ToFloat32(new Uint16Array(buffer));
    default:
      return new Int32Array(buffer);
  }
}

function readTensor(bytes: Uint8Array): { name: string; value: NDArray } {
  const shape: number[] = [];
  const numbers: number[] = [];
  let code = 1;
  let name = '';
  let raw: Uint8Array | undefined;
  let external = false;
  for (const field of readFields(bytes)) {
    switch (field.number) {
      case 1:
        appendVarints(field, shape);
        break;
      case 2:
        code = integer(field);
        break;
      case 4:
        appendFloats(field, numbers);
        break;
      case 5:
      case 7:
      case 11:
        appendVarints(field, numbers);
        break;
      case 8:
        name = textOf(field, 'the name of a tensor');
        break;
      case 9:
        raw = bytesOf(field);
        break;
      case 10:
        appendDoubles(field, numbers);
        break;
      case 13:
        external = true;
        break;
      case 14:
        external ||= integer(field) === 1;
        break;
    }
  }
  const what = `the tensor '${name}'`;
  if (external) {
    refuse(FORMAT, `${what} lies in another file; save the model with its data inside of it`);
  }
  const dtype = dtypeOfCode(code, what);
  if (shape.length > 16 || shape.some((d) => d < 0)) damaged(FORMAT, `${what} has no shape`);
  const count = shape.reduce((n, d) => n * d, 1);
  if (raw) {
    if (raw.length !== count * types[code][1]) {
      damaged(FORMAT, `${what} [${shape.join(', ')}] does not fill its ${raw.length} bytes`);
    }
    return { name, value: { data: readRaw(new Uint8Array(raw), code), shape, dtype } };
  }
  if (numbers.length !== count) {
    damaged(FORMAT, `${what} [${shape.join(', ')}] has ${numbers.length} values`);
  }
  // Half precision comes as its bits, in the list of integers.
  if (code === 10) {
    return { name, value: { data: float16ToFloat32(Uint16Array.from(numbers)), shape, dtype } };
  }
  if (code === 16) {
    return { name, value: { data: bfloat16ToFloat32(Uint16Array.from(numbers)), shape, dtype } };
  }
  const values = dtype === 'int32' ? numbers.map(clampInteger) : numbers;
  return { name, value: { data: toTypedArray(dtype, values), shape, dtype } };
}

function readAttribute(bytes: Uint8Array): [string, AttributeValue] {
  let name = '';
  let value: AttributeValue | undefined;
  let type = 0;
  const ints: number[] = [];
  const floats: number[] = [];
  const strings: string[] = [];
  for (const field of readFields(bytes)) {
    switch (field.number) {
      case 1:
        name = textOf(field, 'the name of an attribute');
        break;
      case 2: {
        const one: number[] = [];
        appendFloats(field, one);
        value = one[0];
        break;
      }
      case 3:
        value = integer(field);
        break;
      case 4:
        value = textOf(field, 'an attribute');
        break;
      case 5:
        value = readTensor(bytesOf(field)).value;
        break;
      case 6:
      case 11:
        value = { graph: true };
        break;
      case 7:
        appendFloats(field, floats);
        break;
      case 8:
        appendVarints(field, ints);
        break;
      case 9:
        strings.push(textOf(field, 'an attribute'));
        break;
      case 20:
        type = integer(field);
        break;
    }
  }
  if (type === 7 || ints.length > 0) return [name, ints];
  if (type === 6 || floats.length > 0) return [name, floats];
  if (type === 8 || strings.length > 0) return [name, strings];
  // Values of zero may be left out.
  return [name, value ?? (type === 3 ? '' : 0)];
}

function readNode(bytes: Uint8Array): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, AttributeValue>();
  let [name, op, domain] = ['', '', ''];
  for (const field of readFields(bytes)) {
    if (field.number === 1) inputs.push(textOf(field, 'an input'));
    else if (field.number === 2) outputs.push(textOf(field, 'an output'));
    else if (field.number === 3) name = textOf(field, 'the name of a node');
    else if (field.number === 4) op = textOf(field, 'an operator');
    else if (field.number === 5) attributes.set(...readAttribute(bytesOf(field)));
    else if (field.number === 7) domain = textOf(field, 'a domain');
  }
  return { op, domain: domain === 'ai.onnx' ? '' : domain, name, inputs, outputs, attributes };
}

function readShape(bytes: Uint8Array): (number | null)[] {
  const shape: (number | null)[] = [];
  for (const field of readFields(bytes)) {
    if (field.number !== 1) continue;
    let size: number | null = null;
    for (const part of readFields(bytesOf(field))) if (part.number === 1) size = integer(part);
    // Some writers mark open sizes by zero or a negative number.
    shape.push(size !== null && size > 0 ? size : null);
  }
  return shape;
}

function readValueInfo(bytes: Uint8Array): {
  name: string;
  code: number;
  shape?: (number | null)[];
} {
  let name = '';
  let code = 1;
  let shape: (number | null)[] | undefined;
  for (const field of readFields(bytes)) {
    if (field.number === 1) name = textOf(field, 'the name of a value');
    if (field.number !== 2) continue;
    for (const type of readFields(bytesOf(field))) {
      if (type.number !== 1) return refuse(FORMAT, `'${name}' is no tensor`);
      for (const part of readFields(bytesOf(type))) {
        if (part.number === 1) code = integer(part);
        if (part.number === 2) shape = readShape(bytesOf(part));
      }
    }
  }
  return { name, code, shape };
}

type Head = Pick<OnnxGraph, 'producer' | 'irVersion' | 'opsets'>;

function readGraph(bytes: Uint8Array, head: Head): OnnxGraph {
  const nodes: GraphNode[] = [];
  const initializers = new Map<string, NDArray>();
  const inputs: ReturnType<typeof readValueInfo>[] = [];
  const outputs: ReturnType<typeof readValueInfo>[] = [];
  let name = '';
  for (const field of readFields(bytes)) {
    switch (field.number) {
      case 1:
        nodes.push(readNode(bytesOf(field)));
        break;
      case 2:
        name = textOf(field, 'the name of the graph');
        break;
      case 5: {
        const tensor = readTensor(bytesOf(field));
        initializers.set(tensor.name, tensor.value);
        break;
      }
      case 11:
        inputs.push(readValueInfo(bytesOf(field)));
        break;
      case 12:
        outputs.push(readValueInfo(bytesOf(field)));
        break;
      case 15:
        refuse(FORMAT, 'it has sparse weights, which are not supported');
    }
  }
  const info = ({ name: n, code, shape }: (typeof inputs)[number]): ValueInfo => ({
    name: n,
    dtype: dtypeOfCode(code, `'${n}'`),
    shape,
  });
  const graph = {
    ...head,
    name,
    inputs: inputs.filter((i) => !initializers.has(i.name)).map(info),
    outputs: outputs.map(info),
    initializers,
    nodes,
  };
  if (graph.outputs.length === 0) damaged(FORMAT, 'the graph has no outputs');
  return graph;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0];
  const bytes = new Uint8Array(pieces.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** @throws FormatError for a file that is damaged, or that is no ONNX model. */
export function decodeOnnx(bytes: Uint8Array): OnnxGraph {
  const opsets = new Map<string, number>();
  // A message that is written in pieces is the pieces behind one another.
  const graph: Uint8Array[] = [];
  let producer = '';
  let release = '';
  let irVersion = 0;
  for (const field of readFields(bytes)) {
    if (field.number === 1) irVersion = integer(field);
    else if (field.number === 2) producer = textOf(field, 'the name of the producer');
    else if (field.number === 3) release = textOf(field, 'the version of the producer');
    else if (field.number === 7) graph.push(bytesOf(field));
    else if (field.number === 8) {
      let domain = '';
      let version = 1;
      for (const part of readFields(bytesOf(field))) {
        if (part.number === 1) domain = textOf(part, 'a domain');
        if (part.number === 2) version = integer(part);
      }
      opsets.set(domain === 'ai.onnx' ? '' : domain, version);
    } else if (field.number === 25) {
      refuse(FORMAT, 'it defines functions of its own, which are not supported; inline them first');
    }
  }
  if (graph.length === 0) return damaged(FORMAT, 'it has no graph; is it an ONNX file?');
  return readGraph(joined(graph), { producer: `${producer} ${release}`.trim(), irVersion, opsets });
}
