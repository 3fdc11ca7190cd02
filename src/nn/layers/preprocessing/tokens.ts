import { fail } from '../../../graph/errors.ts';

/** Strings and numbers in nested arrays, as they come from tables and texts. */

export type Token = string | number;
export type Nested<T> = T | readonly Nested<T>[];

/** The tokens in order with their shape; a single token has the shape []. */
export function flattenTokens<T extends Token>(
  operation: string,
  values: Nested<T>,
): { flat: T[]; shape: number[] } {
  const shape: number[] = [];
  for (let v: Nested<T> = values; Array.isArray(v); v = v[0]) {
    shape.push(v.length);
    if (v.length === 0) break;
  }
  const flat: T[] = [];
  const walk = (v: Nested<T>, depth: number) => {
    if (!Array.isArray(v)) {
      if (depth !== shape.length || (typeof v !== 'string' && typeof v !== 'number')) {
        fail(
          operation,
          `received ${v === null ? 'null' : typeof v} at depth ${depth}; expected strings or numbers ${shape.length} deep`,
        );
      }
      flat.push(v as T);
      return;
    }
    if (v.length !== shape[depth]) {
      fail(
        operation,
        `rows at depth ${depth} have different lengths (${shape[depth]} and ${v.length}); expected equal ones`,
      );
    }
    for (const child of v) walk(child, depth + 1);
  };
  walk(values, 0);
  return { flat, shape };
}

/** Row-major tokens nested as the shape says. */
export function nestTokens<T>(flat: readonly T[], shape: readonly number[]): Nested<T> {
  if (shape.length === 0) return flat[0];
  const step = flat.length / Math.max(shape[0], 1);
  return Array.from({ length: shape[0] }, (_, i) =>
    nestTokens(flat.slice(i * step, (i + 1) * step), shape.slice(1)),
  );
}

/** Values at hand, or batches of them that are read one after another. */
export type Batches<T> = Iterable<T> | AsyncIterable<T>;

/** Whether the data are batches to iterate over rather than values themselves. */
export function isBatches<T>(data: T | Batches<T>): data is Batches<T> {
  if (typeof data !== 'object' || data === null) return false;
  if (Array.isArray(data) || ArrayBuffer.isView(data)) return false;
  return Symbol.asyncIterator in data || Symbol.iterator in data;
}

/** Order of code points, which is the order of UTF-8 bytes. */
export function compareTokens(a: Token, b: Token): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = Array.from(String(a), (c) => c.codePointAt(0)!);
  const right = Array.from(String(b), (c) => c.codePointAt(0)!);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return left[i] - right[i];
  }
  return left.length - right.length;
}
