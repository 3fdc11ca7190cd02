import { gradients } from '../../src/autodiff/grad.ts';
import { optimizeGraph } from '../../src/compiler/compile.ts';
import { type Engine, HostBuffer } from '../../src/engines/engine.ts';
import { isFloat, toTypedArray } from '../../src/graph/dtype.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import type { Node } from '../../src/graph/node.ts';
import type { CallOptions, Layer } from '../../src/nn/layers/layer.ts';
import * as build from '../../src/ops/build.ts';
import { closeGraph } from '../../src/tensor/evaluate.ts';
import { isTensor, Tensor } from '../../src/tensor/tensor.ts';
import { traced } from '../../src/tensor/trace.ts';
import { leavesOf, mapTree } from '../../src/tensor/tree.ts';
import type { Variable } from '../../src/tensor/variable.ts';

/**
 * One call of a layer as a graph from its inputs and weights to its outputs, and to the gradients of a
 * weighted sum of the outputs, so that any engine can run it on any values.
 */
export interface Program {
  /** Values of the inputs as they were given, then of everything the call read. */
  readonly arguments: readonly Argument[];
  /** Outputs of the layer. */
  readonly outputs: readonly Node[];
  /** The weighted sum of all floating-point outputs. */
  readonly loss: Node;
  /** The gradient for each argument that has one. */
  readonly gradients: readonly (Node | undefined)[];
}

interface Argument {
  readonly name: string;
  readonly node: Node;
  readonly value: NDArray;
  /** Whether it is an input or a trainable weight of floating-point numbers. */
  readonly differentiable: boolean;
}

const isArray = (value: unknown): value is NDArray =>
  typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;

/** Irregular numbers of the order of 1. */
export function wave(length: number, phase = 0): Float64Array {
  return Float64Array.from({ length }, (_, i) => Math.sin(1.7 * i + 0.3 + phase) * 1.2);
}

/** A sum over the outputs in which every element has a weight of its own. */
function weightedSum(outputs: readonly Node[]): Node {
  const sums = outputs
    .filter((y) => isFloat(y.dtype))
    .map((y, i) => {
      const size = y.shape.reduce((p, d) => p * d, 1);
      return build.sum(build.mul(y, build.literal(wave(size, i + 0.5), y.shape, y.dtype)));
    });
  return sums.length === 0 ? build.scalar(0, 'float32') : sums.reduce((a, b) => build.add(a, b));
}

export async function programOf(
  layer: Layer,
  inputs: unknown,
  options: CallOptions = {},
): Promise<Program> {
  const own: Argument[] = [];
  const symbolic = mapTree(inputs, isArray, (value) => {
    const node = build.placeholder([...value.shape], value.dtype);
    const name = `input ${own.length}`;
    own.push({ name, node, value, differentiable: isFloat(value.dtype) });
    return new Tensor(node);
  });
  const { trace, result } = traced(() => layer.call(symbolic, options));
  const trainable = new Set(layer.trainableWeights);
  const read = await Promise.all(
    [...trace.read].map(async ([cell, node]): Promise<Argument> => {
      const variable = cell as Variable;
      const differentiable = trainable.has(variable) && isFloat(variable.dtype);
      return { name: variable.name, node, value: await variable.ndarray(), differentiable };
    }),
  );
  const all = [...own, ...read];
  const outputs = leavesOf(result, isTensor).map((t) => t.node);
  const loss = weightedSum(outputs);
  const found = gradients(
    [loss],
    all.map((a) => a.node),
  );
  return {
    arguments: all,
    outputs,
    loss,
    gradients: all.map((a, i) => (a.differentiable ? found[i] : undefined)),
  };
}

/** A function that computes nodes of a program on an engine from one value for each argument. */
export async function compileProgram(
  engine: Engine,
  program: Program,
  nodes: readonly Node[],
): Promise<(values: readonly NDArray[]) => Promise<NDArray[]>> {
  const own = program.arguments.map((a) => a.node);
  const { graph, captured } = closeGraph(own, nodes, [], 'layer test');
  const executable = await engine.compile(optimizeGraph(graph));
  return async (values) => {
    const buffers = values.map(
      ({ data, shape, dtype }) => new HostBuffer(toTypedArray(dtype, data), shape, dtype),
    );
    const results = await executable.run([...buffers, ...captured]);
    return Promise.all(
      results.map(async (b) => ({ data: await b.read(), shape: [...b.shape], dtype: b.dtype })),
    );
  };
}
