import { argMaxOf } from '../graph/arg-max.ts';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';

/** The weight of each class, by its number; classes that are not named weigh 1. */
export type ClassWeight = Readonly<Record<number, number>>;

/** One weight a sample: that of its class, times its own where it has one. */
export function classWeights(
  labels: NDArray,
  weights: ClassWeight,
  sampleWeight: NDArray | undefined,
): NDArray {
  if (sampleWeight && sampleWeight.data.length !== labels.shape[0]) {
    fail(
      'fit',
      `classWeight goes with sampleWeight of one number a sample; received the shape [${sampleWeight.shape.join(', ')}]`,
    );
  }
  const [samples] = labels.shape;
  const width = labels.data.length / Math.max(samples, 1);
  if (labels.shape.length > 2) {
    fail(
      'fit',
      'classWeight needs labels of shape [samples], [samples, 1] or one-hot [samples, classes]',
    );
  }
  const data = new Float32Array(samples);
  for (let i = 0; i < samples; i++) {
    const label = width > 1 ? argMaxOf(labels.data, i * width, width) : labels.data[i * width];
    // Labels that were computed with may be a rounding away from the number of their class.
    data[i] = (weights[Math.round(label)] ?? 1) * (sampleWeight ? sampleWeight.data[i] : 1);
  }
  return { data, shape: [samples], dtype: 'float32' };
}
