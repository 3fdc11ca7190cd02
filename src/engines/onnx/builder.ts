import { allocate, type TypedArray } from '../../graph/dtype.ts';
import { broadcastShapes, type Shape, sameShape } from '../../graph/shape.ts';
import {
  type ElementType,
  elementTypeCode,
  type OnnxAttribute,
  type OnnxAttributes,
} from './model.ts';

/**
 * ONNX as an expression graph: a `Value` is one output of an ONNX operator applied to other values. Equal
 * expressions are one value, and ids grow from inputs to results, as in our own graph; so a lowering is a
 * function that calls functions. The methods of `Builder` carry the names of ONNX operators and know
 * their result's shape and type; what changes nothing returns its input.
 */

export interface Value {
  readonly id: number;
  /** An ONNX operator, or `Input` or `Initializer`. */
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: OnnxAttributes;
  /** Which of the operator's outputs this is. */
  readonly output: number;
  readonly type: ElementType;
  readonly shape: Shape;
  /** The values of an initializer. */
  readonly data?: TypedArray | BigInt64Array;
  /** The name of an input. */
  readonly name?: string;
}

export interface Result {
  readonly type: ElementType;
  readonly shape: Shape;
}

export interface Kind {
  /** '' for ONNX's own operators. */
  readonly domain?: string;
  /** Which of the operator's outputs is meant. */
  readonly output?: number;
}

/** Initializers up to this length are compared by content, longer ones by identity. */
const SHORT = 16;

function attributeText(value: OnnxAttribute): string {
  if (typeof value === 'object' && 'float' in value) return `f${value.float}`;
  if (typeof value === 'object' && 'step' in value) return `g${value.step.graph.name}`;
  return typeof value === 'string' ? `s${value}` : String(value);
}

/** What the operators are chosen for; `portable` keeps to standard operators, for files. */
export type Target = 'cpu' | 'wasm' | 'webgpu' | 'cuda' | 'portable';

export class Builder {
  readonly target: Target;
  readonly #known = new Map<string, Value>();
  readonly #dataIds = new Map<object, number>();
  #nextId = 1;
  #steps = 0;
  /** The first input with a batch axis: where a symbolic batch size is read from. */
  #batchSource: { value: Value; axis: number } | undefined;

  constructor(target: Target = 'cpu') {
    this.target = target;
  }

  #add(key: string, value: Omit<Value, 'id'>): Value {
    const known = this.#known.get(key);
    if (known) return known;
    const made: Value = { id: this.#nextId++, ...value };
    this.#known.set(key, made);
    return made;
  }

  input(name: string, type: ElementType, shape: Shape): Value {
    const none = { domain: '', inputs: [], attributes: {}, output: 0 };
    const value = this.#add(`Input ${name}`, { op: 'Input', ...none, type, shape, name });
    const axis = shape.findIndex((d) => d < 0);
    if (axis >= 0) this.#batchSource ??= { value, axis };
    return value;
  }

  /** A name for the step of a loop, with which the names in it begin. */
  stepName(): string {
    return `s${this.#steps++}`;
  }

  initializer(data: TypedArray | BigInt64Array, type: ElementType, shape: Shape): Value {
    let content: string;
    if (data.length <= SHORT) {
      content = Array.from(data as ArrayLike<unknown>, (v) => (Object.is(v, -0) ? '-0' : v)).join();
    } else {
      let id = this.#dataIds.get(data);
      if (id === undefined) {
        id = this.#dataIds.size;
        this.#dataIds.set(data, id);
      }
      content = `#${id}`;
    }
    const none = { domain: '', inputs: [], attributes: {}, output: 0 };
    const key = `Initializer ${type} ${shape} ${content}`;
    return this.#add(key, { op: 'Initializer', ...none, type, shape, data });
  }

