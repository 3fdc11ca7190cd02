/** The stages of a data pipeline, each a function from one stream of elements to another. */
import { NablaError } from '../graph/errors.ts';
import type { Batched } from './elements.ts';
import { evaluateElements } from './row-inputs.ts';
import { ShuffleBuffer } from './shuffle-buffer.ts';

export type Stream<T> = Iterable<T> | AsyncIterable<T>;

/** An error of the user's own code, told with the place in the data where it happened. */
function failedAt(place: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new NablaError(`${place}: ${reason}`, { cause: error });
}

/** What a function yields; an error inside it says how many elements came before. */
export async function* generated<T>(generate: () => Stream<T>): AsyncGenerator<T> {
  const stream: unknown = generate();
  if (!isStream<T>(stream)) {
    throw new NablaError(
      'Dataset.fromGenerator: the function returned nothing to go through; expected a generator, function* () { yield ... }',
    );
  }
  let count = 0;
  const iterator =
    Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
  let ended = false;
  try {
    for (;;) {
      let result: IteratorResult<T>;
      try {
        result = await iterator.next();
      } catch (error) {
        ended = true;
        throw failedAt(`Dataset.fromGenerator: after ${count} elements`, error);
      }
      if (result.done) {
        ended = true;
        return;
      }
      count++;
      yield result.value;
    }
  } finally {
    if (!ended) await iterator.return?.();
  }
}

function isStream<T>(value: unknown): value is Stream<T> {
  const { [Symbol.asyncIterator]: many, [Symbol.iterator]: one } = (value ?? {}) as Record<
    symbol,
    unknown
  >;
  return typeof many === 'function' || typeof one === 'function';
}

export async function* mapped<T, U>(
  stream: Stream<T>,
  change: (element: T, index: number) => U | Promise<U>,
): AsyncGenerator<U> {
  let index = 0;
  for await (const element of stream) {
    let value: U;
    try {
      value = await change(element, index);
    } catch (error) {
      throw failedAt(`Dataset.map: element ${index}`, error);
    }
    index++;
    yield value;
  }
}

export async function* filtered<T>(
  stream: Stream<T>,
  keep: (element: T, index: number) => boolean | Promise<boolean>,
): AsyncGenerator<T> {
  let index = 0;
  for await (const element of stream) {
    let keeps: boolean;
    try {
      keeps = await keep(element, index);
    } catch (error) {
      throw failedAt(`Dataset.filter: element ${index}`, error);
    }
    index++;
    if (keeps) yield element;
  }
}

/** Groups of elements as batches, made by `join`. */
export async function* joined<T>(
  groups: Stream<readonly T[]>,
  join: (group: readonly T[]) => Batched<T>,
): AsyncGenerator<Batched<T>> {
  for await (const group of groups) yield join(await evaluateElements(group));
}

export async function* taken<T>(stream: Stream<T>, count: number): AsyncGenerator<T> {
  if (count <= 0) return;
  let left = count;
  for await (const element of stream) {
    yield element;
    if (--left === 0) return;
  }
}

export async function* skipped<T>(stream: Stream<T>, count: number): AsyncGenerator<T> {
  let left = count;
  for await (const element of stream) {
    if (left > 0) left--;
    else yield element;
  }
}

export async function* shuffled<T>(
  stream: Stream<T>,
  size: number,
  seed: number,
  pass: number,
): AsyncGenerator<T> {
  const buffer = new ShuffleBuffer<T>(size, seed, pass);
  for await (const element of stream) {
    const sent = buffer.push(element);
    if (sent !== undefined) yield sent.value;
  }
  yield* buffer.drain();
}

/** Groups of `size` elements, the last one smaller unless `dropRemainder`. */
export async function* grouped<T>(
  stream: Stream<T>,
  size: number,
  dropRemainder: boolean,
): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const element of stream) {
    group.push(element);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0 && !dropRemainder) yield group;
}

export interface WindowOptions {
  /** Elements from the start of one window to the start of the next; `size` by default. */
  shift?: number;
  /** Elements from one member of a window to the next; 1 by default. */
  stride?: number;
  /** True leaves out the windows at the end that are not full; false by default. */
  dropRemainder?: boolean;
}

export async function* windowed<T>(
  stream: Stream<T>,
  size: number,
  { shift = size, stride = 1, dropRemainder = false }: WindowOptions,
): AsyncGenerator<T[]> {
  const span = (size - 1) * stride + 1;
  let buffer: T[] = [];
  /** Elements still to pass over before the next window begins, when shift is larger than span. */
  let gap = 0;
  const members = (): T[] => buffer.filter((_, i) => i < span && i % stride === 0);
  for await (const element of stream) {
    if (gap > 0) {
      gap--;
      continue;
    }
    buffer.push(element);
    if (buffer.length < span) continue;
    yield members();
    gap = Math.max(0, shift - buffer.length);
    buffer = buffer.slice(shift);
  }
  for (; buffer.length > 0 && !dropRemainder; buffer = buffer.slice(shift)) {
    yield members();
  }
}

/** Asks for up to `ahead` elements before they are wanted, so that they are made while others are used. */
export async function* prefetched<T>(stream: AsyncIterable<T>, ahead: number): AsyncGenerator<T> {
  const iterator = stream[Symbol.asyncIterator]();
  const queue: Promise<IteratorResult<T>>[] = [];
  const ask = (): void => {
    const next = iterator.next();
    next.catch(() => {}); // reported when its turn comes
    queue.push(next);
  };
  try {
    for (let i = 0; i < ahead; i++) ask();
    for (;;) {
      ask();
      const result = await (queue.shift() as Promise<IteratorResult<T>>);
      if (result.done) return;
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** One element from each stream at a time, until the first one ends. */
export async function* zipped(
  streams: readonly AsyncIterable<unknown>[],
): AsyncGenerator<unknown[]> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  try {
    for (;;) {
      const results = await Promise.all(iterators.map((iterator) => iterator.next()));
      if (results.length === 0 || results.some((result) => result.done)) return;
      yield results.map((result) => result.value);
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.()));
  }
}
