import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { hashBits } from '../graph/random.ts';
import { type ArrayTree, arraysOf, mapArrays, rows, takeRows } from './arrays.ts';

/** Batches of samples, epoch after epoch. */

export interface Batch {
  readonly x: ArrayTree;
  readonly y?: ArrayTree;
  readonly sampleWeight?: ArrayTree;
  readonly size: number;
}

export interface BatchSource {
  /** Batches in an epoch; undefined when only the end will tell. */
  readonly steps: number | undefined;
  /** Samples in an epoch; undefined likewise. */
  readonly samples: number | undefined;
  /** Determines the order of the samples in every epoch; undefined for data with an order of its own. */
  shuffleSeed?: number;
  epoch(number: number): AsyncIterable<Batch> | Iterable<Batch>;
  /** Leaves out the next epochs, for data that goes on from one to the other by itself. */
  skipEpochs?(count: number): Promise<void>;
}

export interface ArraySourceOptions {
  readonly batchSize: number;
  /** A new order in each epoch, determined by the seed and the epoch's number. */
  readonly shuffleSeed?: number;
}

/** A random order of `n` things (Fisher and Yates), the same for the same seed and epoch. */
export function permutation(n: number, seed: number, epoch: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor((hashBits(seed, epoch, i) / 2 ** 32) * (i + 1));
    const t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
  return order;
}

/** Batches of arrays in memory. Batches in order share the arrays' memory; shuffled ones are copies. */
export function arraySource(
  data: Pick<Batch, 'x' | 'y' | 'sampleWeight'>,
  { batchSize, shuffleSeed }: ArraySourceOptions,
): BatchSource {
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    fail('batches', `batchSize is ${batchSize}; expected a whole number of 1 or more`);
  }
  const samples = arraysOf(data.x)[0]?.shape[0] ?? 0;
  const steps = Math.ceil(samples / batchSize);
  function* epoch(this: BatchSource, number: number): Iterable<Batch> {
    const seed = this.shuffleSeed;
    const order = seed === undefined ? undefined : permutation(samples, seed, number);
    for (let start = 0; start < samples; start += batchSize) {
      const end = Math.min(start + batchSize, samples);
      const cut = (a: NDArray): NDArray =>
        order ? takeRows(a, order, start, end) : rows(a, start, end);
      const part = (tree: ArrayTree | undefined) =>
        tree === undefined ? undefined : (mapArrays(tree, cut) as ArrayTree);
      yield {
        x: part(data.x)!,
        y: part(data.y),
        sampleWeight: part(data.sampleWeight),
        size: end - start,
      };
    }
  }
  return { steps, samples, shuffleSeed, epoch };
}
