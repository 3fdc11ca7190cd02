import { fail } from './errors.ts';

/**
 * A shape is a list of dimensions, outermost first. A dimension is a number of elements or, when
 * negative, a multiple of the one symbolic batch size: -1 is the batch, -80 is eighty times the batch.
 * So shapes are compared, multiplied and printed as plain numbers, and a graph traced once with a
 * symbolic batch is valid for every batch size.
 */
export type Shape = readonly number[];

export const BATCH = -1;

export function isSymbolic(shape: Shape): boolean {
  return shape.some((d) => d < 0);
}

export function formatDim(d: number): string {
  if (d >= 0) return String(d);
  return d === BATCH ? 'batch' : `${-d}*batch`;
}

/** `[batch, 784]`; the empty shape of a scalar prints as `[]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.map(formatDim).join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** The product of two dimensions; the square of the batch has no representation and is an error. */
export function multiplyDims(operation: string, a: number, b: number): number {
  if (a < 0 && b < 0) {
    fail(
      operation,
      'the product of two symbolic batch dimensions has no shape; reshape to a fixed size',
    );
  }
  return a * b;
}

/** The sum of two dimensions of the same kind: sizes, or multiples of the batch. */
export function addDims(operation: string, a: number, b: number): number {
  if (a < 0 !== b < 0 && a !== 0 && b !== 0) {
    fail(
      operation,
      `the dimensions ${formatDim(a)} and ${formatDim(b)} cannot be joined: one depends on the batch size and the other does not`,
    );
  }
  return a + b;
}

/** Number of elements; a negative result is a multiple of the batch. */
export function sizeOf(shape: Shape, operation = 'size'): number {
  let size = 1;
  for (const d of shape) size = multiplyDims(operation, size, d);
  return size;
}

/** The shape with every symbolic dimension replaced for a batch of `batch` samples. */
export function withBatch(shape: Shape, batch: number): Shape {
  return isSymbolic(shape) ? shape.map((d) => (d < 0 ? -d * batch : d)) : shape;
}

/** `axis` counted from the front; negative axes count from the back, as in NumPy. */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    fail(
      operation,
      `axis ${axis} is out of range for rank ${rank}; expected ${-rank} to ${rank - 1}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** Sorted distinct axes; undefined means all axes. */
export function normalizeAxes(
  operation: string,
  axes: number | readonly number[] | undefined | null,
  rank: number,
): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === 'number' ? [axes] : axes).map((a) =>
    normalizeAxis(operation, a, rank),
  );
  if (new Set(list).size !== list.length) {
    fail(operation, `axes [${list.join(', ')}] name an axis twice; name each once`);
  }
  return list.sort((a, b) => a - b);
}

/** NumPy's broadcasting: shapes are aligned at the back, and 1 stretches. */
export function broadcastShapes(operation: string, ...shapes: Shape[]): Shape {
  let rank = 0;
  for (const s of shapes) rank = Math.max(rank, s.length);
  const out = new Array<number>(rank).fill(1);
  for (const s of shapes) {
    for (let i = 0; i < s.length; i++) {
      const at = rank - s.length + i;
      if (out[at] === s[i] || s[i] === 1) continue;
      if (out[at] !== 1) {
        fail(
          operation,
          `shapes ${shapes.map(formatShape).join(' and ')} do not broadcast: ${formatDim(out[at])} meets ${formatDim(s[i])}; each pair of dimensions, counted from the back, must be equal or 1`,
        );
      }
      out[at] = s[i];
    }
  }
  return out;
}

/** Row-major strides of a concrete shape, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}
