import { registries } from '../../registry.ts';
import {
  Conv1D,
  type Conv1DOptions,
  Conv2D,
  type Conv2DOptions,
  Conv3D,
  type Conv3DOptions,
} from './conv.ts';
import {
  Conv1DTranspose,
  Conv2DTranspose,
  Conv3DTranspose,
  type ConvTransposeOptions,
} from './conv-transpose.ts';
import { DepthwiseConv1D, DepthwiseConv2D, type DepthwiseConvOptions } from './depthwise.ts';
import { SeparableConv1D, SeparableConv2D, type SeparableConvOptions } from './separable.ts';

registries.layers.register({
  Conv1D,
  Conv2D,
  Conv3D,
  Convolution1D: Conv1D,
  Convolution2D: Conv2D,
  Convolution3D: Conv3D,
  Conv1DTranspose,
  Conv2DTranspose,
  Conv3DTranspose,
  Convolution1DTranspose: Conv1DTranspose,
  Convolution2DTranspose: Conv2DTranspose,
  Convolution3DTranspose: Conv3DTranspose,
  Deconvolution2D: Conv2DTranspose,
  Deconvolution3D: Conv3DTranspose,
  DepthwiseConv1D,
  DepthwiseConv2D,
  SeparableConv1D,
  SeparableConv2D,
  SeparableConvolution1D: SeparableConv1D,
  SeparableConvolution2D: SeparableConv2D,
});

export const convolutionLayers = {
  conv1d: (options: Conv1DOptions) => new Conv1D(options),
  conv2d: (options: Conv2DOptions) => new Conv2D(options),
  conv3d: (options: Conv3DOptions) => new Conv3D(options),
  conv1dTranspose: (options: ConvTransposeOptions) => new Conv1DTranspose(options),
  conv2dTranspose: (options: ConvTransposeOptions) => new Conv2DTranspose(options),
  conv3dTranspose: (options: ConvTransposeOptions) => new Conv3DTranspose(options),
  depthwiseConv1d: (options: DepthwiseConvOptions) => new DepthwiseConv1D(options),
  depthwiseConv2d: (options: DepthwiseConvOptions) => new DepthwiseConv2D(options),
  separableConv1d: (options: SeparableConvOptions) => new SeparableConv1D(options),
  separableConv2d: (options: SeparableConvOptions) => new SeparableConv2D(options),
};
