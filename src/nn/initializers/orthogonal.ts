import { allocate, type DType } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { RandomInitializer, type SeedOptions } from './random.ts';

export interface OrthogonalOptions extends SeedOptions {
  readonly gain?: number;
}

/**
 * A random orthogonal matrix times `gain` (Saxe et al. 2014), so that products of many such matrices
 * neither grow nor vanish: for recurrent weights. All axes but the last count as rows; where there are
 * fewer rows than columns the rows are orthonormal, else the columns.
 */
export class Orthogonal extends RandomInitializer {
  static readonly className = 'Orthogonal';
  readonly gain: number;

  constructor(options: OrthogonalOptions = {}) {
    super(options);
    this.gain = options.gain ?? 1;
  }

  initialize(shape: readonly number[], dtype: DType): NDArray {
    if (shape.length < 2) {
      fail('Orthogonal', `received shape [${shape.join(', ')}]; expected two axes or more`);
    }
    const columns = shape.at(-1)!;
    const rows = shape.slice(0, -1).reduce((p, d) => p * d, 1);
    const length = Math.max(rows, columns);
    const count = Math.min(rows, columns);
    const vectors = this.normal([count, length], 'float64', 0, 1).data as Float64Array;
    orthonormalize(vectors, count, length);
    const data = allocate(dtype, rows * columns);
    for (let v = 0; v < count; v++) {
      for (let k = 0; k < length; k++) {
        const at = rows < columns ? v * columns + k : k * columns + v;
        data[at] = this.gain * vectors[v * length + k];
      }
    }
    return { data, shape: [...shape], dtype };
  }

  getConfig() {
    return { seed: this.seed, gain: this.gain };
  }
}

/**
 * Gram and Schmidt's method on vectors that lie one behind another, each twice against rounding. Of
 * normally distributed vectors the result is a uniformly distributed orthogonal matrix: it is the Q of
 * the QR decomposition whose R has a positive diagonal.
 */
function orthonormalize(vectors: Float64Array, count: number, length: number): void {
  for (let v = 0; v < count; v++) {
    const own = vectors.subarray(v * length, (v + 1) * length);
    for (let round = 0; round < 2; round++) {
      for (let u = 0; u < v; u++) {
        const other = vectors.subarray(u * length, (u + 1) * length);
        let dot = 0;
        for (let k = 0; k < length; k++) dot += own[k] * other[k];
        for (let k = 0; k < length; k++) own[k] -= dot * other[k];
      }
    }
    let square = 0;
    for (let k = 0; k < length; k++) square += own[k] * own[k];
    const scale = 1 / Math.sqrt(square);
    for (let k = 0; k < length; k++) own[k] *= scale;
  }
}
