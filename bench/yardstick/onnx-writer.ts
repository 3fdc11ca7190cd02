/**
 * A small writer of ONNX models, for graphs that are written by hand. Values are named by strings;
 * `op` adds a node and returns the name of its result. Field numbers are those of onnx.proto.
 */

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const irVersion = 9;
const opset = 18;

/** Domains beside ONNX's own: fused operators, and those on blocked channels (NCHWc). */
export const fused = 'com.microsoft';
export const blocked = 'com.microsoft.nchwc';

/** An attribute; a bare number is an integer, so that a float must be marked as one. */
export type Attribute = number | string | readonly number[] | { float: number };

type Bytes = Uint8Array;

function concat(parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function varint(value: number): Bytes {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** A protobuf field: number and wire type, then the content. */
const int = (field: number, value: number): Bytes => concat([varint(field << 3), varint(value)]);
const bytes = (field: number, content: Bytes): Bytes =>
  concat([varint((field << 3) | 2), varint(content.length), content]);
const text = (field: number, value: string): Bytes => bytes(field, new TextEncoder().encode(value));
const float = (field: number, value: number): Bytes =>
  concat([varint((field << 3) | 5), new Uint8Array(Float32Array.of(value).buffer)]);

function attribute(name: string, value: Attribute): Bytes {
  const content = (): Bytes[] => {
    if (typeof value === 'string') return [text(4, value), int(20, 3)];
    if (typeof value === 'number') return [int(3, value), int(20, 2)];
    if ('float' in value) return [float(2, value.float), int(20, 1)];
    return [...value.map((v) => int(8, v)), int(20, 7)];
  };
  return concat([text(1, name), ...content()]);
}

const elementTypes = { float32: FLOAT, int32: INT32, int64: INT64 } as const;
export type ElementType = keyof typeof elementTypes;

function valueInfo(name: string, shape: readonly number[], type: ElementType = 'float32'): Bytes {
  const dimensions = concat(shape.map((d) => bytes(1, int(1, d))));
  const tensor = concat([int(1, elementTypes[type]), bytes(2, dimensions)]);
  return concat([text(1, name), bytes(2, bytes(1, tensor))]);
}

export class OnnxGraph {
  readonly #nodes: Bytes[] = [];
  readonly #inputs: Bytes[] = [];
  readonly #outputs: Bytes[] = [];
  readonly #initializers: Bytes[] = [];
  #count = 0;

  #fresh(): string {
    return `t${this.#count++}`;
  }

  input(name: string, shape: readonly number[], type: ElementType = 'float32'): string {
    this.#inputs.push(valueInfo(name, shape, type));
    return name;
  }

  output(name: string, shape: readonly number[]): void {
    this.#outputs.push(valueInfo(name, shape));
  }

  #initializer(type: number, data: Float32Array | BigInt64Array, shape: readonly number[]): string {
    const name = this.#fresh();
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const dims = shape.map((d) => int(1, d));
    this.#initializers.push(concat([...dims, int(2, type), text(8, name), bytes(9, raw)]));
    return name;
  }

  constant(value: number): string {
    return this.#initializer(FLOAT, Float32Array.of(value), []);
  }

  ones(...shape: number[]): string {
    return this.filled(1, ...shape);
  }

  filled(value: number, ...shape: number[]): string {
    const size = shape.reduce((product, d) => product * d, 1);
    return this.#initializer(FLOAT, new Float32Array(size).fill(value), shape);
  }

  integers(...values: number[]): string {
    return this.#initializer(INT64, BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** Adds a node with several results. */
  ops(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): void {
    const fields = [
      ...inputs.map((name) => text(1, name)),
      ...outputs.map((name) => text(2, name)),
      text(4, type),
      ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
      ...(domain ? [text(7, domain)] : []),
    ];
    this.#nodes.push(concat(fields));
  }

  /** Adds a node with one result, and returns its name. */
  op(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
    output = this.#fresh(),
  ): string {
    this.ops(type, inputs, [output], attributes, domain);
    return output;
  }

  reshape(x: string, ...shape: number[]): string {
    return this.op('Reshape', [x, this.integers(...shape)]);
  }

  transpose(x: string, ...perm: number[]): string {
    return this.op('Transpose', [x], { perm });
  }

  /** Sum over axes, which are dropped. */
  sum(x: string, ...axes: number[]): string {
    const inputs = axes.length > 0 ? [x, this.integers(...axes)] : [x];
    return this.op('ReduceSum', inputs, { keepdims: 0 });
  }

  /** Equal parts of `x` along an axis. */
  split(x: string, axis: number, parts: number): string[] {
    const outputs = Array.from({ length: parts }, () => this.#fresh());
    this.ops('Split', [x], outputs, { axis, num_outputs: parts });
    return outputs;
  }

  concat(parts: readonly string[], axis: number): string {
    return this.op('Concat', parts, { axis });
  }

  cast(x: string, type: ElementType): string {
    return this.op('Cast', [x], { to: elementTypes[type] });
  }

  /** Gives an existing value a further name, by which it can be an output. */
  rename(x: string, name: string): void {
    this.op('Identity', [x], {}, '', name);
  }

  build(): Uint8Array {
    const graph = concat([
      ...this.#nodes.map((n) => bytes(1, n)),
      text(2, 'step'),
      ...this.#initializers.map((t) => bytes(5, t)),
      ...this.#inputs.map((v) => bytes(11, v)),
      ...this.#outputs.map((v) => bytes(12, v)),
    ]);
    const domain = (name: string, version: number): Bytes =>
      bytes(8, concat([text(1, name), int(2, version)]));
    return concat([
      int(1, irVersion),
      bytes(7, graph),
      domain('', opset),
      domain(fused, 1),
      domain(blocked, 1),
    ]);
  }
}
