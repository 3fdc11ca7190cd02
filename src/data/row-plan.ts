/**
 * A data set that is rows of arrays in memory: instead of elements, the pipeline's first stages handle row
 * numbers, and a batch is gathered from the arrays in one go.
 */
import { NablaError } from '../graph/errors.ts';
import { leavesOf, mapTree } from '../tensor/tree.ts';
import { isRowLeaf, leafRow, rowCount, sliceLeafRows, takeLeafRows } from './elements.ts';
import { shuffleRowNumbers } from './shuffle-buffer.ts';

export interface RowPlan {
  /** A tree of NDArrays and lists of text, each with one row for each element. */
  readonly rows: unknown;
  readonly count: number;
  /** The row numbers of a pass, in order; undefined means 0..count-1 as they are. */
  order(pass: number): Int32Array | undefined;
}

/** Errors: no arrays in the tree, or arrays with different numbers of rows. */
export function rowPlan(rows: unknown): RowPlan {
  const counts = leavesOf(rows, isRowLeaf).map(rowCount);
  if (counts.length === 0 || counts.some((n) => n !== counts[0])) {
    throw new NablaError(
      `Dataset.fromArrays: the arrays have ${counts.join(', ') || 'no'} rows, expected the same number in each`,
    );
  }
  return { rows, count: counts[0], order: () => undefined };
}

export function planRange(plan: RowPlan, begin: number, end: number): RowPlan {
  return {
    rows: plan.rows,
    count: end - begin,
    order: (pass) => orderOf(plan, pass).subarray(begin, end),
  };
}

export function planShuffle(
  plan: RowPlan,
  size: number,
  seed: number,
  streamOf: (pass: number) => number,
): RowPlan {
  return {
    ...plan,
    order: (pass) => shuffleRowNumbers(orderOf(plan, pass), size, seed, streamOf(pass)),
  };
}

export function* planElements(plan: RowPlan, pass: number): Generator<unknown> {
  for (const row of orderOf(plan, pass)) {
    yield mapTree(plan.rows, isRowLeaf, (leaf) => leafRow(leaf, row));
  }
}

/** Batches copied row by row, or, where rows are consecutive, views of the arrays. */
export function* planBatches(
  plan: RowPlan,
  pass: number,
  size: number,
  dropRemainder: boolean,
): Generator<unknown> {
  const order = plan.order(pass);
  const end = dropRemainder ? plan.count - (plan.count % size) : plan.count;
  for (let begin = 0; begin < end; begin += size) {
    const stop = Math.min(begin + size, plan.count);
    yield mapTree(plan.rows, isRowLeaf, (leaf) =>
      order === undefined
        ? sliceLeafRows(leaf, begin, stop)
        : takeLeafRows(leaf, order.subarray(begin, stop)),
    );
  }
}

function orderOf(plan: RowPlan, pass: number): Int32Array {
  return plan.order(pass) ?? Int32Array.from({ length: plan.count }, (_, i) => i);
}
