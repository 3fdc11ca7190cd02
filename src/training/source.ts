import { fail } from '../graph/errors.ts';
import { drawSeed } from '../tensor/random.ts';
import {
  type ArrayTree,
  arraysOf,
  countSamples,
  isNDArray,
  type ModelData,
  mapArrays,
  rows,
  type Signature,
  toArrays,
} from './arrays.ts';
import { arraySource, type Batch, type BatchSource } from './batches.ts';
import { type ClassWeight, classWeights } from './class-weight.ts';

/** From what fit, evaluate and predict were given to a source of batches. */

/** Data that yields batches: `{x, y, sampleWeight}` objects, or `[x, y, sampleWeight]` arrays. */
export type BatchIterable =
  | AsyncIterable<unknown>
  | Iterable<unknown>
  | (() => AsyncIterable<unknown> | Iterable<unknown>);

export interface SourceOptions {
  readonly batchSize?: number;
  readonly shuffle?: boolean;
  readonly sampleWeight?: ModelData;
  readonly classWeight?: ClassWeight;
  /**
   * Batches an epoch, where it is not all of the data: the next epoch goes on from there. Needed for data
   * without an end.
   */
  readonly stepsPerEpoch?: number;
}

export function isBatchIterable(x: unknown): x is BatchIterable {
  if (typeof x === 'function') return true;
  if (typeof x !== 'object' || x === null || Array.isArray(x) || ArrayBuffer.isView(x))
    return false;
  return Symbol.asyncIterator in x || Symbol.iterator in x;
}

/** Data in batches brings labels and weights with it. */
export function expectNoArrays(what: string, y: unknown, sampleWeight: unknown): void {
  if (y === undefined && sampleWeight === undefined) return;
  fail(
    what,
    `received ${y === undefined ? 'sampleWeight' : 'y'} beside a Dataset or iterable, whose batches hold labels and weights themselves: { x, y, sampleWeight } or [x, y, sampleWeight]`,
  );
}

export interface LoadedData {
  readonly x: ArrayTree;
  readonly y?: ArrayTree;
  readonly sampleWeight?: ArrayTree;
}

/** Inputs, labels and weights as arrays. */
async function concrete(
  what: string,
  x: ModelData,
  y: ModelData | undefined,
  sampleWeight: ModelData | undefined,
  { inputs, outputs }: Signature = {},
): Promise<LoadedData> {
  const features = await toArrays(x, `${what}: x`, inputs);
  const samples = arraysOf(features)[0]?.shape[0];
  const optional = (data: ModelData | undefined, name: string) =>
    data === undefined || data === null
      ? undefined
      : toArrays(data, `${what}: ${name}`, outputs, samples);
  return {
    x: features,
    y: await optional(y, 'y'),
    sampleWeight: await optional(sampleWeight, 'sampleWeight'),
  };
}

export async function loadArrays(
  what: string,
  x: ModelData,
  y: ModelData | undefined,
  options: SourceOptions,
  signature?: Signature,
): Promise<LoadedData> {
  const data = await concrete(what, x, y, options.sampleWeight, signature);
  const samples = countSamples(what, data.x, data.y, data.sampleWeight);
  if (samples === 0) fail(what, 'received no samples; expected at least one');
  return weighted(what, data, options.classWeight);
}

/** The data with the weights of the classes in those of the samples. */
export function weighted<D extends LoadedData>(
  what: string,
  data: D,
  weights: ClassWeight | undefined,
): D {
  if (!weights) return data;
  const { y, sampleWeight } = data;
  if (y === undefined || !isNDArray(y)) {
    fail(what, 'classWeight needs labels y of a single output');
  }
  if (sampleWeight !== undefined && !isNDArray(sampleWeight)) {
    fail(what, 'classWeight goes with sampleWeight of a single output');
  }
  return { ...data, sampleWeight: classWeights(y, weights, sampleWeight) };
}

/** The last share of the samples, kept apart for validation. */
export function splitLast(
  data: LoadedData,
  share: number,
): { train: LoadedData; validation: LoadedData } {
  if (!(share > 0 && share < 1)) {
    fail('fit', `validationSplit is ${share}; expected a share between 0 and 1`);
  }
  const samples = arraysOf(data.x)[0].shape[0];
  const at = Math.floor(samples * (1 - share));
  if (at === 0 || at === samples) {
    fail(
      'fit',
      `validationSplit ${share} of ${samples} samples leaves one side empty; expected a share between 0 and 1 that leaves samples on both`,
    );
  }
  const part = (from: number, to: number): LoadedData => {
    const cut = (tree: ArrayTree | undefined) =>
      tree === undefined ? undefined : (mapArrays(tree, (a) => rows(a, from, to)) as ArrayTree);
    return { x: cut(data.x)!, y: cut(data.y), sampleWeight: cut(data.sampleWeight) };
  };
  return { train: part(0, at), validation: part(at, samples) };
}

export function sourceOfArrays(
  data: LoadedData,
  options: SourceOptions & { readonly together?: number },
): BatchSource {
  return arraySource(data, {
    together: options.together,
    stepsPerEpoch: options.stepsPerEpoch,
    batchSize: options.batchSize ?? 32,
    shuffleSeed: options.shuffle ? drawSeed() : undefined,
  });
}

