import { optimizeGraph } from '../src/compiler/compile.ts';
import { specialize } from '../src/compiler/specialize.ts';
import { HostBuffer } from '../src/engines/engine.ts';
import { createJsEngine } from '../src/engines/js/engine.ts';
import { type DType, toTypedArray } from '../src/graph/dtype.ts';
import type { Graph } from '../src/graph/graph.ts';
import type { Node } from '../src/graph/node.ts';
import { verifyGraph } from '../src/graph/verify.ts';
import * as build from '../src/ops/build.ts';

/** Values of nodes on the js engine, for tests of what builds graphs. */

/** Numbers (NaN and infinities included) nested as deep as the shape; booleans for bool. */
export type Nested = number | boolean | readonly Nested[];

/** Values for placeholders; a symbolic batch takes its size from the option. */
export interface EvaluateOptions {
  readonly feeds?: readonly (readonly [placeholder: Node, values: Nested])[];
  readonly batch?: number;
}

const engine = createJsEngine();

export function flatten(values: Nested): (number | boolean)[] {
  return Array.isArray(values) ? values.flatMap(flatten) : [values as number | boolean];
}

export function shapeOf(values: Nested): number[] {
  return Array.isArray(values) ? [values.length, ...(values.length ? shapeOf(values[0]) : [])] : [];
}

function nest(data: ArrayLike<number>, shape: readonly number[], dtype: DType): Nested {
  const read = (offset: number, axis: number, stride: number): Nested => {
    if (axis === shape.length) return dtype === 'bool' ? data[offset] !== 0 : data[offset];
    const step = stride / (shape[axis] || 1);
    return Array.from({ length: shape[axis] }, (_, i) => read(offset + i * step, axis + 1, step));
  };
  return read(0, 0, data.length);
}

/** Nested values as a constant: float32 (bool for booleans) unless a dtype is named. */
export function constant(values: Nested, dtype?: DType): Node {
  const flat = flatten(values);
  const natural = flat.length > 0 && flat.every((v) => typeof v === 'boolean') ? 'bool' : 'float32';
  return build.literal(flat.map(Number), shapeOf(values), dtype ?? natural);
}

/** The values of several nodes, computed in one graph as it was built: no pass has rewritten it. */
export function evaluateAll(
  nodes: readonly Node[],
  { feeds = [], batch = 1 }: EvaluateOptions = {},
): Nested[] {
  const graph: Graph = { inputs: feeds.map(([p]) => p), outputs: nodes, state: [] };
  verifyGraph(graph);
  return run(graph, feeds, batch);
}

function run(graph: Graph, feeds: EvaluateOptions['feeds'] & {}, batch: number): Nested[] {
  const executable = engine.compileSync(specialize(graph, batch));
  const buffers = feeds.map(
    ([p, values]) =>
      new HostBuffer(toTypedArray(p.dtype, flatten(values).map(Number)), shapeOf(values), p.dtype),
  );
  return executable.runSync(buffers).map((b) => nest(b.data, b.shape, b.dtype));
}

/** The value of one node. */
export function evaluate(node: Node, options: EvaluateOptions = {}): Nested {
  return evaluateAll([node], options)[0];
}

/** The value of one node after the compiler's passes. */
export function evaluateOptimized(node: Node, { feeds = [], batch = 1 }: EvaluateOptions = {}) {
  const graph: Graph = { inputs: feeds.map(([p]) => p), outputs: [node], state: [] };
  return run(optimizeGraph(graph), feeds, batch)[0];
}
