import { registries, type SerializedObject } from '../registry.ts';
import { Adam, type AdamOptions } from './adam.ts';
import type { Optimizer } from './optimizer.ts';
import { SGD, type SGDOptions } from './sgd.ts';

registries.optimizers.register({ SGD, Adam });

export type OptimizerName = 'sgd' | 'adam';
export type OptimizerSpec = Optimizer | OptimizerName | SerializedObject;

export const optimizers = {
  sgd: (options?: SGDOptions) => new SGD(options),
  adam: (options?: AdamOptions) => new Adam(options),
  get: (spec: OptimizerSpec): Optimizer => registries.optimizers.get(spec),
  deserialize: (spec: SerializedObject): Optimizer => registries.optimizers.deserialize(spec),
  serialize: (optimizer: Optimizer) => registries.optimizers.serialize(optimizer),
};
