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

export type Activation = (x: Tensor) => Tensor;

const aliases = { swish: activationFunctions.silu, hardSwish: activationFunctions.hardSilu };

export type ActivationName = NameOf<
  Exclude<keyof typeof activationFunctions, 'threshold'> | keyof typeof aliases
>;

/** A layer used as an activation, such as `layers.leakyRelu()`. */
export interface ActivationLayer extends Configurable {
  call(x: Tensor): Tensor;
}

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

export const activations = { ...activationFunctions, get, serialize, deserialize: get, register };
