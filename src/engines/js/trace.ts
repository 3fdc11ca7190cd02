import {
  allocate,
  type DType,
  dtypeOfTypedArray,
  type TypedArray,
  toTypedArray,
} from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, isSymbolic, sizeOf } from '../../graph/shape.ts';
import { nameOf } from '../../ops/primitives/index.ts';
import { rules } from './kernels/index.ts';
import type { Cell, Kernel, Value } from './kernels/kernel.ts';
import { copyKernel } from './kernels/unary.ts';
import { type CompileStep, loopKernels } from './loop.ts';
import { Scratch } from './scratch.ts';

/**
 * From nodes to operations on storages. A storage is what one operation writes, or one input or
 * constant; views are further values over the storage of what they view. What depends on constants only
 * is computed here, once.
 */

/** The array behind one or several storages, set when the graph is placed or when it runs. */
export class Memory implements Cell {
  data: TypedArray;
  readonly dtype: DType;
  readonly size: number;

  constructor(dtype: DType, size: number, data: TypedArray = allocate(dtype, 0)) {
    this.dtype = dtype;
    this.size = size;
    this.data = data;
  }
}

export interface Storage {
  readonly kind: 'input' | 'constant' | 'computed';
  /** Storages that never hold values at the same time may come to share it. */
  memory: Memory;
}

interface Operand {
  readonly storage: Storage;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export interface Operation {
  readonly kernel: Kernel<any>;
  readonly attributes: unknown;
  readonly inputs: readonly Operand[];
  readonly output: Operand;
}

export interface Trace {
  readonly operations: readonly Operation[];
  readonly inputs: readonly Storage[];
  /** One an output and no two alike; an unchanged state is the storage of its input. */
  readonly outputs: readonly Storage[];
}

/** `broadcastTo` and views around it, seen through: what a broadcasting kernel reads instead. */
function unstretched(node: Node): Node {
  return nameOf(node) === 'broadcastTo' ? unstretched(node.inputs[0]) : node;
}

/** What the kernel of a node reads. */
function sourcesOf(node: Node): readonly Node[] {
  const rule = rules[nameOf(node)] as Kernel<any> | string;
  if (rule === 'view') return node.inputs.slice(0, 1);
  return typeof rule === 'object' && rule.broadcasts ? node.inputs.map(unstretched) : node.inputs;
}

/** The nodes that the outputs need, each after what it reads. */
function neededNodes(graph: Graph): Node[] {
  const seen = new Set<Node>();
  const stack = [...graph.outputs];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...sourcesOf(node));
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

export function asValue({ storage, shape, dtype }: Operand): Value {
  return { cell: storage.memory, shape, dtype };
}

function runOnce({ kernel, attributes, inputs, output }: Operation): void {
  const { memory } = output.storage;
  memory.data = allocate(memory.dtype, memory.size);
  const scratch = new Scratch();
  const step = kernel.prepare(asValue(output), inputs.map(asValue), attributes, scratch);
  scratch.place();
  step();
}

/** `compileStep` compiles the steps of loops. */
export function traceGraph(graph: Graph, compileStep: CompileStep): Trace {
  const operands = new Map<Node, Operand>();
  const operations: Operation[] = [];

  const declare = (node: Node, kind: Storage['kind'], data?: TypedArray): Operand => {
    if (isSymbolic(node.shape)) {
      fail(
        'js engine',
        `${nameOf(node)} has the shape ${formatShape(node.shape)}; replace the symbolic batch by a size before compiling`,
      );
    }
    const memory = new Memory(node.dtype, sizeOf(node.shape), data);
    return { storage: { kind, memory }, shape: node.shape, dtype: node.dtype };
  };

  for (const input of graph.inputs) operands.set(input, declare(input, 'input'));

  const compute = (node: Node, rule: Kernel<any>): Operand => {
    const inputs = sourcesOf(node).map((n) => operands.get(n)!);
    const fixed = inputs.every((i) => i.storage.kind === 'constant');
    const output = declare(node, fixed ? 'constant' : 'computed');
    const operation = { kernel: rule, attributes: node.attributes, inputs, output };
    if (fixed) runOnce(operation);
    else operations.push(operation);
    return output;
  };

  const needed = neededNodes(graph);
  const loops = loopKernels(
    needed.filter((node) => rules[nameOf(node)] === 'loop'),
    compileStep,
  );
  for (const node of needed) {
    if (operands.has(node)) continue;
    const rule = rules[nameOf(node)] as Kernel<any> | 'given' | 'view' | 'loop' | undefined;
    if (rule === undefined) {
      fail('js engine', `there is no kernel for the primitive ${node.primitive.name}`);
    } else if (rule === 'view') {
      const { storage } = operands.get(node.inputs[0])!;
      operands.set(node, { storage, shape: node.shape, dtype: node.dtype });
    } else if (rule !== 'given') {
      operands.set(node, compute(node, rule === 'loop' ? loops.get(node)! : rule));
    } else if (nameOf(node) === 'constant') {
      const data = node.attributes.data as TypedArray;
      const matches = dtypeOfTypedArray(data) === node.dtype;
      const stored = matches ? data : toTypedArray(node.dtype, data);
      operands.set(node, declare(node, 'constant', stored));
    } else {
      fail(
        'js engine',
        `a placeholder ${formatShape(node.shape)} is read but is not an input of the graph`,
      );
    }
  }

  const inputs = graph.inputs.map((n) => operands.get(n)!.storage);
  const outputs = new Array<Storage>(graph.outputs.length);
  const given = new Set<Storage>();
  const give = (position: number, replaced: Storage | undefined) => {
    const operand = operands.get(graph.outputs[position])!;
    const own = operand.storage.kind === 'computed' || operand.storage === replaced;
    if (own && !given.has(operand.storage)) {
      outputs[position] = operand.storage;
    } else {
      const output = declare(graph.outputs[position], 'computed');
      operations.push({ kernel: copyKernel, attributes: {}, inputs: [operand], output });
      outputs[position] = output.storage;
    }
    given.add(outputs[position]);
  };
  // State first: where a node is both state and result, the result is the copy.
  for (const [input, output] of graph.state) give(output, inputs[input]);
  for (let k = 0; k < outputs.length; k++) if (outputs[k] === undefined) give(k, undefined);
  const replaced = new Map(graph.state.map(([i, o]) => [outputs[o], inputs[i]]));
  return { operations: statesLast(operations, replaced), inputs, outputs };
}

/**
 * The operations with some moved to the end: those that make a new state while the old one has still to
 * be read, and the further states that are made from it. Moved there they can overwrite the old state.
 */
function statesLast(
  operations: readonly Operation[],
  replaced: ReadonlyMap<Storage, Storage>,
): readonly Operation[] {
  const lastRead = new Map<Storage, number>();
  operations.forEach(({ inputs }, at) => {
    for (const { storage } of inputs) lastRead.set(storage, at);
  });
  const wanted = new Set<Storage>();
  operations.forEach(({ inputs, output: { storage } }, at) => {
    const old = replaced.get(storage);
    if (old === undefined) return;
    const tooEarly = (lastRead.get(old) ?? -1) > at;
    if (tooEarly || inputs.some((i) => wanted.has(i.storage))) wanted.add(storage);
  });
  if (wanted.size === 0) return operations;
  // What an operation that stays reads has to stay as well.
  for (const { inputs, output } of operations.toReversed()) {
    if (!wanted.has(output.storage)) for (const i of inputs) wanted.delete(i.storage);
  }
  const moves = (o: Operation) => wanted.has(o.output.storage);
  return [...operations.filter((o) => !moves(o)), ...operations.filter(moves)];
}
