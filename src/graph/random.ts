/**
 * Counter-based random numbers: number `counter` of the stream (key0, key1) is a pure function of the
 * three, so streams can be drawn in any order, in parallel, and continued from a saved counter.
 *
 * The function is Chris Wellons's `triple32` integer permutation
 * (https://nullprogram.com/blog/2018/07/31/), with the key entering twice: added before the first round
 * and again between the first and the second. Two entries keep streams apart that a single one would
 * make shifted copies of each other. For one key it is a permutation of the 2^32 counters. Not for
 * cryptography.
 */

function triple32(value: number): number {
  let x = value;
  x ^= x >>> 17;
  x = Math.imul(x, 0xed5ad4bb);
  x ^= x >>> 11;
  x = Math.imul(x, 0xac4c1b51);
  x ^= x >>> 15;
  x = Math.imul(x, 0x31848bab);
  return x ^ (x >>> 14);
}

// Each word of the mixed key depends on both words of the key; the constants are the golden ratio's and
// the square root of three's first 32 fraction bits, so that the key (0, 0) is no special case.
function mixKeyFirst(key0: number, key1: number): number {
  return triple32((triple32((key0 + 0x9e3779b9) | 0) + key1) | 0);
}

function mixKeySecond(key0: number, key1: number): number {
  return triple32((triple32((key1 ^ 0xbb67ae85) | 0) ^ key0) | 0);
}

function permute(counter: number, first: number, second: number): number {
  let x = (counter + first) | 0;
  x ^= x >>> 17;
  x = (Math.imul(x, 0xed5ad4bb) + second) | 0;
  x ^= x >>> 11;
  x = Math.imul(x, 0xac4c1b51);
  x ^= x >>> 15;
  x = Math.imul(x, 0x31848bab);
  return x ^ (x >>> 14);
}

/** 32 random bits, an integer in [0, 2^32): number `counter` of the stream (key0, key1). All three are taken modulo 2^32. */
export function hashBits(key0: number, key1: number, counter: number): number {
  return permute(counter, mixKeyFirst(key0, key1), mixKeySecond(key0, key1)) >>> 0;
}

/**
 * Fills `out` with uniform numbers in [0, 1), multiples of 2^-24 (what float32 holds exactly). Element i
 * is `(hashBits(key0, key1, i) >>> 8) / 2^24`.
 */
export function fillUniform(key0: number, key1: number, out: Float32Array): void {
  const first = mixKeyFirst(key0, key1);
  const second = mixKeySecond(key0, key1);
  const unit = 2 ** -24;
  const n = out.length;
  for (let i = 0; i < n; i++) out[i] = (permute(i, first, second) >>> 8) * unit;
}

/** Fills `out` with random bits: element i is `hashBits(key0, key1, i)`. */
export function fillBits(key0: number, key1: number, out: Uint32Array): void {
  const first = mixKeyFirst(key0, key1);
  const second = mixKeySecond(key0, key1);
  const n = out.length;
  for (let i = 0; i < n; i++) out[i] = permute(i, first, second);
}
