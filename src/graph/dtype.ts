/**
 * Data types of tensors. float32, int32 and bool exist on every engine; float64 on the engines that
 * have it. Booleans are stored one byte each, 0 or 1.
 */
export type DType = 'float32' | 'float64' | 'int32' | 'bool';

/** Values in host memory; {@link DType} decides which: bool is stored in a Uint8Array. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface TypedArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  bool: Uint8Array;
}

const constructors = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const;

export const bytesPerElement: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  bool: 1,
};

/** A zero-filled array of `length` elements that stores `dtype`. */
export function allocate(dtype: DType, length: number): TypedArray {
  return new constructors[dtype](length);
}

/** The values of `source` stored as `dtype`; any non-zero value becomes true for bool. */
export function toTypedArray(dtype: DType, source: ArrayLike<number>): TypedArray {
  if (dtype === 'bool') {
    const out = new Uint8Array(source.length);
    for (let i = 0; i < out.length; i++) out[i] = source[i] ? 1 : 0;
    return out;
  }
  return constructors[dtype].from(source);
}

export function dtypeOfTypedArray(array: ArrayBufferView): DType | undefined {
  if (array instanceof Float32Array) return 'float32';
  if (array instanceof Float64Array) return 'float64';
  if (array instanceof Int32Array) return 'int32';
  if (array instanceof Uint8Array) return 'bool';
  return undefined;
}

export function isFloat(dtype: DType): dtype is 'float32' | 'float64' {
  return dtype === 'float32' || dtype === 'float64';
}
