/** Writing event files, which TensorBoard and the dashboard show. */
import { mkdir, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  encodeImages,
  histogramValue,
  type ImageBatch,
  imageValue,
  kerasModelValue,
  scalarValue,
  textValue,
  type ValueOptions,
  valuesRecord,
  versionRecord,
  type WriteValue,
} from '../formats/events/index.ts';
import { fail } from '../graph/errors.ts';

/** Files of this process so far; two in one second must not share a name. */
let files = 0;

const now = (): number => (performance.timeOrigin + performance.now()) / 1000;

/**
 * Collects values and appends them to an event file of its own in `directory`, which is made at the first
 * flush. Each flush is one write of whole records, so a reader never sees a mixed-up file.
 */
export class SummaryWriter {
  readonly directory: string;
  #path: string | undefined;
  #pending: Uint8Array[] = [];
  #flushed = Date.now();
  /** Flushes run one after another. */
  #last: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The file; undefined before the first flush. */
  get path(): string | undefined {
    return this.#path;
  }

  /** Milliseconds since the last flush. */
  get waiting(): number {
    return Date.now() - this.#flushed;
  }

  /** A number of the chart `tag` at a step. */
  scalar(tag: string, value: number, step: number, options?: ValueOptions): void {
    this.#add(tag, step, scalarValue(tag, value, options));
  }

  /** The distribution of numbers. Numbers that are not finite are left out. */
  histogram(
    tag: string,
    data: ArrayLike<number>,
    step: number,
    options?: ValueOptions & { readonly buckets?: number },
  ): void {
    this.#add(tag, step, histogramValue(tag, data, options));
  }

  /** The first images of a batch [images, height, width, channels] with numbers 0..1; 3 at most by default. */
  image(
    tag: string,
    images: ImageBatch,
    step: number,
    { maxOutputs = 3, ...options }: ValueOptions & { readonly maxOutputs?: number } = {},
  ): void {
    this.#add(tag, step, imageValue(tag, encodeImages(images, maxOutputs), options));
  }

  /** Markdown; a list or a table of it. */
  text(
    tag: string,
    text: string | readonly string[] | readonly (readonly string[])[],
    step: number,
    options?: ValueOptions,
  ): void {
    this.#add(tag, step, textValue(tag, text, options));
  }

  /** A model's structure in Keras's JSON. */
  kerasModel(tag: string, json: string, step: number): void {
    this.#add(tag, step, kerasModelValue(tag, json));
  }

  /** Appends what was collected to the file; `sync` waits until it is on the disk. */
  flush({ sync = true }: { readonly sync?: boolean } = {}): Promise<void> {
    this.#last = this.#last.catch(() => {}).then(() => this.#write(sync));
    return this.#last;
  }

  /** The last flush. */
  close(): Promise<void> {
    return this.flush();
  }

  #add(tag: string, step: number, value: WriteValue): void {
    if (!tag) fail('summary writer', 'the tag is empty; give the chart a name');
    if (!Number.isSafeInteger(step)) {
      fail('summary writer', `the step of '${tag}' is ${step}; expected a whole number`);
    }
    this.#pending.push(valuesRecord(now(), step, [value]));
  }

  async #write(sync: boolean): Promise<void> {
    if (this.#pending.length === 0 && this.#path !== undefined) return;
    this.#flushed = Date.now();
    const first = this.#path === undefined;
    if (first) await mkdir(this.directory, { recursive: true });
    const records = this.#pending;
    this.#pending = [];
    if (this.#path === undefined) {
      const started = now();
      const seconds = String(Math.floor(started)).padStart(10, '0');
      const host = hostname().replace(/[^\w.-]/g, '_') || 'host';
      const name = `events.out.tfevents.${seconds}.${host}.${process.pid}.${files++}.v2`;
      this.#path = join(this.directory, name);
      records.unshift(versionRecord(started));
    }
    try {
      await append(this.#path, Buffer.concat(records), { fresh: first, sync });
    } catch (error) {
      this.#pending.unshift(...records); // for a later flush, should there be room on the disk then
      throw error;
    }
  }
}

async function append(
  path: string,
  bytes: Uint8Array,
  { fresh, sync }: { readonly fresh: boolean; readonly sync: boolean },
): Promise<void> {
  const file = await open(path, fresh ? 'ax' : 'a');
  try {
    await file.appendFile(bytes);
    if (sync) await file.datasync();
  } finally {
    await file.close();
  }
}
