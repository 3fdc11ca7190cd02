import { factories, registries, type SerializedObject } from '../registry.ts';
import { activationLayers } from './activations/index.ts';
import { attentionLayers } from './attention/index.ts';
import { convolutionLayers } from './convolution/index.ts';
import { coreLayers } from './core/index.ts';
import { buildLayer } from './core/wrapper.ts';
import { Dense } from './dense.ts';
import { InputLayer } from './input.ts';
import { Layer } from './layer.ts';
import { mergingLayers } from './merging/index.ts';
import { normalizationLayers } from './normalization/index.ts';
import { poolingLayers } from './pooling/index.ts';
import { preprocessingLayers } from './preprocessing/index.ts';
import { rearrangingLayers } from './rearranging/index.ts';
import { recurrentLayers } from './recurrent/index.ts';
import { regularizationLayers } from './regularization/index.ts';
import { ActivationLayer, Flatten, Reshape } from './reshaping.ts';

const own = {
  input: InputLayer,
  dense: Dense,
  activation: ActivationLayer,
  flatten: Flatten,
  reshape: Reshape,
};

registries.layers.base = Layer;
registries.layers.register(own);

const classes = {
  ...own,
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
};

/** Options of all layers that configurations leave out, `trainable` those of a few. */
const COMMON = ['inputShape', 'batchShape', 'trainable', 'activityRegularizer'];

/** One function a layer: `layers.dense({ units: 10 })`. @namespace */
export const layers = {
  ...factories(classes, COMMON),
  /** The layer (or sequential or functional model) of a configuration, built where that says for what shape. */
  deserialize: (spec: SerializedObject): Layer => {
    const layer: Layer = registries.layers.deserialize(spec);
    const { build_config: built } = spec as { build_config?: { input_shape?: unknown } | null };
    if (built?.input_shape && !layer.built) buildLayer(layer, built.input_shape);
    return layer;
  },
  serialize: (layer: Layer) => registries.layers.serialize(layer),
};
