/** What data sets of labelled images share: their form and their options. */

import { allocate } from '../graph/dtype.ts';
import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';

export interface ImageDatasetOptions {
  /** False: pixels stay 0..255; true (the default): 0..1. float32 either way. */
  normalize?: boolean;
  /** True (the default): y is float32 [n, 10]; false: the class numbers, int32 [n]. */
  oneHot?: boolean;
}

export interface LabelledArrays {
  x: NDArray;
  y: NDArray;
}

export interface TrainTestData {
  train: LabelledArrays;
  test: LabelledArrays;
}

/** Bytes as float32 of `shape`, divided by 255 if `normalize`. */
export function pixels(bytes: Uint8Array, shape: readonly number[], normalize: boolean): NDArray {
  const values = Float32Array.from({ length: 256 }, (_, i) => (normalize ? i / 255 : i));
  const data = new Float32Array(bytes.length);
  for (let i = 0; i < data.length; i++) data[i] = values[bytes[i]];
  return { data, shape, dtype: 'float32' };
}

/** Class numbers as float32 [n, classes] if `oneHot`, else int32 [n]. Error: a label of `classes` or more. */
export function classLabels(labels: Uint8Array, classes: number, oneHot: boolean): NDArray {
  const n = labels.length;
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new NablaError(
      `label ${wrong} is ${labels[wrong]}, expected 0..${classes - 1}; the label file is damaged or another one`,
    );
  }
  if (!oneHot) return { data: Int32Array.from(labels), shape: [n], dtype: 'int32' };
  const data = allocate('float32', n * classes);
  for (let i = 0; i < n; i++) data[i * classes + labels[i]] = 1;
  return { data, shape: [n, classes], dtype: 'float32' };
}
