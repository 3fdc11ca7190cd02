import { HeadsAttention } from '../../nn/layers/attention/heads.ts';
import { InputLayer } from '../../nn/layers/input.ts';
import type { Layer } from '../../nn/layers/layer.ts';
import { Layer as LayerClass } from '../../nn/layers/layer.ts';
import { Bidirectional } from '../../nn/layers/recurrent/bidirectional.ts';
import { RNN } from '../../nn/layers/recurrent/rnn.ts';
import { toSnakeCase } from '../../nn/names.ts';
import { classNameOf, registries, serializeObject } from '../../nn/registry.ts';
import { isTensor } from '../../tensor/tensor.ts';
import { mapTree } from '../../tensor/tree.ts';
import { Functional } from '../../training/functional.ts';
import { Model } from '../../training/model.ts';
import { Sequential } from '../../training/sequential.ts';
import { refuse } from '../bytes.ts';
import { isGraphReference, modelGraph, PlainOperation, type Reference } from './model-graph.ts';
import { Operation } from './operations.ts';
import { ArrayValue, ELLIPSIS, FORMAT, Slice } from './values.ts';

/**
 * From a model to Keras 3's configuration of it. The legacy form, in .h5 files, leaves out at the layers of
 * a model what `module` and `registered_name` say.
 */

type Spec = Record<string, any>;

/** Classes that Keras makes public under another name than their own. */
const publicNames: Readonly<Record<string, string>> = {
  GroupedQueryAttention: 'GroupQueryAttention',
};

export class Encoder {
  readonly #legacy: boolean;
  /** Layers that were written before, with all their descriptions; of several, each says that it is shared. */
  readonly #written = new Map<Layer, Spec[]>();
  #nextId: number;
  #present: Encoder | undefined;

  constructor({ legacy = false, firstId = 1 } = {}) {
    this.#legacy = legacy;
    this.#nextId = firstId;
  }

  /** The configuration of a layer or model. */
  layer(layer: Layer): Spec {
    const before = this.#written.get(layer);
    if (before) {
      const { inbound_nodes: _, name: __, ...again } = before[0];
      again.shared_object_id ??= this.#nextId++;
      for (const spec of before) spec.shared_object_id = again.shared_object_id;
      before.push(again);
      return again;
    }
    const spec = this.#describe(layer);
    this.#written.set(layer, [spec]);
    return spec;
  }

