import { refuse } from '../bytes.ts';
import { FORMAT } from './values.ts';

/**
 * From Keras 3's configuration to that of Keras 2, which TensorFlow.js understands: inputs have a
 * `batch_input_shape`, dtypes are names, objects have no modules, calls are lists.
 */

type Spec = Record<string, any>;

const isObject = (v: unknown): v is Spec =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

/** `[name, call, result, options]` for a tensor. */
function reference(value: Spec, kwargs?: Spec): unknown[] {
  const [name, call, result] = value.config.keras_history;
  return kwargs === undefined ? [name, call, result] : [name, call, result, kwargs];
}

const isTensor = (v: unknown): v is Spec => isObject(v) && v.class_name === '__keras_tensor__';

function convertCall(node: Spec, name: string): unknown {
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
    else if (isTensor(value)) {
      if (key !== 'mask') {
        refuse(
          FORMAT,
          `the option '${key}' of '${name}' is a tensor, which TensorFlow.js cannot read`,
        );
      }
    } else kwargs[key] = value;
  }
  return [...tensors, ...further].map((t, i) => reference(t as Spec, i === 0 ? kwargs : {}));
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

function convertEnds(value: unknown): unknown {
  const isOne = (v: unknown) => Array.isArray(v) && typeof v[0] === 'string';
  if (isOne(value)) return [value];
  if (Array.isArray(value)) return value.flatMap((v) => convertEnds(v) as unknown[]);
  return Object.values(value as Spec).flatMap((v) => convertEnds(v) as unknown[]);
}

/** An object's configuration in Keras 2's form. */
export function toKeras2(spec: Spec): Spec {
  const { class_name: className, config } = spec;
  if (className === 'L1' || className === 'L2') return convertPenalty(spec);
  if (typeof spec.module === 'string' && /\.ops\./.test(spec.module)) {
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
  if (className === 'Sequential' || className === 'Functional') {
    delete own.dtype;
    delete own.build_input_shape;
    own.layers = config.layers.map((layer: Spec) => {
      const converted = toKeras2(layer);
      if (layer.inbound_nodes === undefined) return converted;
      return {
        ...converted,
        name: layer.name,
        inbound_nodes: layer.inbound_nodes.map((n: Spec) => convertCall(n, layer.name)),
      };
    });
  }
  if (className === 'Functional') {
    own.input_layers = convertEnds(config.input_layers);
    own.output_layers = convertEnds(config.output_layers);
  }
  return { class_name: className === 'Functional' ? 'Model' : className, config: own };
}
