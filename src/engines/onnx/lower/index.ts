import { allocate } from '../../../graph/dtype.ts';
import type { Graph } from '../../../graph/graph.ts';
import { topologicalOrder } from '../../../graph/graph.ts';
import type { Node } from '../../../graph/node.ts';
import { nameOf } from '../../../ops/primitives/index.ts';
import { sameLoop } from '../../../ops/primitives/loop.ts';
import type { Builder, Value } from '../builder.ts';
import { contractionLowerings } from './contraction.ts';
import { elementwiseLowerings } from './elementwise.ts';
import { indexingLowerings } from './indexing.ts';
import { lowerLoop } from './loop.ts';
import { poolingLowerings } from './pooling.ts';
import { reductionLowerings } from './reduction.ts';
import type { Lowering, LoweringTable } from './rules.ts';
import { shapingLowerings } from './shaping.ts';
import { sourceLowerings } from './source.ts';

/** Every primitive's way into ONNX; the type checker lists the ones that are missing. */
const lowerings: Omit<LoweringTable, 'scan'> = {
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
  const inputs = graph.inputs.map((node, i) => b.input(inputNames[i], node.dtype, node.shape));
  const known = new Map(graph.inputs.map((node, i) => [node, inputs[i]]));
  return { inputs, outputs: lowerNodes(b, graph.outputs, known) };
}

function lowerNodes(b: Builder, nodes: readonly Node[], known: ReadonlyMap<Node, Value>): Value[] {
  const values = new Map(known);
  const order = topologicalOrder(nodes);
  const loops = order.filter((node) => nameOf(node) === 'scan');
  for (const node of order) {
    if (values.has(node)) continue;
    const operands = node.inputs.map((input) => values.get(input)!);
    const name = nameOf(node);
    if (node.shape.includes(0)) {
      // Operators are not all prepared for tensors without elements.
      values.set(node, b.initializer(allocate(node.dtype, 0), node.dtype, node.shape));
    } else if (name === 'scan') {
      // All values of the loop that are read come from one operator.
      const members = loops.filter((other) => sameLoop(other, node));
      const results = lowerLoop(b, members, operands, (roots, given) =>
        lowerNodes(b, roots, given),
      );
      members.forEach((member, i) => {
        values.set(member, results[i]);
      });
    } else {
      const lowering = lowerings[name] as Lowering<any>;
      values.set(node, lowering(b, operands, node.attributes, node));
    }
  }
  return nodes.map((node) => values.get(node)!);
}
