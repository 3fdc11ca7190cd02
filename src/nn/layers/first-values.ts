import type { DType } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';

/**
 * Where new weights get their first values from, when not from their initializers: a model that is read
 * from a file gets its values later, and must not take more room than the file has values for.
 */
export type FirstValues = (shape: readonly number[], dtype: DType, name: string) => NDArray;

const stack: FirstValues[] = [];

export function currentFirstValues(): FirstValues | undefined {
  return stack.at(-1);
}

/** Layers that are built while `body` runs (synchronously) get their first values from `values`. */
export function withFirstValues<T>(values: FirstValues, body: () => T): T {
  stack.push(values);
  try {
    return body();
  } finally {
    stack.pop();
  }
}
