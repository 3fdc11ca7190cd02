import { fillBits } from '../graph/random.ts';

/** 0..n-1 in an order drawn from the stream (`seed`, `stream`), by Fisher and Yates's method. */
export function permutation(n: number, seed: number, stream = 0): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  shuffleInPlace(order, seed, stream);
  return order;
}

export function shuffleInPlace(values: Int32Array, seed: number, stream = 0): void {
  const bits = new Uint32Array(values.length);
  fillBits(seed, stream, bits);
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor((bits[i] / 2 ** 32) * (i + 1));
    const value = values[i];
    values[i] = values[j];
    values[j] = value;
  }
}
