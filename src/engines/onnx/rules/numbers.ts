import type { Value } from '../builder.ts';

/** The number that a one-element initializer holds. */
export function numberOf(value: Value | undefined): number | undefined {
  if (value?.op !== 'Initializer' || value.data?.length !== 1) return undefined;
  return Number(value.data[0]);
}

export const isScalar = (value: Value): boolean => value.shape.every((d) => d === 1);
