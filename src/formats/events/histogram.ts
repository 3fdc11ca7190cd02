/** Histograms as TensorBoard keeps them: rows of left edge, right edge and count. */
import { NablaError } from '../../graph/errors.ts';

export interface Histogram {
  /** Buckets in order, [left edge, right edge, count] each: shape [buckets, 3]. */
  readonly values: Float64Array;
  readonly buckets: number;
}

/**
 * Buckets of equal width from the smallest to the largest value; a value on an edge counts to the right, the
 * largest to the last bucket. When all values are equal, every edge is that value and the last bucket holds
 * all; of no values all is zero. Values that are not finite have no place and are left out.
 */
export function histogram(data: ArrayLike<number>, buckets = 30): Histogram {
  if (!(Number.isInteger(buckets) && buckets >= 1)) {
    throw new NablaError(`histogram: ${buckets} buckets; give a whole number of at least 1`);
  }
  const values = new Float64Array(3 * buckets);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i];
    if (!Number.isFinite(x)) continue;
    if (x < min) min = x;
    if (x > max) max = x;
    count++;
  }
  if (count === 0) return { values, buckets };
  const width = (max - min) / buckets;
  const edge = (i: number): number => (i === buckets ? max : min + i * width);
  for (let k = 0; k < buckets; k++) {
    values[3 * k] = edge(k);
    values[3 * k + 1] = edge(k + 1);
  }
  if (width === 0) {
    values[3 * buckets - 1] = count;
    return { values, buckets };
  }
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) continue;
    const k = Math.min(buckets - 1, Math.floor((data[i] - min) / width));
    values[3 * k + 2]++;
  }
  return { values, buckets };
}
