import { registries, type SerializedObject } from '../registry.ts';
import { BatchNormalization, type BatchNormalizationOptions } from './batch-normalization.ts';
import { convolutionLayers } from './convolution/index.ts';
import { Dense, type DenseOptions } from './dense.ts';
import { Dropout, type DropoutOptions } from './dropout.ts';
import { InputLayer, type InputOptions } from './input.ts';
import type { Layer } from './layer.ts';
import { poolingLayers } from './pooling/index.ts';
import {
  ActivationLayer,
  type ActivationOptions,
  Flatten,
  type FlattenOptions,
  Reshape,
  type ReshapeOptions,
} from './reshaping.ts';

registries.layers.register({
  InputLayer,
  Dense,
  Activation: ActivationLayer,
  Flatten,
  Reshape,
  Dropout,
  BatchNormalization,
});

/** One function a layer: `layers.dense({ units: 10 })`. */
export const layers = {
  input: (options: InputOptions) => new InputLayer(options),
  dense: (options: DenseOptions) => new Dense(options),
  activation: (options: ActivationOptions) => new ActivationLayer(options),
  flatten: (options?: FlattenOptions) => new Flatten(options),
  reshape: (options: ReshapeOptions) => new Reshape(options),
  dropout: (options: DropoutOptions) => new Dropout(options),
  batchNormalization: (options?: BatchNormalizationOptions) => new BatchNormalization(options),
  ...convolutionLayers,
  ...poolingLayers,
  deserialize: (spec: SerializedObject): Layer => registries.layers.deserialize(spec),
  serialize: (layer: Layer) => registries.layers.serialize(layer),
};
