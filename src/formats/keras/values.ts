import { type DType, toTypedArray } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { refuse } from '../bytes.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';

/**
 * Keras writes what JSON has no form for as objects with reserved names: `__numpy__`, `__slice__`,
 * `__tuple__` and so on. Here they become values again.
 */

export const FORMAT = 'keras';

/** A Python slice, for indexing. */
export class Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;

  constructor(start: unknown, stop: unknown, step: unknown) {
    const index = (v: unknown) => (typeof v === 'number' ? v : null);
    this.start = index(start);
    this.stop = index(stop);
    this.step = index(step);
  }
}

/** Python's `...` in an index. */
export const ELLIPSIS = Symbol('...');

/** Numbers with a data type, as `__numpy__` and `__tensor__` hold them. */
export class ArrayValue {
  readonly value: Json;
  readonly dtype: DType;

  constructor(value: Json, dtype: DType) {
    this.value = value;
    this.dtype = dtype;
  }

  toNDArray(): NDArray {
    const shape: number[] = [];
    for (let at: unknown = this.value; Array.isArray(at); at = at[0]) shape.push(at.length);
    const flat = Array.isArray(this.value)
      ? (this.value.flat(Infinity as 1) as unknown[])
      : [this.value];
    const size = shape.reduce((n, d) => n * d, 1);
    if (flat.length !== size || flat.some((v) => typeof v !== 'number' && typeof v !== 'boolean')) {
      refuse(FORMAT, 'an array in the configuration is not rectangular');
    }
    return { data: toTypedArray(this.dtype, flat as number[]), shape, dtype: this.dtype };
  }
}

/** Keras's names of data types and policies as ours; `undefined` for what cannot be computed with. */
export function dtypeOf(name: string): DType | undefined {
  if (/^(mixed_)?b?float16$|^float32$|^mixed_float32$/.test(name)) return 'float32';
  if (name === 'float64' || name === 'bool' || name === 'int32') return name;
  if (/^u?int(8|16|32|64)$/.test(name)) return 'int32';
  return undefined;
}

/** The name in a dtype policy, or the name itself. */
export function policyName(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return undefined;
  const config = value.config;
  return isObject(config) && typeof config.name === 'string' ? config.name : undefined;
}

/** What a reserved object stands for; `undefined` when it is not one. */
export function reservedValue(
  spec: JsonObject,
  decode: (value: Json) => unknown,
  where: string,
): { value: unknown } | undefined {
  const config = isObject(spec.config) ? spec.config : {};
  const items = spec.items;
  switch (spec.class_name) {
    case '__tuple__':
    case 'TensorShape':
      return { value: Array.isArray(items) ? items.map(decode) : decode((items ?? null) as Json) };
    case '__numpy__':
    case '__tensor__': {
      const dtype = dtypeOf(policyName(config.dtype) ?? 'float32') ?? 'float32';
      return { value: new ArrayValue(config.value ?? [], dtype) };
    }
    case '__slice__':
      return { value: new Slice(config.start, config.stop, config.step) };
    case '__bytes__':
      return { value: config.value };
    case '__ellipsis__':
      return { value: ELLIPSIS };
    case '__typespec__':
    case 'TypeSpec':
      return { value: null };
    case 'DTypePolicy':
    case 'FloatDTypePolicy':
    case 'Policy':
    case 'PolicyV1':
      return { value: policyName(spec) };
    case '__lambda__':
      return refuse(
        FORMAT,
        `${where} holds a Python lambda as machine code, which is never run; write the function in TypeScript, or rebuild the model here and load its weights only`,
      );
  }
  if (spec.type === 'ndarray' && 'value' in spec) return { value: decode(spec.value) };
  return undefined;
}
