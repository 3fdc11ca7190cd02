import { registries } from '../../registry.ts';
import {
  AlphaDropout,
  Dropout,
  type DropoutOptions,
  GaussianDropout,
  GaussianNoise,
  type GaussianNoiseOptions,
  type RateOptions,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
  type SpatialDropoutOptions,
} from './dropout.ts';

registries.layers.register({
  Dropout,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
  GaussianDropout,
  GaussianNoise,
  AlphaDropout,
});

export const regularizationLayers = {
  dropout: (options: DropoutOptions) => new Dropout(options),
  spatialDropout1d: (options: RateOptions) => new SpatialDropout1D(options),
  spatialDropout2d: (options: SpatialDropoutOptions) => new SpatialDropout2D(options),
  spatialDropout3d: (options: SpatialDropoutOptions) => new SpatialDropout3D(options),
  gaussianDropout: (options: RateOptions) => new GaussianDropout(options),
  gaussianNoise: (options: GaussianNoiseOptions) => new GaussianNoise(options),
  alphaDropout: (options: DropoutOptions) => new AlphaDropout(options),
};
