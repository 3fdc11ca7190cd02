import { registries } from '../../registry.ts';
import { Permute, RepeatVector } from './axes.ts';
import {
  Cropping1D,
  Cropping2D,
  Cropping3D,
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
} from './padding.ts';
import { UpSampling1D, UpSampling2D, UpSampling3D } from './up-sampling.ts';

export const rearrangingLayers = {
  zeroPadding1d: ZeroPadding1D,
  zeroPadding2d: ZeroPadding2D,
  zeroPadding3d: ZeroPadding3D,
  cropping1d: Cropping1D,
  cropping2d: Cropping2D,
  cropping3d: Cropping3D,
  upSampling1d: UpSampling1D,
  upSampling2d: UpSampling2D,
  upSampling3d: UpSampling3D,
  permute: Permute,
  repeatVector: RepeatVector,
};

registries.layers.register(rearrangingLayers);
