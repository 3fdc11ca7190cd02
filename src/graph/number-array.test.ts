import { describe, expect, it } from 'vitest';
import { storedNumbers } from './number-array.ts';

describe('typed arrays as tensors store them', () => {
  it('are taken as they are where the kind exists', () => {
    for (const values of [Float32Array.of(1), Float64Array.of(1), Int32Array.of(1)]) {
      expect(storedNumbers(values).data).toBe(values);
    }
    const flags = Uint8Array.of(0, 1);
    expect(storedNumbers(flags, 'bool').data).toBe(flags);
  });

  it('are integers where they hold integers: bytes are no truth values', () => {
    for (const Type of [Uint8Array, Uint8ClampedArray, Int8Array, Int16Array, Uint16Array]) {
      expect(storedNumbers(Type.of(0, 7, 100))).toEqual({
        data: Int32Array.of(0, 7, 100),
        dtype: 'int32',
      });
    }
    expect(storedNumbers(BigInt64Array.of(-3n, 9n)).data).toEqual(Int32Array.of(-3, 9));
    expect(storedNumbers(Uint32Array.of(5)).data).toEqual(Int32Array.of(5));
  });

  it('become what is asked for', () => {
    expect(storedNumbers(Uint8Array.of(3), 'float32').data).toEqual(Float32Array.of(3));
    expect(storedNumbers(BigInt64Array.of(2n ** 40n), 'float64').data[0]).toBe(2 ** 40);
    expect(storedNumbers(Float32Array.of(0, 0.5), 'bool').data).toEqual(Uint8Array.of(0, 1));
  });

  it('are refused where int32 cannot hold them', () => {
    expect(() => storedNumbers(Uint32Array.of(1, 4e9))).toThrow('4000000000 in a Uint32Array');
    expect(() => storedNumbers(BigInt64Array.of(2n ** 40n))).toThrow('does not fit int32');
  });
});
