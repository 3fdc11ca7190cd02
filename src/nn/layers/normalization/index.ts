import { registries } from '../../registry.ts';
import { BatchNormalization, type BatchNormalizationOptions } from './batch-normalization.ts';
import { GroupNormalization, type GroupNormalizationOptions } from './group-normalization.ts';
import {
  LayerNormalization,
  type LayerNormalizationOptions,
  RMSNormalization,
  type RMSNormalizationOptions,
  UnitNormalization,
  type UnitNormalizationOptions,
} from './layer-normalization.ts';
import {
  SpectralNormalization,
  type SpectralNormalizationOptions,
} from './spectral-normalization.ts';

registries.layers.register({
  BatchNormalization,
  BatchNormalizationV1: BatchNormalization,
  BatchNormalizationV2: BatchNormalization,
  LayerNormalization,
  GroupNormalization,
  RMSNormalization,
  UnitNormalization,
  SpectralNormalization,
});

export const normalizationLayers = {
  batchNormalization: (options?: BatchNormalizationOptions) => new BatchNormalization(options),
  layerNormalization: (options?: LayerNormalizationOptions) => new LayerNormalization(options),
  groupNormalization: (options?: GroupNormalizationOptions) => new GroupNormalization(options),
  rmsNormalization: (options?: RMSNormalizationOptions) => new RMSNormalization(options),
  unitNormalization: (options?: UnitNormalizationOptions) => new UnitNormalization(options),
  spectralNormalization: (options: SpectralNormalizationOptions) =>
    new SpectralNormalization(options),
};
