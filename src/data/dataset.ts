/**
 * Data as a stream of elements: made lazily, handed on one at a time, changed by stages that are chained.
 *
 * A `Dataset` is a recipe that can be run any number of times; each run is a pass, and passes are numbered
 * from 0 so that shuffling differs from pass to pass and can still be repeated. The names are those of
 * tf.data (Murray et al. 2021, "tf.data: a machine learning data processing framework").
 */
import { NablaError } from '../graph/errors.ts';
import { drawSeed } from '../tensor/random.ts';
import { leavesOf } from '../tensor/tree.ts';
import { describe } from './array.ts';
import { type CsvRecord, type CsvStreamOptions, type CsvText, csvRecords } from './csv-stream.ts';
import { type Batched, type PaddingOptions, padElements, stackElements } from './elements.ts';
import * as pipeline from './pipeline.ts';
import { evaluateTensors, isTensor, type RowInputs, type RowOf, toRows } from './row-inputs.ts';
import {
  planBatches,
  planElements,
  planRange,
  planShuffle,
  type RowPlan,
  rowPlan,
} from './row-plan.ts';

export interface BatchOptions {
  /** True leaves out a last batch that is not full; false by default. */
  dropRemainder?: boolean;
}

export interface GeneratorOptions {
  /** Elements in a pass; unknown by default. */
  cardinality?: number;
}

export interface ShuffleStageOptions {
  /** False gives every pass the same order; true by default. */
  reshuffle?: boolean;
}

/** Elements of a zip: one of each data set in the tree. */
type Zipped<T> = T extends Dataset<infer U> ? U : { [K in keyof T]: Zipped<T[K]> };

interface Recipe<T> {
  open(pass: number): pipeline.Stream<T>;
  /** Number of elements in a pass; undefined if only a pass can tell. */
  cardinality: number | undefined;
  plan?: RowPlan;
}

/** A stream of elements that can be gone through any number of times: made when it is asked for, changed by stages that are chained. */
export class Dataset<out T> implements AsyncIterable<T> {
  /** Number of elements in a pass: Infinity if it never ends, undefined if only a pass can tell. */
  readonly cardinality: number | undefined;
  readonly #recipe: Recipe<T>;
  #passes = 0;

  private constructor(recipe: Recipe<T>) {
    this.#recipe = recipe;
    this.cardinality = recipe.cardinality;
  }

  /**
   * The rows of arrays in memory: NDArrays, typed arrays, nested arrays of numbers, lists of text, or a tree
   * of them with the same number of rows. Elements are rows without the first axis and share the arrays'
   * memory, as do batches of rows that are not shuffled.
   */
  static fromArrays<const A extends RowInputs>(arrays: A): Dataset<RowOf<A>> {
    return Dataset.#fromPlan(rowPlan(toRows(arrays)));
  }

  /** The rows of tensors, read once when the first pass begins. Trees may hold arrays beside tensors. */
  static fromTensors<const A extends RowInputs>(tensors: A): Dataset<RowOf<A>> {
    let plan: Promise<RowPlan> | undefined;
    return new Dataset<RowOf<A>>({
      cardinality: leavesOf(tensors, isTensor)[0]?.shape[0] ?? undefined,
      async *open(pass) {
        plan ??= evaluateTensors(tensors).then((rows) => rowPlan(rows));
        yield* planElements(await plan, pass) as Generator<any>;
      },
    });
  }

  /**
   * What a function yields; it is called again for every pass, with the number of the pass. Data that is drawn
   * anew each time should follow from that number, so that a resumed run sees the same. `cardinality` tells
   * how many elements a pass has, where that is known, for instance for the time that training will take.
   */
  static fromGenerator<T>(
    generate: (pass: number) => pipeline.Stream<T>,
    { cardinality }: GeneratorOptions = {},
  ): Dataset<T> {
    if (typeof generate !== 'function') {
      throw new NablaError(
        `Dataset.fromGenerator: received ${describe(generate)}, expected a function that returns a new iterator for each pass; give the generator function itself, not its result, and arrays to fromArrays`,
      );
    }
    return new Dataset({
      cardinality,
      open: (pass) => pipeline.generated(() => generate(pass)),
    });
  }

  /**
   * The records of a CSV text, or of a function that yields its chunks, as objects by column name. A field
   * that spells a number is a number, a missing one NaN, any other text; declare `types` to be sure.
   */
  static fromCSV(text: CsvText, options: CsvStreamOptions = {}): Dataset<CsvRecord> {
    return new Dataset({ cardinality: undefined, open: () => csvRecords(text, options) });
  }

