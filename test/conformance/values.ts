import { type DType, type TypedArray, toTypedArray } from '../../src/graph/dtype.ts';

/** Input values of test cases. */
export interface Value {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: TypedArray;
}

/** Uniform numbers in [0, 1), the same in every process: a linear congruential generator. */
export function generator(seed: number): () => number {
  let state = BigInt(seed) * 2n + 1n;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 32n) / 2 ** 32;
  };
}

/** An array of `shape` filled by `draw`. */
export function filledBy(shape: readonly number[], dtype: DType, draw: () => number): Value {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = toTypedArray(
    dtype,
    Array.from({ length: size }, () => draw()),
  );
  return { shape, dtype, data };
}

/** Numbers spread over [low, high); for int32 whole ones, for bool both truth values. */
export function spread(
  shape: readonly number[],
  dtype: DType,
  low = -2,
  high = 2,
  seed = 1,
): Value {
  const next = generator(seed * 1009 + shape.reduce((a, b) => a * 31 + b, shape.length));
  return filledBy(shape, dtype, () => {
    const value = low + (high - low) * next();
    if (dtype === 'bool') return Number(next() < 0.5);
    return dtype === 'int32' ? Math.floor(value) : value;
  });
}

/** Exactly these values; a vector unless a shape is given. */
export function given(values: readonly number[], dtype: DType, shape = [values.length]): Value {
  return { shape, dtype, data: toTypedArray(dtype, values) };
}