  #describe(layer: Layer): Spec {
    if (layer instanceof Operation) return { ...layer.serialized } as Spec;
    if (layer instanceof Sequential) {
      return this.#wrap('keras', 'Sequential', this.#sequential(layer), null, {
        build_config: { input_shape: layer.inputLayer?.batchShape ?? null },
      });
    }
    if (layer instanceof Functional) {
      return this.#wrap(
        'keras.src.models.functional',
        'Functional',
        this.#functional(layer),
        'Functional',
        { build_config: { input_shape: null } },
      );
    }
    if (layer instanceof InputLayer) {
      return this.#wrap('keras.layers', 'InputLayer', {
        batch_shape: layer.batchShape,
        dtype: layer.dtype,
        sparse: false,
        ragged: false,
        name: layer.name,
        optional: false,
      });
    }
    if (layer instanceof Model && registries.layers.origin(layer.constructor) === undefined) {
      refuse(
        FORMAT,
        `the model '${layer.name}' is of a class of its own (${classNameOf(layer)}), whose structure only its program knows; save its weights (.weights.h5), or register the class with registerCustomObject('layers', ${classNameOf(layer)})`,
      );
    }
    const custom = registries.layers.origin(layer.constructor) !== 'own';
    const className = classNameOf(layer);
    const config: Spec = {};
    for (const [key, value] of Object.entries(layer.getConfig())) {
      config[toSnakeCase(key)] = this.value(value);
    }
    if (typeof config.dtype === 'string') config.dtype = policy(config.dtype);
    return this.#wrap(
      custom ? null : 'keras.layers',
      className,
      config,
      custom ? `Custom>${className}` : null,
      buildConfigOf(layer),
    );
  }

  #wrap(
    module: string | null,
    className: string,
    config: Spec,
    registered: string | null = null,
    more: Spec = {},
  ): Spec {
    if (this.#legacy) return { class_name: className, config };
    const class_name = (module && publicNames[className]) ?? className;
    return { module, class_name, config, registered_name: registered, ...more };
  }

  /** What writes layers in the options of layers, which have the present form in .h5 files as well. */
  #inside(): Encoder {
    if (!this.#legacy) return this;
    this.#present ??= new Encoder({ firstId: 2 ** 20 });
    return this.#present;
  }

  /** A value in a configuration. */
  value(value: unknown): unknown {
    if (value instanceof LayerClass) return this.#inside().layer(value);
    if (Array.isArray(value)) return value.map((v) => this.value(v));
    if (value instanceof Slice) {
      const { start, stop, step } = value;
      return { class_name: '__slice__', config: { start, stop, step } };
    }
    if (value instanceof ArrayValue) {
      return { class_name: '__numpy__', config: { value: value.value, dtype: value.dtype } };
    }
    if (value === ELLIPSIS) return { class_name: '__ellipsis__', config: {} };
    if (typeof value === 'object' && value !== null && 'getConfig' in value) {
      return serializeObject(value as any);
    }
    if (isTensor(value)) {
      return refuse(FORMAT, 'a tensor stands in the options of a layer; use an array of numbers');
    }
    if (ArrayBuffer.isView(value)) return [...(value as unknown as ArrayLike<number> & number[])];
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([k, v]) => [toSnakeCase(k), this.value(v)]),
      );
    }
    return value === undefined ? null : value;
  }

  #sequential(model: Sequential): Spec {
    const { inputLayer, layers } = model;
    return {
      name: model.name,
      trainable: model.trainable,
      dtype: policy(model.dtype),
      layers: [...(inputLayer ? [inputLayer] : []), ...layers].map((l) => this.layer(l)),
      ...(inputLayer ? { build_input_shape: inputLayer.batchShape } : {}),
    };
  }

  #functional(model: Functional): Spec {
    const graph = modelGraph(model);
    const position = (reference: Reference): [string, number, number] => {
      const { call, result } = reference;
      return [call.layer.name, graph.calls.get(call.layer)!.indexOf(call), result];
    };
    const tensor = (reference: Reference) => {
      const { shape, dtype } = reference.call.outputs[reference.result];
      return {
        class_name: '__keras_tensor__',
        config: {
          shape: shape.map((d) => (d < 0 ? null : d)),
          dtype,
          keras_history: position(reference),
        },
      };
    };
    const tree = (value: unknown): unknown => {
      if (isGraphReference(value)) return tensor(value);
      if (Array.isArray(value)) return value.map(tree);
      if (typeof value === 'object' && value !== null && isPlain(value)) {
        return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, tree(v)]));
      }
      return this.value(value);
    };
    const layers = graph.layers.map((layer) => {
      const spec = layer instanceof PlainOperation ? operationSpec(layer, this) : this.layer(layer);
      const calls = graph.calls.get(layer)!;
      const nodes = layer instanceof InputLayer ? [] : calls;
      return Object.assign(spec, {
        name: layer.name,
        inbound_nodes: nodes.map(({ args, kwargs }) => ({
          args: args.map(tree),
          kwargs: Object.fromEntries(
            Object.entries(kwargs).map(([k, v]) => [toSnakeCase(k), tree(v)]),
          ),
        })),
      });
    });
    // Keras counts a call of its own for a functional model that ends another.
    const end = (reference: Reference) => {
      const [name, call, result] = position(reference);
      return [name, call + (reference.call.layer instanceof Functional ? 1 : 0), result];
    };
    return {
      name: model.name,
      trainable: model.trainable,
      layers,
      input_layers: mapTree(graph.inputs, isGraphReference, end),
      output_layers: mapTree(graph.outputs, isGraphReference, end),
    };
  }
}

const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

function operationSpec(operation: PlainOperation, encoder: Encoder): Spec {
  const { module, className, config, name } = operation;
  return {
    module,
    class_name: className,
    config: { name, ...(encoder.value(config) as Spec) },
    registered_name: className,
  };
}

/** A layer's dtype as Keras's policy. */
export function policy(dtype: string): Spec {
  return {
    module: 'keras',
    class_name: 'DTypePolicy',
    config: { name: dtype },
    registered_name: null,
  };
}

/** The shapes that Keras calls `build` with: one, or for several arguments one each by name. */
function buildConfigOf(layer: Layer): Spec {
  const { buildShape } = layer;
  if (buildShape === undefined) return {};
  if (Array.isArray(buildShape[0])) {
    if (layer instanceof HeadsAttention) {
      const [query_shape, value_shape, key_shape] = buildShape;
      const shapes_dict = { query_shape, value_shape, ...(key_shape ? { key_shape } : {}) };
      return { build_config: { shapes_dict } };
    }
    if (layer instanceof RNN || layer instanceof Bidirectional) {
      return { build_config: { input_shape: buildShape[0] } };
    }
  }
  return { build_config: { input_shape: buildShape } };
}
