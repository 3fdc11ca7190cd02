import { refuse } from '../bytes.ts';
import { FORMAT } from './values.ts';

/**
 * From Keras 3's configuration to that of Keras 2, which TensorFlow.js understands: inputs have a
 * `batch_input_shape`, dtypes are names, objects have no modules, calls are lists.
 */

type Spec = Record<string, any>;

const isObject = (v: unknown): v is Spec =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

/** `[name, call, result, options]` for a tensor; models inside of models count from 1. */
function reference(value: Spec, models: ReadonlySet<string>, kwargs: Spec): unknown[] {
  const [name, call, result] = value.config.keras_history;
  return [name, models.has(name) ? call + 1 : call, result, kwargs];
}

const isTensor = (v: unknown): v is Spec => isObject(v) && v.class_name === '__keras_tensor__';

/** What the conversion of a functional model's calls needs to know of its layers. */
interface Names {
  /** Models inside of the model. */
  readonly models: ReadonlySet<string>;
  /** Operations that only make masks. */
  readonly masks: ReadonlySet<string>;
}

const isOperation = (spec: Spec): boolean =>
  typeof spec.module === 'string' && /\.ops\./.test(spec.module);

/** Names of the layers that a value refers to. */
function originsOf(value: unknown): string[] {
  if (isTensor(value)) return [value.config.keras_history[0]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(originsOf);
}

/** Operations whose results go into masks and nothing else: TensorFlow.js makes those masks by itself. */
function maskOperations(layers: readonly Spec[], ends: unknown): Set<string> {
  const masks = new Set(layers.filter(isOperation).map((l) => l.name as string));
  const endNames = JSON.stringify(ends);
  for (const name of masks) if (endNames.includes(JSON.stringify(name))) masks.delete(name);
  for (let before = -1; before !== masks.size; ) {
    before = masks.size;
    for (const layer of layers) {
      if (masks.has(layer.name)) continue;
      for (const { args, kwargs } of layer.inbound_nodes ?? []) {
        const { mask: _, ...rest } = kwargs;
        for (const name of originsOf([args, rest])) masks.delete(name);
      }
    }
  }
  return masks;
}

function convertCall(node: Spec, name: string, { models, masks }: Names): unknown {
  const tensors = node.args.flat(Number.POSITIVE_INFINITY) as unknown[];
  if (!tensors.every(isTensor)) {
    refuse(
      FORMAT,
      `the layer '${name}' is called with constants, which TensorFlow.js has no form for`,
    );
  }
  const kwargs: Spec = {};
  const further: unknown[] = [];
  for (const [key, value] of Object.entries(node.kwargs as Spec)) {
    const list = Array.isArray(value) ? value : [value];
    // TensorFlow.js passes the initial state of recurrent layers as further inputs.
    if (key === 'initial_state' && list.every(isTensor)) further.push(...list);
    else if (originsOf(value).length === 0) kwargs[key] = value;
    else if (key !== 'mask' || !originsOf(value).every((origin) => masks.has(origin))) {
      refuse(
        FORMAT,
        `the option '${key}' of '${name}' is a tensor, which TensorFlow.js cannot read`,
      );
    }
  }
  return [...tensors, ...further].map((t, i) =>
    reference(t as Spec, models, i === 0 ? kwargs : {}),
  );
}

const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LeakyReLU: { negative_slope: 'alpha' },
  InputLayer: { batch_shape: 'batch_input_shape' },
};

/** Names that mean something else in Keras 2, and names that TensorFlow.js does not know. */
const activations: Readonly<Record<string, string>> = {
  hard_sigmoid: 'hard_sigmoid_keras3',
  hard_sigmoid_keras2: 'hard_sigmoid',
  silu: 'swish',
};

/** Options that TensorFlow.js would stumble over. */
const dropped: Readonly<Record<string, readonly string[]>> = {
  InputLayer: ['optional', 'ragged'],
};

function convertValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convertValue);
  if (!isObject(value)) return value;
  if (value.class_name === 'DTypePolicy') return value.config.name;
  if (value.class_name === 'function') return value.config;
  if (value.class_name === '__numpy__') return value.config.value;
  if (typeof value.class_name === 'string' && 'config' in value) return toKeras2(value);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, convertValue(v)]));
}

/** TensorFlow.js has one class for penalties. */
function convertPenalty(spec: Spec): Spec {
  const { l1 = 0, l2 = 0 } = spec.config as { l1?: number; l2?: number };
  return { class_name: 'L1L2', config: { l1, l2 } };
}

/** Inputs or outputs as a flat list. */
function convertEnds(value: unknown, sequentials: ReadonlySet<string>): unknown[] {
  if (Array.isArray(value) && typeof value[0] === 'string') {
    const [name, call, result] = value;
    // Of functional models, Keras 3 counts from 1 here as well.
    return [[name, sequentials.has(name) ? call + 1 : call, result]];
  }
  return Object.values(value as Spec).flatMap((v) => convertEnds(v, sequentials));
}

/** An object's configuration in Keras 2's form. */
export function toKeras2(spec: Spec): Spec {
  const { class_name: className, config } = spec;
  if (className === 'L1' || className === 'L2') return convertPenalty(spec);
  if (isOperation(spec)) {
    refuse(
      FORMAT,
      `the model computes '${className}' between its layers, which TensorFlow.js has no layer for`,
    );
  }
  const own: Spec = {};
  for (const [key, value] of Object.entries(config as Spec)) {
    if (dropped[className]?.includes(key)) continue;
    if (value === null && key === 'seed') continue;
    const name = renamed[className]?.[key] ?? key;
    if (key === 'layers' || key === 'input_layers' || key === 'output_layers') continue;
    const isActivation = /activation$/.test(key) && typeof value === 'string';
    own[name] = isActivation ? (activations[value] ?? value) : convertValue(value);
  }
  if (className === 'Bidirectional' && isObject(own.layer)) {
    // TensorFlow.js puts the direction before the name by itself.
    const inner = own.layer.config;
    own.layer = { ...own.layer, config: { ...inner, name: inner.name?.replace(/^forward_/, '') } };
  }
  const named = (kinds: RegExp): Set<string> =>
    new Set(
      (config.layers ?? []).filter((l: Spec) => kinds.test(l.class_name)).map((l: Spec) => l.name),
    );
  if (className === 'Sequential' || className === 'Functional') {
    const models = named(/^(Sequential|Functional)$/);
    const ends = [config.input_layers, config.output_layers];
    const masks =
      className === 'Functional' ? maskOperations(config.layers, ends) : new Set<string>();
    delete own.dtype;
    delete own.build_input_shape;
    const kept = config.layers.filter((layer: Spec) => !masks.has(layer.name));
    own.layers = kept.map((layer: Spec) => {
      if (layer.shared_object_id !== undefined) {
        refuse(
          FORMAT,
          `the layer '${layer.config.name}' is shared by several models inside of the model, which TensorFlow.js has no form for; save it as .keras`,
        );
      }
      const converted = toKeras2(layer);
      if (layer.inbound_nodes === undefined) return converted;
      return {
        ...converted,
        name: layer.name,
        inbound_nodes: layer.inbound_nodes.map((n: Spec) =>
          convertCall(n, layer.name, { models, masks }),
        ),
      };
    });
  }
  if (className === 'Functional') {
    own.input_layers = convertEnds(config.input_layers, named(/^Sequential$/));
    own.output_layers = convertEnds(config.output_layers, named(/^Sequential$/));
  }
  return { class_name: className === 'Functional' ? 'Model' : className, config: own };
}
