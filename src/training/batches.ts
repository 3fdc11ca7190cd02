import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { hashBits } from '../graph/random.ts';
import { type ArrayTree, arraysOf, emptyRows, mapArrays, rows, takeRows } from './arrays.ts';

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
  /** Ends what goes on from epoch to epoch. */
  close?(): Promise<void>;
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

/** Shuffled batches are copied into this many sets of arrays in turn, beyond those that run together. */
const SPARE_SETS = 2;

export interface ArraySourceOptions {
  readonly batchSize: number;
  /** A new order in each epoch, determined by the seed and the epoch's number. */
  readonly shuffleSeed?: number;
  /** Batches that are in use at the same time; one by default. */
  readonly together?: number;
  /** Batches an epoch, where it is not all of them: epochs then go on through the data where the last ended. */
  readonly stepsPerEpoch?: number;
}

/**
 * Batches of arrays in memory. Batches in order share the arrays' memory. Shuffled ones are copies, and
 * live until a few more have been asked for: training goes through them once, and fresh arrays for each
 * would keep the garbage collector busy.
 */
export function arraySource(
  data: Pick<Batch, 'x' | 'y' | 'sampleWeight'>,
  { batchSize, shuffleSeed, together = 1, stepsPerEpoch }: ArraySourceOptions,
): BatchSource {
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    fail(
      'batches',
      `batchSize is ${JSON.stringify(batchSize)}; expected a whole number of 1 or more`,
    );
  }
  const samples = arraysOf(data.x)[0]?.shape[0] ?? 0;
  const steps = Math.ceil(samples / batchSize);
  const cut = (start: number, fn: (a: NDArray, which: number) => NDArray): Batch => {
    let which = 0;
    const part = (tree: ArrayTree | undefined) =>
      tree === undefined ? undefined : (mapArrays(tree, (a) => fn(a, which++)) as ArrayTree);
    const size = Math.min(batchSize, samples - start);
    return { x: part(data.x)!, y: part(data.y), sampleWeight: part(data.sampleWeight), size };
  };

  const inOrder: Batch[] = [];
  function* ordered(): Iterable<Batch> {
    for (let step = 0; step < steps; step++) {
      const start = step * batchSize;
      const end = Math.min(start + batchSize, samples);
      inOrder[step] ??= cut(start, (a) => rows(a, start, end));
      yield inOrder[step];
    }
  }

  const sets: Map<string, NDArray>[] = Array.from(
    { length: together + SPARE_SETS },
    () => new Map(),
  );
  let turn = 0;
  function* shuffled(seed: number, pass: number): Iterable<Batch> {
    const order = permutation(samples, seed, pass);
    for (let start = 0; start < samples; start += batchSize) {
      const end = Math.min(start + batchSize, samples);
      const set = sets[turn++ % sets.length];
      yield cut(start, (a, which) => {
        const key = `${which}/${end - start}`;
        const into = set.get(key) ?? emptyRows(a, end - start);
        set.set(key, into);
        return takeRows(a, order, start, end, into);
      });
    }
  }
  const pass = (number: number, seed: number | undefined): Iterable<Batch> =>
    seed === undefined ? ordered() : shuffled(seed, number);
  /** Batches from number `first` on, counted through all passes. */
  function* from(first: number, count: number, seed: number | undefined): Iterable<Batch> {
    let number = Math.floor(first / steps);
    let skip = first - number * steps;
    for (let left = count; left > 0; number++) {
      for (const batch of pass(number, seed)) {
        if (skip-- > 0) continue;
        yield batch;
        if (--left === 0) return;
      }
    }
  }
  return {
    steps: stepsPerEpoch ?? steps,
    samples: stepsPerEpoch === undefined ? samples : undefined,
    shuffleSeed,
    epoch(number) {
      return stepsPerEpoch === undefined
        ? pass(number, this.shuffleSeed)
        : from(number * stepsPerEpoch, stepsPerEpoch, this.shuffleSeed);
    },
  };
}
