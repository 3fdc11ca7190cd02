import { orderValues, type Value } from './builder.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from './model.ts';

/** The model that computes `outputs` (named as given) from `inputs`. */
export function buildModel(
  name: string,
  inputs: readonly Value[],
  outputs: readonly (readonly [name: string, value: Value])[],
): OnnxModel {
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
      text = value.name ?? `v${count++}`;
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
    const { op, domain, attributes } = value;
    const inputNames = value.inputs.map(nameOf);
    while (inputNames.at(-1) === '') inputNames.pop();
    const key = `${op} ${inputNames} ${JSON.stringify(attributes)}`;
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
    const length = Math.max(names.length, Number(attributes.num_outputs ?? 1));
    for (let i = 0; i < length; i++) names[i] ??= `v${count++}`;
  }
  return {
    name,
    inputs: inputs.map((v) => ({ name: v.name!, type: v.type, shape: v.shape })),
    outputs: outputs.map(([outputName, v]) => ({ name: outputName, type: v.type, shape: v.shape })),
    initializers,
    nodes,
  };
}