  /** An operator's result; the general door that all others go through. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: OnnxAttributes,
    { type, shape }: Result,
    { domain = '', output = 0 }: Kind = {},
  ): Value {
    const parts: string[] = [];
    for (const k of Object.keys(attributes).sort()) {
      const attribute = attributes[k];
      if (attribute !== undefined) parts.push(`${k}=${attributeText(attribute)}`);
    }
    const key = `${op} ${domain} ${output} ${inputs.map((i) => i?.id ?? '')} ${parts.join(' ')}`;
    return this.#add(key, { op, domain, inputs, attributes, output, type, shape });
  }

  // Constants

  int64(...values: number[]): Value {
    return this.initializer(BigInt64Array.from(values, BigInt), 'int64', [values.length]);
  }

  scalar(value: number, type: ElementType): Value {
    if (type === 'int64') return this.initializer(BigInt64Array.of(BigInt(value)), 'int64', []);
    const data = type === 'uint8' ? new Uint8Array(1) : allocate(type, 1);
    data[0] = value;
    return this.initializer(data, type, []);
  }

  // Element by element

  unary(op: string, x: Value): Value {
    return this.op(op, [x], {}, x);
  }

  binary(op: string, a: Value, b: Value): Value {
    return this.op(op, [a, b], {}, { type: a.type, shape: broadcastShapes(op, a.shape, b.shape) });
  }

  compare(op: string, a: Value, b: Value): Value {
    return this.op(op, [a, b], {}, { type: 'bool', shape: broadcastShapes(op, a.shape, b.shape) });
  }

  where(condition: Value, a: Value, b: Value): Value {
    const shape = broadcastShapes('Where', condition.shape, a.shape, b.shape);
    return this.op('Where', [condition, a, b], {}, { type: a.type, shape });
  }

  cast(x: Value, type: ElementType): Value {
    if (x.type === type) return x;
    return this.op('Cast', [x], { to: elementTypeCode[type] }, { type, shape: x.shape });
  }

  not = (x: Value): Value => this.unary('Not', x);
  neg = (x: Value): Value => this.unary('Neg', x);
  abs = (x: Value): Value => this.unary('Abs', x);
  exp = (x: Value): Value => this.unary('Exp', x);
  log = (x: Value): Value => this.unary('Log', x);
  sqrt = (x: Value): Value => this.unary('Sqrt', x);
  add = (a: Value, b: Value): Value => this.binary('Add', a, b);
  sub = (a: Value, b: Value): Value => this.binary('Sub', a, b);
  mul = (a: Value, b: Value): Value => this.binary('Mul', a, b);
  div = (a: Value, b: Value): Value => this.binary('Div', a, b);

  /** `a` times, plus, ... the number `b`. */
  with(op: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow', a: Value, b: number): Value {
    return this.binary(op, a, this.scalar(b, a.type));
  }

  // Arrangement

  /** The size of the batch, int64 [1]: read from an input whose shape holds it. */
  batchSize(): Value {
    const source = this.#batchSource;
    if (!source) throw new Error('onnx: a symbolic shape, but no input has the batch dimension');
    const { value, axis } = source;
    const dim = this.op(
      'Shape',
      [value],
      { start: axis, end: axis + 1 },
      { type: 'int64', shape: [1] },
    );
    return value.shape[axis] === -1 ? dim : this.div(dim, this.int64(-value.shape[axis]));
  }

  /** The shape as an int64 vector: an initializer, unless it depends on the batch. */
  shapeOf(shape: Shape): Value {
    if (shape.every((d) => d >= 0)) return this.int64(...shape);
    const parts = shape.map((d) => {
      if (d >= 0) return this.int64(d);
      return d === -1 ? this.batchSize() : this.mul(this.batchSize(), this.int64(-d));
    });
    return this.concat(parts, 0);
  }

  reshape(value: Value, shape: Shape): Value {
    const x = value.op === 'Reshape' ? value.inputs[0]! : value;
    if (sameShape(x.shape, shape)) return x;
    // One dimension may be left for ONNX to work out: the symbolic one.
    const symbolic = shape.filter((d) => d < 0).length;
    const target =
      symbolic <= 1 && !shape.includes(0)
        ? this.int64(...shape.map((d) => (d < 0 ? -1 : d)))
        : this.shapeOf(shape);
    const attributes = shape.includes(0) ? { allowzero: 1 } : {};
    return this.op('Reshape', [x, target], attributes, { type: x.type, shape });
  }

  transpose(x: Value, perm: readonly number[]): Value {
    if (x.op === 'Transpose') {
      const inner = x.attributes.perm as readonly number[];
      return this.transpose(
        x.inputs[0]!,
        perm.map((p) => inner[p]),
      );
    }
    if (perm.every((p, i) => p === i)) return x;
    const shape = perm.map((p) => x.shape[p]);
    return this.op('Transpose', [x], { perm }, { type: x.type, shape });
  }

