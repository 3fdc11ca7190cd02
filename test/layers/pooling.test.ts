import { layers } from '../../src/nn/layers/index.ts';
import { testLayer } from './harness.ts';

testLayer('MaxPooling1D', {
  make: (o) => layers.maxPooling1d({ ...o, poolSize: 3, strides: 2, padding: 'same' }),
  input: [2, 7, 3],
  outputShape: [2, 4, 3],
});
testLayer('MaxPooling2D', {
  make: (o) => layers.maxPooling2d(o),
  input: [2, 6, 5, 3],
  outputShape: [2, 3, 2, 3],
});
testLayer('MaxPooling3D, channels first', {
  make: (o) => layers.maxPooling3d({ ...o, poolSize: [1, 2, 3], dataFormat: 'channelsFirst' }),
  input: [1, 2, 3, 4, 6],
  outputShape: [1, 2, 3, 2, 2],
});
testLayer('AveragePooling1D', {
  make: (o) => layers.averagePooling1d({ ...o, poolSize: 3, strides: 2, padding: 'same' }),
  input: [2, 7, 3],
  outputShape: [2, 4, 3],
});
testLayer('AveragePooling2D', {
  make: (o) => layers.averagePooling2d(o),
  input: [2, 6, 5, 3],
  outputShape: [2, 3, 2, 3],
});
testLayer('AveragePooling2D, channels first', {
  make: (o) =>
    layers.averagePooling2d({ ...o, poolSize: 3, padding: 'same', dataFormat: 'channels_first' }),
  input: [2, 3, 6, 5],
  outputShape: [2, 3, 2, 2],
});
testLayer('AveragePooling3D', {
  make: (o) => layers.averagePooling3d({ ...o, poolSize: 2, strides: 1, padding: 'same' }),
  input: [1, 3, 4, 3, 2],
  outputShape: [1, 3, 4, 3, 2],
});
testLayer('GlobalAveragePooling1D', {
  make: (o) => layers.globalAveragePooling1d(o),
  input: [2, 5, 3],
  outputShape: [2, 3],
  masking: true,
});
testLayer('GlobalAveragePooling2D', {
  make: (o) => layers.globalAveragePooling2d(o),
  input: [2, 5, 4, 3],
  outputShape: [2, 3],
});
testLayer('GlobalAveragePooling3D', {
  make: (o) => layers.globalAveragePooling3d({ ...o, keepdims: true, dataFormat: 'channelsFirst' }),
  input: [1, 3, 2, 4, 3],
  outputShape: [1, 3, 1, 1, 1],
});
testLayer('GlobalMaxPooling1D', {
  make: (o) => layers.globalMaxPooling1d({ ...o, keepdims: true }),
  input: [2, 5, 3],
  outputShape: [2, 1, 3],
});
testLayer('GlobalMaxPooling2D', {
  make: (o) => layers.globalMaxPooling2d({ ...o, dataFormat: 'channelsFirst' }),
  input: [2, 3, 5, 4],
  outputShape: [2, 3],
});
testLayer('GlobalMaxPooling3D', {
  make: (o) => layers.globalMaxPooling3d(o),
  input: [1, 3, 2, 4, 3],
  outputShape: [1, 3],
});
testLayer('AdaptiveAveragePooling1D', {
  make: (o) => layers.adaptiveAveragePooling1d({ ...o, outputSize: 4 }),
  input: [2, 7, 3],
  outputShape: [2, 4, 3],
});
testLayer('AdaptiveAveragePooling2D', {
  make: (o) =>
    layers.adaptiveAveragePooling2d({ ...o, outputSize: [2, 4], dataFormat: 'channelsFirst' }),
  input: [2, 2, 5, 6],
  outputShape: [2, 2, 2, 4],
});
testLayer('AdaptiveAveragePooling3D', {
  make: (o) => layers.adaptiveAveragePooling3d({ ...o, outputSize: 2 }),
  input: [1, 3, 4, 5, 2],
  outputShape: [1, 2, 2, 2, 2],
});
testLayer('AdaptiveMaxPooling1D', {
  make: (o) => layers.adaptiveMaxPooling1d({ ...o, outputSize: 4 }),
  input: [2, 7, 3],
  outputShape: [2, 4, 3],
});
testLayer('AdaptiveMaxPooling2D', {
  make: (o) =>
    layers.adaptiveMaxPooling2d({ ...o, outputSize: [2, 4], dataFormat: 'channelsFirst' }),
  input: [2, 2, 5, 6],
  outputShape: [2, 2, 2, 4],
});
testLayer('AdaptiveMaxPooling3D', {
  make: (o) => layers.adaptiveMaxPooling3d({ ...o, outputSize: 2 }),
  input: [1, 3, 4, 5, 2],
  outputShape: [1, 2, 2, 2, 2],
});
