import type { Node } from '../../../graph/node.ts';
import type { AttributesOf } from '../../../ops/primitives/index.ts';
import { buildModel } from '../assemble.ts';
import type { Builder, Result, Value } from '../builder.ts';
import { layOut } from '../layout.ts';
import { rewrite, rulesFor } from '../optimize.ts';

/**
 * Loops as ONNX's Scan, whose step is a graph of its own. WebGPU has no kernel for it and not all readers
 * of files know it, so there the steps stand one after the other.
 */

/** The values of `nodes` where those of some nodes are known. */
export type LowerNodes = (nodes: readonly Node[], known: ReadonlyMap<Node, Value>) => Value[];

/** The values of one loop that somebody reads, `members`, from the loop's inputs. */
type LowerLoop = (
  b: Builder,
  members: readonly Node[],
  inputs: readonly Value[],
  lower: LowerNodes,
) => Value[];

export const lowerLoop: LowerLoop = (b, members, inputs, lower) => {
  const loop = b.target === 'webgpu' || b.target === 'portable' ? unroll : scan;
  return loop(b, members, inputs, lower);
};

const attributesOf = (node: Node) => node.attributes as AttributesOf<'scan'>;

const unroll: LowerLoop = (b, members, inputs, lower) => {
  const { body, reverse } = attributesOf(members[0]);
  const { graph, carries, slices } = body();
  const steps = inputs[carries].shape[0];
  const constants = inputs.slice(carries + slices);
  const results = graph.outputs.slice(carries);
  let current = inputs.slice(0, carries);
  const stacks = Array.from(
    { length: graph.outputs.length + carries },
    () => new Array<Value>(steps),
  );
  for (let k = 0; k < steps; k++) {
    const t = reverse ? steps - 1 - k : k;
    const sliced = inputs
      .slice(carries, carries + slices)
      .map((x) => b.reshape(b.slice(x, [{ axis: 0, start: t, end: t + 1 }]), x.shape.slice(1)));
    const values = [...current, ...sliced, ...constants];
    const known = new Map(graph.inputs.map((input, i) => [input, values[i]]));
    const after = lower(graph.outputs, known);
    results.forEach((_, i) => {
      stacks[carries + i][t] = after[carries + i];
    });
    current.forEach((value, i) => {
      stacks[graph.outputs.length + i][t] = value;
    });
    current = after.slice(0, carries);
  }
  return members.map((node) => {
    const { output } = attributesOf(node);
    if (output < carries) return current[output];
    const parts = stacks[output].map((value) => b.reshape(value, [1, ...value.shape]));
    return b.concat(parts, 0);
  });
};

const scan: LowerLoop = (b, members, inputs, lower) => {
  const { body, reverse } = attributesOf(members[0]);
  const { graph, carries, slices } = body();
  const name = b.stepName();
  const inside = graph.inputs.map((node, i) => b.input(`${name}i${i}`, node.dtype, node.shape));
  const stacked = members.map((m) => attributesOf(m).output).filter((output) => output >= carries);
  // Results of the step that are read, in their order; the carries before the step are its inputs.
  const wanted = [
    ...graph.outputs.slice(0, carries),
    ...stacked.map((o) => [...graph.outputs, ...graph.inputs][o]),
  ];
  const known = new Map(graph.inputs.map((input, i) => [input, inside[i]]));
  const { early, late } = rulesFor(b.target);
  const lowered = rewrite(b, lower(wanted, known), early);
  const outputs = rewrite(b, layOut(b, lowered, 0), late);
  const step = {
    graph: buildModel(
      name,
      inside.slice(0, carries + slices),
      outputs.map((value, o) => [`${name}o${o}`, value] as const),
      `${name}v`,
    ),
    captured: inside.slice(carries + slices).map((value) => value.name!),
  };
  const directions = { length: slices };
  const attributes = {
    body: { step },
    num_scan_inputs: slices,
    ...(reverse && {
      scan_input_directions: Array.from(directions, () => 1),
      scan_output_directions: stacked.map(() => 1),
    }),
  };
  return members.map((node) => {
    const { output } = attributesOf(node);
    const place = output < carries ? output : carries + stacked.indexOf(output);
    const type: Result = { type: node.dtype, shape: node.shape };
    return b.op('Scan', inputs, attributes, type, { output: place });
  });
};
