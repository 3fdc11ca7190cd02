import { allocate } from '../../../graph/dtype.ts';
import type { Graph } from '../../../graph/graph.ts';
import { topologicalOrder } from '../../../graph/graph.ts';
import type { Node } from '../../../graph/node.ts';
import { nameOf } from '../../../ops/primitives/index.ts';
import type { Builder, Value } from '../builder.ts';
import { contractionLowerings } from './contraction.ts';
import { elementwiseLowerings } from './elementwise.ts';
import { indexingLowerings } from './indexing.ts';
import { poolingLowerings } from './pooling.ts';
import { reductionLowerings } from './reduction.ts';
import type { Lowering, LoweringTable } from './rules.ts';
import { shapingLowerings } from './shaping.ts';
import { sourceLowerings } from './source.ts';

/** Every primitive's way into ONNX; the type checker lists the ones that are missing. */
const lowerings: LoweringTable = {
  ...sourceLowerings,
  ...elementwiseLowerings,
  ...reductionLowerings,
  ...contractionLowerings,
  ...poolingLowerings,
  ...shapingLowerings,
  ...indexingLowerings,
};

export interface Lowered {
  readonly inputs: Value[];
  readonly outputs: Value[];
}

/** The graph as ONNX values. `inputNames[i]` is the name of `graph.inputs[i]`. */
export function lowerGraph(b: Builder, graph: Graph, inputNames: readonly string[]): Lowered {
  const values = new Map<Node, Value>();
  const inputs = graph.inputs.map((node, i) => {
    const value = b.input(inputNames[i], node.dtype, node.shape);
    values.set(node, value);
    return value;
  });
  for (const node of topologicalOrder(graph.outputs)) {
    if (values.has(node)) continue;
    if (node.shape.includes(0)) {
      // Operators are not all prepared for tensors without elements.
      values.set(node, b.initializer(allocate(node.dtype, 0), node.dtype, node.shape));
      continue;
    }
    const lowering = lowerings[nameOf(node)] as Lowering<any>;
    const operands = node.inputs.map((input) => values.get(input)!);
    values.set(node, lowering(b, operands, node.attributes, node));
  }
  return { inputs, outputs: graph.outputs.map((node) => values.get(node)!) };
}
