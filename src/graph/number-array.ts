import { type DType, dtypeOfTypedArray, type TypedArray, toTypedArray } from './dtype.ts';
import { fail } from './errors.ts';

/** Every typed array of numbers, whether or not tensors store its kind. */
export type NumberArray =
  | TypedArray
  | Int8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/**
 * The numbers of a typed array as a tensor stores them; the same array where that is possible. Integers of
 * any width become int32 unless `dtype` says otherwise. Bytes are numbers too (pixels, labels): they count
 * as truth values only where bool is asked for.
 */
export function storedNumbers(
  values: ArrayBufferView,
  dtype?: DType,
): { readonly data: TypedArray; readonly dtype: DType } {
  const own = dtypeOfTypedArray(values);
  const bytes = own === 'bool';
  if (own !== undefined && (bytes ? dtype === own : dtype === undefined || dtype === own)) {
    return { data: values as TypedArray, dtype: own };
  }
  const isBig = values instanceof BigInt64Array || values instanceof BigUint64Array;
  const numbers: ArrayLike<number> = isBig ? Array.from(values, Number) : (values as TypedArray);
  const target = dtype ?? (own && !bytes ? own : integerLike(values) ? 'int32' : 'float32');
  const data = toTypedArray(target, numbers);
  if (target === 'int32' && (isBig || values instanceof Uint32Array)) {
    const lost = data.findIndex((v, i) => v !== numbers[i]);
    if (lost >= 0) {
      fail(
        'tensor',
        `${numbers[lost]} in a ${values.constructor.name} does not fit int32; pass the dtype 'float64', or smaller numbers`,
      );
    }
  }
  return { data, dtype: target };
}

const integerLike = (values: ArrayBufferView): boolean => !/Float/.test(values.constructor.name);
