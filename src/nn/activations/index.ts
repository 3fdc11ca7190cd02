import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { normalizeName, toSnakeCase } from '../names.ts';
import { isSerialized, type SerializedObject } from '../registry.ts';

/**
 * Activation functions, from the lectures and from Keras. All are element-wise but softmax,
 * logSoftmax and sparsemax, which run over an axis, and glu, which halves one.
 */

export type Activation = (x: Tensor) => Tensor;

/** The identity. */
const linear = (x: Tensor): Tensor => x;

/** 1 from 0 on, 0 below: the perceptron's (Rosenblatt 1958). Its gradient is 0 everywhere. */
const binaryStep = (x: Tensor): Tensor => ops.cast(ops.greaterEqual(x, 0), x.dtype);

/** 0 below -1/2, 1 above 1/2, straight between. */
const piecewiseLinear = (x: Tensor): Tensor => ops.clip(x.add(0.5), 0, 1);

/** The lectures' rigid sigmoid: clip((z + 1) / 2, 0, 1). */
const rigidSigmoid = (x: Tensor): Tensor => ops.clip(x.add(1).div(2), 0, 1);

/** Keras 2's hard sigmoid: clip(0.2 x + 0.5, 0, 1). Keras 3's is `hardSigmoid`. */
const hardSigmoidKeras2 = (x: Tensor): Tensor => ops.clip(x.mul(0.2).add(0.5), 0, 1);

/** exp(-x^2). */
const gaussian = (x: Tensor): Tensor => x.square().neg().exp();

/** e^x. */
const exponential = (x: Tensor): Tensor => x.exp();

/**
 * e^(x/T) / sum(e^(x/T)) along an axis, without overflow. A temperature above 1 evens the probabilities
 * out, one below sharpens them.
 */
function softmax(x: Tensor, { axis = -1, temperature = 1 } = {}): Tensor {
  if (!(temperature > 0)) {
    fail('softmax', `the temperature is ${temperature}; expected a positive number`);
  }
  return (temperature === 1 ? x : x.div(temperature)).softmax(axis);
}

export const activationFunctions = {
  linear,
  binaryStep,
  piecewiseLinear,
  rigidSigmoid,
  hardSigmoidKeras2,
  gaussian,
  exponential,
  softmax,
  logSoftmax: (x: Tensor, { axis = -1 } = {}): Tensor => ops.logSoftmax(x, axis),
  relu: (x: Tensor): Tensor => x.relu(),
  sigmoid: (x: Tensor): Tensor => x.sigmoid(),
  tanh: (x: Tensor): Tensor => x.tanh(),
};

export type ActivationName = keyof typeof activationFunctions;
export type ActivationSpec = Activation | ActivationName | SerializedObject;

const byName = new Map<string, Activation>();
const nameOfFunction = new Map<Activation, string>();
for (const [name, fn] of Object.entries(activationFunctions)) {
  byName.set(normalizeName(name), fn as Activation);
  nameOfFunction.set(fn as Activation, name);
}

/** An activation by name or as it is; none is the identity. */
function get(spec: ActivationSpec | null | undefined): Activation {
  if (spec === null || spec === undefined) return linear;
  if (typeof spec === 'function') return spec;
  const name = isSerialized(spec) ? (spec.config as unknown as string) : spec;
  const found = typeof name === 'string' ? byName.get(normalizeName(name)) : undefined;
  if (!found) {
    fail(
      'activation',
      `'${name}' is not known; expected one of ${Object.keys(activationFunctions).join(', ')}, or a function of a tensor`,
    );
  }
  return found;
}

/** Keras's name of an activation; a function of your own goes by its own name. */
function serialize(activation: Activation): string {
  const name = nameOfFunction.get(activation);
  if (name) return toSnakeCase(name);
  if (activation.name) return activation.name;
  return fail('activation', 'an anonymous function has no name to be saved under; register it');
}

/** Makes an activation of your own known by name. */
function register(name: string, activation: Activation): void {
  byName.set(normalizeName(name), activation);
  nameOfFunction.set(activation, name);
}

export const activations = { ...activationFunctions, get, serialize, deserialize: get, register };
