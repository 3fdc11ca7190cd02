import type { Shape } from '../../../graph/shape.ts';
import { stridesOf } from '../../../graph/shape.ts';

/**
 * Loops over several arrays at once. A lattice says how many steps each loop takes and how far each
 * array moves a step (0 repeats an element: broadcasting). Neighbouring loops that are one loop for all
 * arrays are joined, so that most lattices end as a single row, and kernels are written for two nested
 * loops, rows and columns; the loops around them are unrolled into a list of offsets.
 */
export interface Lattice {
  readonly rows: number;
  readonly columns: number;
  /** One an array: how far it moves from row to row and from column to column. */
  readonly rowStrides: readonly number[];
  readonly columnStrides: readonly number[];
  /** One an array: where each tile of rows and columns starts. */
  readonly offsets: readonly Int32Array[];
  readonly tiles: number;
}

/** Strides that read `shape` as if it were stretched to the dimensions `to`. */
export function broadcastStrides(shape: Shape, to: Shape): number[] {
  const lead = to.length - shape.length;
  const strides = stridesOf(shape);
  return to.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : strides[i - lead]));
}

/** The lattice of loops over `dims`, where array k moves by `strides[k]`. */
export function latticeOf(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
): Lattice {
  const counts: number[] = [];
  const steps: number[][] = strides.map(() => []);
  for (let d = 0; d < dims.length; d++) {
    if (dims[d] === 1) continue;
    const last = counts.length - 1;
    if (last >= 0 && strides.every((s, k) => steps[k][last] === s[d] * dims[d])) {
      counts[last] *= dims[d];
      for (let k = 0; k < steps.length; k++) steps[k][last] = strides[k][d];
    } else {
      counts.push(dims[d]);
      for (let k = 0; k < steps.length; k++) steps[k].push(strides[k][d]);
    }
  }
  while (counts.length < 2) {
    counts.unshift(1);
    for (const s of steps) s.unshift(0);
  }
  const outer = counts.length - 2;
  const tiles = counts.slice(0, outer).reduce((a, b) => a * b, 1);
  return {
    rows: counts[outer],
    columns: counts[outer + 1],
    rowStrides: steps.map((s) => s[outer]),
    columnStrides: steps.map((s) => s[outer + 1]),
    offsets: steps.map((s) => offsetsOf(counts.slice(0, outer), s)),
    tiles,
  };
}

/** The offset of every point of a lattice of `dims`, last dimension fastest. */
export function offsetsOf(dims: readonly number[], strides: readonly number[]): Int32Array {
  const total = dims.reduce((a, b) => a * b, 1);
  const offsets = new Int32Array(total);
  if (total === 0) return offsets;
  let filled = 1;
  for (let d = dims.length - 1; d >= 0; d--) {
    for (let i = 1; i < dims[d]; i++) {
      for (let k = 0; k < filled; k++) offsets[i * filled + k] = offsets[k] + i * strides[d];
    }
    filled *= dims[d];
  }
  return offsets;
}
