import type { Node } from '../../../graph/node.ts';
import { constant } from '../../../ops/build.ts';
import { nameOf } from '../../../ops/primitives/index.ts';
import { refuse } from '../../bytes.ts';
import { constantValue } from '../../constants.ts';
import type { GraphNode } from '../decode.ts';
import { FORMAT } from '../protobuf-reader.ts';

/** One application of an ONNX operator: its inputs as nodes of our graph, its attributes by name. */
export class OperatorContext {
  readonly node: GraphNode;
  /** Version of the operators. */
  readonly opset: number;
  readonly inputs: readonly (Node | undefined)[];

  constructor(node: GraphNode, opset: number, inputs: readonly (Node | undefined)[]) {
    this.node = node;
    this.opset = opset;
    this.inputs = inputs;
  }

  get title(): string {
    const { op, name } = this.node;
    return name === '' ? op : `${op} '${name}'`;
  }

  refuse(message: string): never {
    return refuse(FORMAT, `${this.title}: ${message}`);
  }

  /** An input that must be there. */
  input(i: number): Node {
    return this.inputs[i] ?? this.refuse(`input ${i} is missing`);
  }

  get first(): Node {
    return this.input(0);
  }

  int(name: string, fallback: number): number {
    const value = this.node.attributes.get(name);
    return typeof value === 'number' ? value : fallback;
  }

  text(name: string, fallback: string): string {
    const value = this.node.attributes.get(name);
    return typeof value === 'string' ? value : fallback;
  }

  list(name: string): readonly number[] | undefined {
    const value = this.node.attributes.get(name);
    return Array.isArray(value) && value.every((v) => typeof v === 'number') ? value : undefined;
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.node.attributes.get(name);
    return Array.isArray(value) && value.every((v) => typeof v === 'string') ? value : undefined;
  }

  /** The values of an input that shapes depend on: they must be known before the graph runs. */
  known(i: number): number[] | undefined {
    const node = this.inputs[i];
    if (!node) return undefined;
    const value = constantValue(node);
    return value
      ? Array.from(value.data)
      : this.refuse(`input ${i} depends on the data, and shapes cannot`);
  }

  /** A list that is an attribute in old versions and an input in new ones. */
  listOrKnown(name: string, i: number): number[] | undefined {
    const list = this.list(name);
    return list ? [...list] : this.known(i);
  }
}

/** The node, or the constant that it comes to: chains of shape arithmetic end here. */
export function folded(node: Node): Node {
  if (nameOf(node) === 'constant' || node.shape.reduce((n, d) => n * d, 1) > 1024) return node;
  const value = constantValue(node);
  return value ? constant(value.data, value.shape, value.dtype) : node;
}

/** What an operator computes: one node, or one for each output. */
export type Operator = (context: OperatorContext) => Node | readonly Node[];

export type OperatorTable = Readonly<Record<string, Operator>>;
