import { hashBits } from '../../../src/graph/random.ts';

/** Numbers from a seed, one after another; the same seed gives the same data and the same shuffles. */
export class RandomStream {
  readonly #seed: number;
  readonly #stream: number;
  #counter = 0;

  constructor(seed: number, stream = 0) {
    this.#seed = seed | 0;
    this.#stream = stream | 0;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    const bits = hashBits(this.#seed, this.#stream, this.#counter++) >>> 8;
    return low + (bits / 2 ** 24) * (high - low);
  }

  /** Normal, by Box and Muller's transformation. */
  normal(mean = 0, variance = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + Math.sqrt(variance) * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A permutation of 0..n-1 (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}
