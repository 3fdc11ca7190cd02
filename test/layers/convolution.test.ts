import { layers } from '../../src/nn/layers/index.ts';
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