/** Numbers nested as deep as the inputs of a model have axes: a batch of inputs, not a list of arrays. */
function isNestedInput(element: readonly unknown[], rank: number | undefined): boolean {
  let depth = 0;
  let value: unknown = element;
  for (; Array.isArray(value); value = value[0]) depth++;
  return typeof value === 'number' && depth === rank;
}

async function toBatch(what: string, element: unknown, signature: Signature): Promise<Batch> {
  let x: unknown = element;
  let y: unknown;
  let weight: unknown;
  const { inputs } = signature;
  const rank = inputs?.count === 1 ? inputs.ranks?.[0] : undefined;
  if (Array.isArray(element) && isNestedInput(element, rank)) {
    x = element;
  } else if (Array.isArray(element) && element.length <= 3 && typeof element[0] !== 'number') {
    [x, y, weight] = element;
  } else if (typeof element === 'object' && element !== null && 'x' in element) {
    ({
      x,
      y,
      sampleWeight: weight,
    } = element as { x: unknown; y?: unknown; sampleWeight?: unknown });
  }
  const [labels, weights] = [y, weight] as (ModelData | undefined)[];
  const batch = await concrete(what, x as ModelData, labels, weights, signature);
  if ([batch.x, batch.y].some((t) => t && arraysOf(t).some((array) => array.shape.length === 0))) {
    fail(
      what,
      'an element of the data holds a single sample; expected batches: use batch() on a Dataset',
    );
  }
  return { ...batch, size: countSamples(what, batch.x, batch.y, batch.sampleWeight) };
}

const endOf = (iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined) =>
  iterator?.return?.() as Promise<unknown> | undefined;

/**
 * Batches from a Dataset, an iterable, or a function that returns one for each epoch. With
 * `stepsPerEpoch` an iteration goes on from epoch to epoch and starts again when it ends. An iterator that
 * cannot start again ends the epoch, with a warning, as in Keras; an epoch without a batch is an error.
 */
export function sourceOfIterable(
  what: string,
  data: BatchIterable,
  options: SourceOptions,
  signature: Signature = {},
): BatchSource {
  const limit = options.stepsPerEpoch;
  const known = (data as { cardinality?: unknown }).cardinality;
  if (known === Number.POSITIVE_INFINITY && limit === undefined) {
    fail(what, 'the data never ends; pass the number of batches to take (stepsPerEpoch, or steps)');
  }
  const cardinality =
    typeof known === 'number' && known >= 0 && Number.isFinite(known) ? known : undefined;
  let current: AsyncIterator<unknown> | Iterator<unknown> | undefined;
  let begun = 0;
  const iterate = (): AsyncIterator<unknown> | Iterator<unknown> => {
    const iterable = typeof data === 'function' ? data() : data;
    begun++;
    return Symbol.asyncIterator in iterable
      ? (iterable as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      : (iterable as Iterable<unknown>)[Symbol.iterator]();
  };
  /** The next element, of a new iteration where the present one has ended and may be followed by others. */
  const next = async (again: boolean, step: number): Promise<IteratorResult<unknown>> => {
    const isNew = current === undefined;
    current ??= iterate();
    const result = await current.next();
    if (!result.done) return result;
    current = undefined;
    if (isNew) {
      const isUsedUp = begun > 1 && typeof data !== 'function';
      if (isUsedUp && step > 0) {
        console.warn(
          `nabla: ${what}: the data has come to its end after ${step} of ${limit} batches, which ends the epoch; an iterator cannot be gone through again: pass a function that returns a new one`,
        );
        return result;
      }
      const reason = isUsedUp
        ? 'the data has come to its end, and an iterator cannot be gone through again; pass a function that returns a new one, or fewer epochs and steps'
        : 'the data has no batches; expected at least one';
      fail(what, reason);
    }
    return again ? next(again, step) : result;
  };
  async function* elements(): AsyncIterable<unknown> {
    if (limit === undefined) current = undefined;
    try {
      for (let step = 0; limit === undefined || step < limit; step++) {
        const { done, value } = await next(limit !== undefined, step);
        if (done) return;
        yield value;
      }
    } finally {
      if (limit === undefined) await close();
    }
  }
  async function* epoch(): AsyncIterable<Batch> {
    for await (const element of elements()) {
      yield weighted(what, await toBatch(what, element, signature), options.classWeight);
    }
  }
  async function skipEpochs(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      // A new iteration for each epoch: one that is begun and left at once makes a Dataset count it. The body of
      // a generator function, which may count as well, begins with its first element.
      if (limit === undefined) {
        const iterator = iterate();
        if (typeof data === 'function') await iterator.next();
        await endOf(iterator);
      } else for await (const _ of elements());
    }
  }
  async function close(): Promise<void> {
    const iterator = current;
    current = undefined;
    await endOf(iterator);
  }
  return { steps: limit ?? cardinality, samples: undefined, epoch, skipEpochs, close };
}
