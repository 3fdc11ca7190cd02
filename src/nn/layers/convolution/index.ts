import { registries } from '../../registry.ts';
import {
  Conv1D,
  type Conv1DOptions,
  Conv2D,
  type Conv2DOptions,
  Conv3D,
  type Conv3DOptions,
} from './conv.ts';

registries.layers.register({
  Conv1D,
  Conv2D,
  Conv3D,
  Convolution1D: Conv1D,
  Convolution2D: Conv2D,
  Convolution3D: Conv3D,
});

export const convolutionLayers = {
  conv1d: (options: Conv1DOptions) => new Conv1D(options),
  conv2d: (options: Conv2DOptions) => new Conv2D(options),
  conv3d: (options: Conv3DOptions) => new Conv3D(options),
};
