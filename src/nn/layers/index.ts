import { registries, type SerializedObject } from '../registry.ts';
import { activationLayers } from './activations/index.ts';
import { attentionLayers } from './attention/index.ts';
import { convolutionLayers } from './convolution/index.ts';
import { coreLayers } from './core/index.ts';
import { Dense, type DenseOptions } from './dense.ts';
import { InputLayer, type InputOptions } from './input.ts';
import type { Layer } from './layer.ts';
import { mergingLayers } from './merging/index.ts';
import { normalizationLayers } from './normalization/index.ts';
import { poolingLayers } from './pooling/index.ts';
import { preprocessingLayers } from './preprocessing/index.ts';
import { rearrangingLayers } from './rearranging/index.ts';
import { recurrentLayers } from './recurrent/index.ts';
import { regularizationLayers } from './regularization/index.ts';
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
});

/** One function a layer: `layers.dense({ units: 10 })`. */
export const layers = {
  input: (options: InputOptions) => new InputLayer(options),
  dense: (options: DenseOptions) => new Dense(options),
  activation: (options: ActivationOptions) => new ActivationLayer(options),
  flatten: (options?: FlattenOptions) => new Flatten(options),
  reshape: (options: ReshapeOptions) => new Reshape(options),
  ...convolutionLayers,
  ...poolingLayers,
  ...rearrangingLayers,
  ...preprocessingLayers,
  ...coreLayers,
  ...activationLayers,
  ...attentionLayers,
  ...mergingLayers,
  ...normalizationLayers,
  ...recurrentLayers,
  ...regularizationLayers,
  deserialize: (spec: SerializedObject): Layer => registries.layers.deserialize(spec),
  serialize: (layer: Layer) => registries.layers.serialize(layer),
};
