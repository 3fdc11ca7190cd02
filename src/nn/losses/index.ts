import type { Tensor } from '../../tensor/tensor.ts';
import { registries, type SerializedObject } from '../registry.ts';
import {
  BinaryCrossentropy,
  binaryCrossentropy,
  CategoricalCrossentropy,
  type CrossentropyOptions,
  categoricalCrossentropy,
  type SmoothedCrossentropyOptions,
  SparseCategoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './crossentropy.ts';
import { Loss, type LossOptions } from './loss.ts';
import {
  MeanAbsoluteError,
  MeanSquaredError,
  meanAbsoluteError,
  meanSquaredError,
} from './regression.ts';

registries.losses.register({
  MeanSquaredError,
  MeanAbsoluteError,
  BinaryCrossentropy,
  CategoricalCrossentropy,
  SparseCategoricalCrossentropy,
  MSE: MeanSquaredError,
  MAE: MeanAbsoluteError,
});

export type LossName =
  | 'meanSquaredError'
  | 'mse'
  | 'meanAbsoluteError'
  | 'mae'
  | 'binaryCrossentropy'
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy';

/** A loss of your own: labels and predictions to one number a sample. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;
export type LossSpec = Loss | LossName | LossFunction | SerializedObject;

class FunctionLoss extends Loss {
  readonly #fn: LossFunction;

  constructor(fn: LossFunction) {
    super({ name: fn.name || 'loss' });
    this.#fn = fn;
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.#fn(yTrue, yPred);
  }
}

export const losses = {
  meanSquaredError: (options?: LossOptions) => new MeanSquaredError(options),
  meanAbsoluteError: (options?: LossOptions) => new MeanAbsoluteError(options),
  binaryCrossentropy: (options?: SmoothedCrossentropyOptions) => new BinaryCrossentropy(options),
  categoricalCrossentropy: (options?: SmoothedCrossentropyOptions) =>
    new CategoricalCrossentropy(options),
  sparseCategoricalCrossentropy: (options?: CrossentropyOptions) =>
    new SparseCategoricalCrossentropy(options),
  get: (spec: LossSpec): Loss =>
    typeof spec === 'function' ? new FunctionLoss(spec) : registries.losses.get(spec),
  deserialize: (spec: SerializedObject): Loss => registries.losses.deserialize(spec),
  serialize: (loss: Loss) => registries.losses.serialize(loss),
};

/** The same as functions from labels and predictions to one number a sample. */
export const lossFunctions = {
  meanSquaredError,
  meanAbsoluteError,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
};
