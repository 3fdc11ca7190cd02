import { registries } from '../../registry.ts';
import { Conv1D, Conv2D, Conv3D } from './conv.ts';
import { Conv1DTranspose, Conv2DTranspose, Conv3DTranspose } from './conv-transpose.ts';
import { DepthwiseConv1D, DepthwiseConv2D } from './depthwise.ts';
import { SeparableConv1D, SeparableConv2D } from './separable.ts';

export const convolutionLayers = {
  conv1d: Conv1D,
  conv2d: Conv2D,
  conv3d: Conv3D,
  conv1dTranspose: Conv1DTranspose,
  conv2dTranspose: Conv2DTranspose,
  conv3dTranspose: Conv3DTranspose,
  depthwiseConv1d: DepthwiseConv1D,
  depthwiseConv2d: DepthwiseConv2D,
  separableConv1d: SeparableConv1D,
  separableConv2d: SeparableConv2D,
};

registries.layers.register({
  ...convolutionLayers,
  Convolution1D: Conv1D,
  Convolution2D: Conv2D,
  Convolution3D: Conv3D,
  Convolution1DTranspose: Conv1DTranspose,
  Convolution2DTranspose: Conv2DTranspose,
  Convolution3DTranspose: Conv3DTranspose,
  Deconvolution2D: Conv2DTranspose,
  Deconvolution3D: Conv3DTranspose,
  SeparableConvolution1D: SeparableConv1D,
  SeparableConvolution2D: SeparableConv2D,
});
