import type { Tensor } from '../../tensor/tensor.ts';
import { type NameOf, toSnakeCase } from '../names.ts';
import {
  type Configurable,
  isSerialized,
  registries,
  type SerializedObject,
  serializeObject,
} from '../registry.ts';
import { activationFunctions } from './functions.ts';

export { activationFunctions } from './functions.ts';

/** Maps a net input of any shape to an output of the same shape. */
export type Activation = (x: Tensor) => Tensor;

const aliases = { swish: activationFunctions.silu, hardSwish: activationFunctions.hardSilu };

/** The activations that are known by name, as 'hardSigmoid' or as Keras writes it, 'hard_sigmoid'. */
export type ActivationName = NameOf<
  Exclude<keyof typeof activationFunctions, 'threshold'> | keyof typeof aliases
>;

/** A layer used as an activation, such as `layers.leakyRelu()`. */
export interface ActivationLayer extends Configurable {
  call(x: Tensor): Tensor;
}

/** Wherever a layer takes an activation: a function, a name, a layer, or a configuration. */
export type ActivationSpec = Activation | ActivationName | ActivationLayer | SerializedObject;

registries.activations.wrap = (fn: Activation) => fn;
registries.activations.register({ ...activationFunctions, ...aliases });

const wrapped = new WeakMap<Activation, ActivationLayer>();

function fromLayer(layer: ActivationLayer): Activation {
  const activation = (x: Tensor) => layer.call(x);
  wrapped.set(activation, layer);
  return activation;
}

/** An activation by name, as a function, as a layer or by configuration; none is the identity. */
function get(spec: ActivationSpec | null | undefined): Activation {
  if (spec === null || spec === undefined) return activationFunctions.linear;
  if (isSerialized(spec) && registries.layers.has(spec.class_name)) {
    return fromLayer(registries.layers.deserialize(spec));
  }
  if (typeof spec === 'object' && 'call' in spec) return fromLayer(spec);
  return registries.activations.get(spec);
}

/** Keras's form of an activation: its name, or the configuration of a layer. */
function serialize(activation: Activation): string | SerializedObject {
  const layer = wrapped.get(activation);
  return layer ? serializeObject(layer) : toSnakeCase(registries.activations.nameOf(activation));
}

/** Makes an activation of your own known by name. */
function register(name: string, activation: Activation): void {
  registries.activations.register({ [name]: activation }, { custom: true });
}

/**
 * Functions between layers, as Keras has them: `activations.relu(x)`, and by name in `dense({ activation:
 * 'relu' })`.
 * @namespace
 */
export const activations = { ...activationFunctions, get, serialize, deserialize: get, register };