  expand(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    return this.op('Expand', [x, this.shapeOf(shape)], {}, { type: x.type, shape });
  }

  /** Elements `start`, `start + step`, ... before `end` of one axis each; a negative step runs backwards. */
  slice(
    x: Value,
    parts: readonly { axis: number; start: number; end: number; step?: number }[],
  ): Value {
    if (parts.length === 0) return x;
    const shape = [...x.shape];
    for (const { axis, start, end, step = 1 } of parts) {
      shape[axis] = Math.max(0, Math.ceil((end - start) / step));
    }
    // ONNX counts a negative end from the back: "before index 0" is anything beyond the front.
    const ends = parts.map(({ end, step = 1 }) => (step < 0 && end < 0 ? -(2 ** 31) : end));
    const inputs = [
      x,
      this.int64(...parts.map((p) => p.start)),
      this.int64(...ends),
      this.int64(...parts.map((p) => p.axis)),
    ];
    if (parts.some((p) => (p.step ?? 1) !== 1))
      inputs.push(this.int64(...parts.map((p) => p.step ?? 1)));
    return this.op('Slice', inputs, {}, { type: x.type, shape });
  }

  reverse(x: Value, axes: readonly number[]): Value {
    if (x.op === 'Transpose') {
      const perm = x.attributes.perm as readonly number[];
      return this.transpose(
        this.reverse(
          x.inputs[0]!,
          axes.map((axis) => perm[axis]),
        ),
        perm,
      );
    }
    const parts = axes.map((axis) => ({ axis, start: -1, end: -(2 ** 31), step: -1 }));
    if (parts.length === 0) return x;
    const inputs = [
      x,
      this.int64(...parts.map((p) => p.start)),
      this.int64(...parts.map((p) => p.end)),
      this.int64(...axes),
      this.int64(...parts.map((p) => p.step)),
    ];
    return this.op('Slice', inputs, {}, x);
  }

  pad(x: Value, low: readonly number[], high: readonly number[], value: number): Value {
    if ([...low, ...high].every((n) => n === 0)) return x;
    const shape = x.shape.map((d, i) => (low[i] || high[i] ? d + low[i] + high[i] : d));
    const inputs = [x, this.int64(...low, ...high)];
    if (value !== 0) inputs.push(this.scalar(value, x.type));
    return this.op('Pad', inputs, {}, { type: x.type, shape });
  }

  concat(values: readonly Value[], axis: number): Value {
    if (values.length === 1) return values[0];
    const shape = [...values[0].shape];
    shape[axis] = values.reduce((n, v) => n + v.shape[axis], 0);
    return this.op('Concat', values, { axis }, { type: values[0].type, shape });
  }

  /** `count` equal parts along the axis. */
  split(x: Value, axis: number, count: number): Value[] {
    if (count === 1) return [x];
    const shape = x.shape.map((d, i) => (i === axis ? d / count : d));
    return Array.from({ length: count }, (_, output) =>
      this.op('Split', [x], { axis, num_outputs: count }, { type: x.type, shape }, { output }),
    );
  }

  // Reductions and products

  reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
    if (axes.length === 0) return x;
    const shape = keepDims
      ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d))
      : x.shape.filter((_, i) => !axes.includes(i));
    const attributes = keepDims ? {} : { keepdims: 0 };
    return this.op(op, [x, this.int64(...axes)], attributes, { type: x.type, shape });
  }

  matMul(a: Value, b: Value): Value {
    const lead = broadcastShapes('MatMul', a.shape.slice(0, -2), b.shape.slice(0, -2));
    const shape = [...lead, a.shape.at(-2)!, b.shape.at(-1)!];
    return this.op('MatMul', [a, b], {}, { type: a.type, shape });
  }
}

/** All values that `roots` depend on, each after its inputs. */
export function orderValues(roots: readonly Value[]): Value[] {
  const seen = new Set<Value>();
  const stack = [...roots];
  while (stack.length > 0) {
    const value = stack.pop()!;
    if (seen.has(value)) continue;
    seen.add(value);
    for (const input of value.inputs) if (input && !seen.has(input)) stack.push(input);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
