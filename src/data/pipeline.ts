/** The stages of a data pipeline, each a function from one stream of elements to another. */
import { type Batched, stackElements } from './elements.ts';
import { ShuffleBuffer } from './shuffle-buffer.ts';

export type Stream<T> = Iterable<T> | AsyncIterable<T>;

export async function* mapped<T, U>(
  stream: Stream<T>,
  change: (element: T, index: number) => U | Promise<U>,
): AsyncGenerator<U> {
  let index = 0;
  for await (const element of stream) yield await change(element, index++);
}

export async function* filtered<T>(
  stream: Stream<T>,
  keep: (element: T, index: number) => boolean | Promise<boolean>,
): AsyncGenerator<T> {
  let index = 0;
  for await (const element of stream) if (await keep(element, index++)) yield element;
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
): AsyncGenerator<Batched<T>> {
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
    yield stackElements(members());
    gap = Math.max(0, shift - buffer.length);
    buffer = buffer.slice(shift);
  }
  for (; buffer.length > 0 && !dropRemainder; buffer = buffer.slice(shift)) {
    yield stackElements(members());
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
