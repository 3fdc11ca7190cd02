import { registries } from '../../registry.ts';
import { BatchNormalization } from './batch-normalization.ts';
import { GroupNormalization } from './group-normalization.ts';
import { LayerNormalization, RMSNormalization, UnitNormalization } from './layer-normalization.ts';
import { SpectralNormalization } from './spectral-normalization.ts';

export const normalizationLayers = {
  batchNormalization: BatchNormalization,
  layerNormalization: LayerNormalization,
  groupNormalization: GroupNormalization,
  rmsNormalization: RMSNormalization,
  unitNormalization: UnitNormalization,
  spectralNormalization: SpectralNormalization,
};

registries.layers.register({
  ...normalizationLayers,
  BatchNormalizationV1: BatchNormalization,
  BatchNormalizationV2: BatchNormalization,
});
