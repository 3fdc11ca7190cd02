import { registries } from '../../registry.ts';
import { Permute, type PermuteOptions, RepeatVector, type RepeatVectorOptions } from './axes.ts';
import {
  Cropping1D,
  Cropping2D,
  Cropping3D,
  type CroppingOptions,
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
  type ZeroPaddingOptions,
} from './padding.ts';
import {
  UpSampling1D,
  UpSampling2D,
  type UpSampling2DOptions,
  UpSampling3D,
  type UpSamplingOptions,
} from './up-sampling.ts';

registries.layers.register({
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
  Cropping1D,
  Cropping2D,
  Cropping3D,
  UpSampling1D,
  UpSampling2D,
  UpSampling3D,
  Permute,
  RepeatVector,
});

export const rearrangingLayers = {
  zeroPadding1d: (options?: ZeroPaddingOptions) => new ZeroPadding1D(options),
  zeroPadding2d: (options?: ZeroPaddingOptions) => new ZeroPadding2D(options),
  zeroPadding3d: (options?: ZeroPaddingOptions) => new ZeroPadding3D(options),
  cropping1d: (options?: Omit<CroppingOptions, 'dataFormat'>) => new Cropping1D(options),
  cropping2d: (options?: CroppingOptions) => new Cropping2D(options),
  cropping3d: (options?: CroppingOptions) => new Cropping3D(options),
  upSampling1d: (options?: Omit<UpSamplingOptions, 'dataFormat'>) => new UpSampling1D(options),
  upSampling2d: (options?: UpSampling2DOptions) => new UpSampling2D(options),
  upSampling3d: (options?: UpSamplingOptions) => new UpSampling3D(options),
  permute: (options: PermuteOptions) => new Permute(options),
  repeatVector: (options: RepeatVectorOptions) => new RepeatVector(options),
};
