import { fail } from '../../../graph/errors.ts';
import type { NDArray } from '../../../graph/ndarray.ts';
import { isTensor, type NestedArray, type Tensor, toArray } from '../../../tensor/tensor.ts';
import { type Batches, isBatches } from './tokens.ts';

/** Numbers that a layer adapts to: at hand, or batch by batch. */
type Numbers = Tensor | NDArray | NestedArray;
export type NumberData = Numbers | Batches<Numbers>;

/** Calls `each` with every batch of the data as an array in host memory. */
export async function eachBatch(
  operation: string,
  data: NumberData,
  each: (batch: NDArray) => void,
): Promise<void> {
  const read = async (batch: Numbers) =>
    each(isTensor(batch) ? await batch.ndarray() : toArray(batch, 'float64'));
  if (isTensor(data) || !isBatches(data)) return read(data as Numbers);
  let count = 0;
  for await (const batch of data) {
    await read(batch);
    count++;
  }
  if (count === 0) fail(operation, 'received no batches; expected one or more');
}
