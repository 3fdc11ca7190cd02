import { describe, expect, it } from 'vitest';
import { layers } from '../../src/nn/layers/index.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { testLayer } from './harness.ts';

testLayer('Conv1D', {
  make: (o) => layers.conv1d({ ...o, filters: 3, kernelSize: 2, activation: 'tanh' }),
  input: [2, 5, 4],
  outputShape: [2, 4, 3],
  trainable: 2,
});
testLayer('Conv1D, causal and dilated', {
  make: (o) =>
    layers.conv1d({
      ...o,
      filters: 4,
      kernelSize: 3,
      padding: 'causal',
      dilationRate: 2,
      groups: 2,
    }),
  input: [2, 6, 4],
  outputShape: [2, 6, 4],
  trainable: 2,
});
testLayer('Conv2D', {
  make: (o) => layers.conv2d({ ...o, filters: 3, kernelSize: [2, 3] }),
  input: [2, 5, 6, 2],
  outputShape: [2, 4, 4, 3],
  trainable: 2,
});
testLayer('Conv2D, same, strided, without bias', {
  make: (o) =>
    layers.conv2d({
      ...o,
      filters: 4,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      useBias: false,
      kernelRegularizer: 'l2',
      kernelConstraint: 'maxNorm',
    }),
  input: [1, 6, 5, 2],
  outputShape: [1, 3, 3, 4],
  trainable: 1,
});
testLayer('Conv2D, channels first, grouped', {
  make: (o) =>
    layers.conv2d({
      ...o,
      filters: 4,
      kernelSize: 2,
      groups: 2,
      dataFormat: 'channelsFirst',
      biasInitializer: 'ones',
    }),
  input: [2, 4, 4, 5],
  outputShape: [2, 4, 3, 4],
  trainable: 2,
});
testLayer('Conv3D', {
  make: (o) => layers.conv3d({ ...o, filters: 2, kernelSize: 2, padding: 'same' }),
  input: [1, 3, 4, 3, 2],
  outputShape: [1, 3, 4, 3, 2],
  trainable: 2,
});
testLayer('Conv2D with a low-rank update', {
  make: (o) => layers.conv2d({ ...o, filters: 3, kernelSize: 2, loraRank: 2, loraAlpha: 3 }),
  input: [1, 4, 4, 2],
  outputShape: [1, 3, 3, 3],
  trainable: 3,
  nonTrainable: 1,
});
testLayer('Conv1DTranspose', {
  make: (o) => layers.conv1dTranspose({ ...o, filters: 3, kernelSize: 3, strides: 2 }),
  input: [2, 4, 2],
  outputShape: [2, 9, 3],
  trainable: 2,
});
testLayer('Conv2DTranspose, same', {
  make: (o) =>
    layers.conv2dTranspose({ ...o, filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
  input: [1, 3, 4, 2],
  outputShape: [1, 6, 8, 2],
  trainable: 2,
});
testLayer('Conv2DTranspose, channels first, output padding', {
  make: (o) =>
    layers.conv2dTranspose({
      ...o,
      filters: 2,
      kernelSize: [2, 3],
      strides: 3,
      outputPadding: 1,
      dataFormat: 'channelsFirst',
      activation: 'sigmoid',
    }),
  input: [1, 2, 3, 2],
  outputShape: [1, 2, 9, 7],
  trainable: 2,
});
testLayer('Conv3DTranspose', {
  make: (o) =>
    layers.conv3dTranspose({ ...o, filters: 2, kernelSize: 2, strides: 2, useBias: false }),
  input: [1, 2, 2, 3, 2],
  outputShape: [1, 4, 4, 6, 2],
  trainable: 1,
});
testLayer('DepthwiseConv1D', {
  make: (o) => layers.depthwiseConv1d({ ...o, kernelSize: 2, depthMultiplier: 2 }),
  input: [2, 5, 3],
  outputShape: [2, 4, 6],
  trainable: 2,
});
testLayer('DepthwiseConv2D', {
  make: (o) =>
    layers.depthwiseConv2d({ ...o, kernelSize: 3, padding: 'same', depthwiseRegularizer: 'l1' }),
  input: [1, 4, 5, 3],
  outputShape: [1, 4, 5, 3],
  trainable: 2,
});
testLayer('SeparableConv1D', {
  make: (o) => layers.separableConv1d({ ...o, filters: 4, kernelSize: 3, dilationRate: 2 }),
  input: [2, 7, 3],
  outputShape: [2, 3, 4],
  trainable: 3,
});
testLayer('SeparableConv2D', {
  make: (o) =>
    layers.separableConv2d({
      ...o,
      filters: 2,
      kernelSize: 2,
      strides: 2,
      depthMultiplier: 2,
      dataFormat: 'channelsFirst',
    }),
  input: [1, 3, 4, 4],
  outputShape: [1, 2, 2, 2],
  trainable: 3,
});

describe('wrong use of convolutions', () => {
  it('says what was received and what was expected', () => {
    const image = tensor(new Float32Array(32), [2, 4, 4]);
    expect(() => layers.conv2d({ filters: 3, kernelSize: 2 }).call(image)).toThrow(
      /conv2d: received the input shape \[2, 4, 4\]; expected \[batch, height, width, channels\]/,
    );
    expect(() => layers.conv2d({ filters: 0, kernelSize: 2 })).toThrow(/conv2d: filters is 0/);
    expect(() => layers.conv1d({ filters: 3, kernelSize: [2, 2] })).toThrow(/kernelSize/);
    expect(() => layers.conv2d({ filters: 3, kernelSize: 2, groups: 2 })).toThrow(/2 groups/);
    expect(() => layers.conv2d({ filters: 3, kernelSize: 2, padding: 'causal' as 'same' })).toThrow(
      /padding is 'causal'; expected 'valid' or 'same'/,
    );
    expect(() => layers.conv1d({ filters: 1, kernelSize: 5 }).call(image)).toThrow(
      /does not fit into 4 elements/,
    );
  });
});
