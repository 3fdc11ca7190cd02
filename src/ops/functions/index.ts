/**
 * The array functions: compositions of primitives under NumPy's and Keras's names in camelCase. They
 * work on nodes; the tensor floor lifts each of them to tensors. What has a shape that depends on values
 * (nonzero, where with a condition alone) cannot exist here: shapes are known when the graph is built.
 */
export * from './activation.ts';
export * from './arithmetic.ts';
export * from './attention.ts';
export * from './blocks.ts';
export * from './comparison.ts';
export * from './convolution.ts';
export * from './creation.ts';
export * from './crossentropy.ts';
export * from './distance.ts';
export * from './einsum.ts';
export * from './elementary.ts';
export {
  extractSequences,
  fft,
  fft2,
  ifft2,
  irfft,
  istft,
  rfft,
  stft,
} from './fourier.ts';
export {
  gather,
  gatherNd,
  multiHot,
  oneHot,
  take,
  takeAlongAxis,
  unravelIndex,
} from './indexing.ts';
export * from './joining.ts';
export {
  cholesky,
  choleskyInverse,
  det,
  inv,
  logdet,
  lstsq,
  qr,
  slogdet,
  solve,
  solveTriangular,
} from './linalg.ts';
export {
  diag,
  diagflat,
  diagonal,
  eye,
  identity,
  matrixTranspose,
  trace,
  tri,
  tril,
  triu,
  vander,
} from './matrix.ts';
export * from './nan.ts';
export * from './normalization.ts';
export * from './padding.ts';
export * from './pooling.ts';
export * from './product.ts';
export * from './random.ts';
export * from './reduction.ts';
export * from './scatter.ts';
export * from './shape.ts';
export * from './slicing.ts';
export * from './sorting.ts';
export {
  bincount,
  corrcoef,
  cov,
  histogram,
  median,
  percentile,
  psnr,
  type QuantileMethod,
  quantile,
  trapezoid,
} from './statistics.ts';
export * from './tapers.ts';
export type { DataFormat, Padding } from './windows.ts';
