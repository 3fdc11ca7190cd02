import type { DType } from '../../../src/graph/dtype.ts';
import type { AttributesOf, PrimitiveName } from '../../../src/ops/primitives/index.ts';
import { spread, type Value } from '../values.ts';

/** What the tables of cases share. */

/** One use of a primitive. */
export interface Case<P extends PrimitiveName> {
  /** What is special about it, beyond shapes and attributes. */
  readonly note?: string;
  readonly inputs: readonly Value[];
  readonly attributes: AttributesOf<P>;
}

export type Cases<P extends PrimitiveName> = { readonly [K in P]: readonly Case<K>[] };
export type Any = Case<any>;

export const FLOATS = ['float32', 'float64'] as const;
export const NUMBERS = ['float32', 'float64', 'int32'] as const;
export const ALL = ['float32', 'float64', 'int32', 'bool'] as const;

export const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

export function over<D extends DType>(
  dtypes: readonly D[],
  make: (dtype: D) => readonly Any[],
): Any[] {
  return dtypes.flatMap((dtype) => make(dtype));
}

export const LARGEST = 2 ** 31 - 1;
export const SMALLEST = -(2 ** 31);

/** No padding on `rank` spatial axes. */
export const none = (rank: number) => Array.from({ length: rank }, () => [0, 0] as const);

export interface Shaped {
  readonly shape: readonly number[];
  readonly attributes: any;
  readonly note?: string;
}

export function arranged(list: readonly Shaped[]): Any[] {
  return over(ALL, (dtype) =>
    list.map(({ shape, attributes, note }) => ({
      note,
      inputs: [spread(shape, dtype, -5, 5)],
      attributes,
    })),
  );
}