  /** One element of each data set at a time, `Dataset.zip({ image, label })`, until the first one ends. */
  static zip<const D extends readonly Dataset<any>[] | Readonly<Record<string, Dataset<any>>>>(
    datasets: D,
  ): Dataset<Zipped<D>> {
    const members = Object.values(datasets) as Dataset<unknown>[];
    const keys = Object.keys(datasets);
    if (members.length === 0 || !members.every((d) => d instanceof Dataset)) {
      throw new NablaError(
        `Dataset.zip: received ${members.length === 0 ? 'no data sets' : 'values that are not data sets'}, expected [a, b] or { a, b } of data sets`,
      );
    }
    const known = members.map((d) => d.cardinality);
    return new Dataset({
      cardinality: known.includes(undefined) ? undefined : Math.min(...(known as number[])),
      open: (pass) =>
        pipeline.mapped(pipeline.zipped(members.map((d) => d.pass(pass))), (values) =>
          Array.isArray(datasets)
            ? (values as Zipped<D>)
            : (Object.fromEntries(keys.map((key, i) => [key, values[i]])) as Zipped<D>),
        ),
    });
  }

  static #fromPlan<T>(plan: RowPlan): Dataset<T> {
    return new Dataset<T>({
      cardinality: plan.count,
      open: (pass) => planElements(plan, pass) as Generator<T>,
      plan,
    });
  }

  /** The next pass. */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.pass(this.#passes++)[Symbol.asyncIterator]();
  }

  /** Pass `number`, counted from 0: for a run that is resumed, the same elements as the first time. */
  pass(number: number): AsyncIterable<T> {
    const stream = this.#recipe.open(number);
    if (Symbol.asyncIterator in stream) return stream;
    return (async function* () {
      yield* stream;
    })();
  }

  /** Each element changed by a function, which may return a promise. */
  map<U>(change: (element: T, index: number) => U | Promise<U>): Dataset<U> {
    return this.#stage((stream) => pipeline.mapped(stream, change), this.cardinality);
  }

  /** The elements for which `keep` returns true. */
  filter(keep: (element: T, index: number) => boolean | Promise<boolean>): Dataset<T> {
    return this.#stage((stream) => pipeline.filtered(stream, keep), undefined);
  }

  /**
   * Shuffles through a buffer of `bufferSize` elements; one at least as large as the data set makes every
   * order equally likely. `seed` fixes the order of each pass; without it, it follows from `setRandomSeed`.
   */
  shuffle(
    bufferSize: number,
    seed: number = drawSeed(),
    { reshuffle = true }: ShuffleStageOptions = {},
  ): Dataset<T> {
    checkCount('shuffle', 'bufferSize', bufferSize, 1);
    const streamOf = (pass: number): number => (reshuffle ? pass : 0);
    const { plan } = this.#recipe;
    if (plan) return Dataset.#fromPlan(planShuffle(plan, bufferSize, seed, streamOf));
    return this.#stage(
      (stream, pass) => pipeline.shuffled(stream, bufferSize, seed, streamOf(pass)),
      this.cardinality,
    );
  }

  /** `size` elements at a time, stacked along a new first axis; the last batch may be smaller. */
  batch(size: number, { dropRemainder = false }: BatchOptions = {}): Dataset<Batched<T>> {
    checkCount('batch', 'size', size, 1);
    const { plan } = this.#recipe;
    const cardinality = batches(this.cardinality, size, dropRemainder);
    if (plan) {
      return new Dataset({
        cardinality,
        open: (pass) => planBatches(plan, pass, size, dropRemainder) as Iterable<Batched<T>>,
      });
    }
    return this.#stage(
      (stream) => pipeline.joined(pipeline.grouped(stream, size, dropRemainder), stackElements),
      cardinality,
    );
  }

  /** As `batch`, with every axis filled up at its end to the longest of the batch. */
  paddedBatch(size: number, options: BatchOptions & PaddingOptions = {}): Dataset<Batched<T>> {
    checkCount('paddedBatch', 'size', size, 1);
    const { dropRemainder = false } = options;
    return this.#stage(
      (stream) =>
        pipeline.joined(pipeline.grouped(stream, size, dropRemainder), (group) =>
          padElements(group, options),
        ),
      batches(this.cardinality, size, dropRemainder),
    );
  }

  /**
   * Windows of `size` elements, each stacked like a batch, that begin `shift` elements apart: from a time
   * series, the sequences to learn from.
   */
  window(size: number, options: pipeline.WindowOptions = {}): Dataset<Batched<T>> {
    const { shift = size, stride = 1, dropRemainder = false } = options;
    checkCount('window', 'size', size, 1);
    checkCount('window', 'shift', shift, 1);
    checkCount('window', 'stride', stride, 1);
    const n = this.cardinality;
    const starts = n === undefined || !dropRemainder ? n : Math.max(0, n - (size - 1) * stride);
    return this.#stage(
      (stream) => pipeline.joined(pipeline.windowed(stream, size, options), stackElements),
      starts === undefined ? undefined : Math.ceil(starts / shift),
    );
  }

  /** `count` passes one after the other, without end by default. */
  repeat(count = Number.POSITIVE_INFINITY): Dataset<T> {
    if (count !== Number.POSITIVE_INFINITY) checkCount('repeat', 'count', count, 0);
    // The passes of an endless repetition are numbered far apart: nobody reaches the next one's.
    const passesEach = Number.isFinite(count) ? count : 2 ** 20;
    const n = this.cardinality;
    const total = n === 0 || count === 0 ? 0 : n === undefined ? undefined : n * count;
    const source = this.#recipe;
    return new Dataset({
      cardinality: total,
      async *open(pass) {
        for (let i = 0; i < count; i++) {
          let empty = true;
          for await (const element of source.open(pass * passesEach + i)) {
            empty = false;
            yield element;
          }
          if (empty) return;
        }
      },
    });
  }

  /** The first `count` elements. */
  take(count: number): Dataset<T> {
    checkCount('take', 'count', count, 0);
    const { plan } = this.#recipe;
    if (plan) return Dataset.#fromPlan(planRange(plan, 0, Math.min(count, plan.count)));
    const n = this.cardinality;
    return this.#stage(
      (stream) => pipeline.taken(stream, count),
      n === undefined ? undefined : Math.min(n, count),
    );
  }

  /** All but the first `count` elements. */
  skip(count: number): Dataset<T> {
    checkCount('skip', 'count', count, 0);
    const { plan } = this.#recipe;
    if (plan) return Dataset.#fromPlan(planRange(plan, Math.min(count, plan.count), plan.count));
    const n = this.cardinality;
    return this.#stage(
      (stream) => pipeline.skipped(stream, count),
      n === undefined ? undefined : Math.max(0, n - count),
    );
  }

  /** Keeps the elements of the first complete pass in memory, and gives them out in every later one. */
  cache(): Dataset<T> {
    let kept: readonly T[] | undefined;
    const source = this.#recipe;
    return new Dataset({
      cardinality: this.cardinality,
      async *open(pass) {
        if (kept !== undefined) {
          yield* kept;
          return;
        }
        const elements: T[] = [];
        for await (const element of source.open(pass)) {
          elements.push(element);
          yield element;
        }
        kept = elements;
      },
    });
  }

  /** Has up to `ahead` elements made before they are asked for, while the engine works on others. */
  prefetch(ahead = 1): Dataset<T> {
    checkCount('prefetch', 'ahead', ahead, 1);
    return new Dataset({
      cardinality: this.cardinality,
      open: (pass) => pipeline.prefetched(this.pass(pass), ahead),
    });
  }

  /** Calls `use` with every element of the next pass, one at a time, awaiting what it returns. */
  async forEach(use: (element: T, index: number) => unknown): Promise<void> {
    let index = 0;
    for await (const element of this) await use(element, index++);
  }

  /** All elements of the next pass. Error: the data set never ends. */
  async toArray(): Promise<T[]> {
    if (this.cardinality === Number.POSITIVE_INFINITY) {
      throw new NablaError('Dataset.toArray: the data set never ends; use take first');
    }
    const elements: T[] = [];
    for await (const element of this) elements.push(element);
    return elements;
  }

  #stage<U>(
    stage: (stream: pipeline.Stream<T>, pass: number) => AsyncIterable<U>,
    cardinality: number | undefined,
  ): Dataset<U> {
    const { open } = this.#recipe;
    return new Dataset({ cardinality, open: (pass) => stage(open(pass), pass) });
  }
}

function checkCount(method: string, name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new NablaError(
      `Dataset.${method}: ${name} is ${value}, expected a whole number, ${least} or more`,
    );
  }
}

function batches(
  elements: number | undefined,
  size: number,
  dropRemainder: boolean,
): number | undefined {
  if (elements === undefined) return undefined;
  return dropRemainder ? Math.floor(elements / size) : Math.ceil(elements / size);
}
