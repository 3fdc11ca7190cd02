import { orderValues, type Value } from './builder.ts';
import type { OnnxAttributes, OnnxGraph, OnnxNode, OnnxTensor } from './model.ts';

/**
 * The graph that computes `outputs` (named as given) from `inputs`. The names of all other values begin
 * with `prefix`: those in a loop's step must differ from those around it.
 */
export function buildModel(
  name: string,
  inputs: readonly Value[],
  outputs: readonly (readonly [name: string, value: Value])[],
  prefix = 'v',
): OnnxGraph {
  const names = new Map<Value, string>();
  for (const [outputName, value] of outputs) {
    const ownsNode = value.op !== 'Input' && value.op !== 'Initializer';
    if (ownsNode && !names.has(value)) names.set(value, outputName);
  }
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const multiple = new Map<string, OnnxNode & { outputs: string[] }>();
  let count = 0;
  const nameOf = (value: Value | undefined): string => {
    if (!value) return '';
    let text = names.get(value);
    if (text === undefined) {
      text = value.name ?? `${prefix}${count++}`;
      names.set(value, text);
    }
    return text;
  };
  for (const value of orderValues(outputs.map(([, v]) => v))) {
    if (value.op === 'Input') {
      nameOf(value);
      continue;
    }
    if (value.op === 'Initializer') {
      initializers.push({
        name: nameOf(value),
        type: value.type,
        shape: value.shape,
        data: value.data!,
      });
      continue;
    }
    const { op, domain } = value;
    const [inputNames, attributes] = bindSteps(value.inputs.map(nameOf), value.attributes);
    while (inputNames.at(-1) === '') inputNames.pop();
    const key = `${op} ${value.inputs.map(nameOf)} ${JSON.stringify(attributes, nameOfStep)}`;
    const known = multiple.get(key);
    if (known && known.outputs[value.output] === undefined) {
      known.outputs[value.output] = nameOf(value);
      continue;
    }
    const node = { op, domain, inputs: inputNames, outputs: [] as string[], attributes };
    node.outputs[value.output] = nameOf(value);
    multiple.set(key, node);
    nodes.push(node);
  }
  // What is no node's result, or is already named, takes its name from an Identity.
  for (const [outputName, value] of outputs) {
    const name = nameOf(value);
    if (name === outputName) continue;
    nodes.push({
      op: 'Identity',
      domain: '',
      inputs: [name],
      outputs: [outputName],
      attributes: {},
    });
  }
  // Some operators insist on outputs that nobody reads.
  for (const { outputs: names, attributes } of multiple.values()) {
    const length = Math.max(names.length, outputsOf(attributes));
    for (let i = 0; i < length; i++) names[i] ??= `${prefix}${count++}`;
  }
  return {
    name,
    inputs: inputs.map((v) => ({ name: v.name!, type: v.type, shape: v.shape })),
    outputs: outputs.map(([outputName, v]) => ({ name: outputName, type: v.type, shape: v.shape })),
    initializers,
    nodes,
  };
}

/** A graph counts by its name where attributes are compared. */
const nameOfStep = (key: string, value: unknown): unknown =>
  key === 'graph' ? (value as OnnxGraph).name : value;

function outputsOf({ num_outputs, body }: OnnxAttributes): number {
  if (typeof body === 'object' && 'step' in body) return body.step.graph.outputs.length;
  return Number(num_outputs ?? 1);
}

/**
 * The explicit inputs of an operator and its attributes. What the step of a loop reads from around it are
 * the last inputs of the loop; in ONNX a step refers to them by their names.
 */
function bindSteps(names: string[], attributes: OnnxAttributes): [string[], OnnxAttributes] {
  const { body } = attributes;
  if (typeof body !== 'object' || !('step' in body)) return [names, attributes];
  const { graph, captured } = body.step;
  const explicit = names.slice(0, names.length - captured.length);
  const outside = new Map(captured.map((name, i) => [name, names[explicit.length + i]]));
  return [
    explicit,
    { ...attributes, body: { step: { graph: rename(graph, outside), captured: [] } } },
  ];
}

function rename(graph: OnnxGraph, names: ReadonlyMap<string, string>): OnnxGraph {
  const nodes = graph.nodes.map((node) => {
    const inputs = node.inputs.map((name) => names.get(name) ?? name);
    const { body } = node.attributes;
    if (typeof body !== 'object' || !('step' in body)) return { ...node, inputs };
    const step = { graph: rename(body.step.graph, names), captured: [] };
    return { ...node, inputs, attributes: { ...node.attributes, body: { step } } };
  });
  return { ...graph, nodes };
}
