import { hashBits } from '../graph/random.ts';

/**
 * Shuffles a stream through a buffer: each value that comes in sends out one drawn from the buffer and
 * takes its place. With a buffer as large as the stream, every order is equally likely; a smaller one
 * moves a value towards the front by at most its size.
 */
export class ShuffleBuffer<T> {
  readonly #values: T[] = [];
  readonly #size: number;
  readonly #seed: number;
  readonly #stream: number;
  #drawn = 0;

  constructor(size: number, seed: number, stream: number) {
    this.#size = size;
    this.#seed = seed;
    this.#stream = stream;
  }

  /** Takes in `value`; once the buffer is full, `emit` gets one value for it. */
  push(value: T): { value: T } | undefined {
    if (this.#values.length < this.#size) {
      this.#values.push(value);
      return undefined;
    }
    const place = this.#draw();
    const out = this.#values[place];
    this.#values[place] = value;
    return { value: out };
  }

  /** What is left, in random order. */
  *drain(): Generator<T> {
    while (this.#values.length > 0) {
      const place = this.#draw();
      const out = this.#values[place];
      const last = this.#values.pop() as T;
      if (place < this.#values.length) this.#values[place] = last;
      yield out;
    }
  }

  #draw(): number {
    const bits = hashBits(this.#seed, this.#stream, this.#drawn++);
    return Math.floor((bits / 2 ** 32) * this.#values.length);
  }
}

/** `rows` in the order in which a `ShuffleBuffer` would send them out. */
export function shuffleRowNumbers(
  rows: Int32Array,
  size: number,
  seed: number,
  stream: number,
): Int32Array {
  const buffer = new ShuffleBuffer<number>(size, seed, stream);
  const out = new Int32Array(rows.length);
  let n = 0;
  for (const row of rows) {
    const sent = buffer.push(row);
    if (sent !== undefined) out[n++] = sent.value;
  }
  for (const row of buffer.drain()) out[n++] = row;
  return out;
}
