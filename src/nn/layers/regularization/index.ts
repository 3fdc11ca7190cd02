import { registries } from '../../registry.ts';
import {
  AlphaDropout,
  Dropout,
  GaussianDropout,
  GaussianNoise,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
} from './dropout.ts';

export const regularizationLayers = {
  dropout: Dropout,
  spatialDropout1d: SpatialDropout1D,
  spatialDropout2d: SpatialDropout2D,
  spatialDropout3d: SpatialDropout3D,
  gaussianDropout: GaussianDropout,
  gaussianNoise: GaussianNoise,
  alphaDropout: AlphaDropout,
};

registries.layers.register(regularizationLayers);
