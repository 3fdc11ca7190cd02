import type { DType, TypedArray } from './dtype.ts';
import type { Shape } from './shape.ts';

/**
 * A computation is a graph of immutable nodes. A node applies a primitive to other nodes; its shape and
 * dtype are known from the moment it exists. `bind` is the only way to make one: it runs the primitive's
 * shape rule, so a wrong shape is an error at the line that builds the graph, and it returns the existing
 * node when an equal one is alive, so equal expressions are computed once.
 *
 * Ids grow as nodes are made and a node is made after its inputs: ascending id is a topological order.
 */
export interface Node {
  readonly id: number;
  readonly primitive: Primitive;
  readonly inputs: readonly Node[];
  readonly attributes: Attributes;
  readonly shape: Shape;
  readonly dtype: DType;
}

export type AttributeValue =
  | number
  | string
  | boolean
  | null
  | undefined
  | TypedArray
  | ((...args: any[]) => any)
  | readonly AttributeValue[];

export type Attributes = { readonly [name: string]: AttributeValue };

export interface ValueType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a node can be made of: a name, a one-line meaning and the rule for the result's shape and dtype. */
export interface Primitive<A extends Attributes = any> {
  readonly name: string;
  readonly doc: string;
  readonly shape: (inputs: readonly ValueType[], attributes: A) => ValueType;
  /** Two nodes with the same inputs and attributes are still different (placeholders, barriers). */
  readonly unique?: boolean;
}

let nextId = 1;
const objectIds = new WeakMap<object, number>();
let nextObjectId = 1;

function identify(object: object): number {
  let id = objectIds.get(object);
  if (id === undefined) {
    id = nextObjectId++;
    objectIds.set(object, id);
  }
  return id;
}

/** Text that is equal for equal attributes; functions and long arrays count by identity. */
function attributeKey(value: AttributeValue): string {
  if (typeof value === 'function') return `f${identify(value)}`;
  if (ArrayBuffer.isView(value)) {
    return value.length <= 16
      ? `${value.constructor.name}(${Array.from(value, (v) => (Object.is(v, -0) ? '-0' : v)).join()})`
      : `a${identify(value)}`;
  }
  if (Array.isArray(value)) return `[${value.map(attributeKey).join()}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

export function formatAttributes(attributes: Attributes): string {
  const parts: string[] = [];
  for (const name of Object.keys(attributes).sort()) {
    if (attributes[name] !== undefined) parts.push(`${name}=${attributeKey(attributes[name])}`);
  }
  return parts.join(' ');
}

const alive = new Map<string, WeakRef<Node>>();
const forget = new FinalizationRegistry<string>((key) => {
  if (alive.get(key)?.deref() === undefined) alive.delete(key);
});

/** The node that applies `primitive` to `inputs`; checks them by the primitive's shape rule. */
export function bind<A extends Attributes>(
  primitive: Primitive<A>,
  inputs: readonly Node[],
  attributes: A,
): Node {
  let key: string | undefined;
  if (!primitive.unique) {
    key = primitive.name;
    for (const input of inputs) key += `,${input.id}`;
    key += `|${formatAttributes(attributes)}`;
    const known = alive.get(key)?.deref();
    if (known) return known;
  }
  const { shape, dtype } = primitive.shape(inputs, attributes);
  const node: Node = Object.freeze({
    id: nextId++,
    primitive,
    inputs,
    attributes,
    shape,
    dtype,
  });
  if (key !== undefined) {
    alive.set(key, new WeakRef(node));
    forget.register(node, key);
  }
  return node;
}
