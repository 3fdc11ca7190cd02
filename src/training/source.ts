import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { drawSeed } from '../tensor/random.ts';
import {
  type ArrayTree,
  arraysOf,
  countSamples,
  isNDArray,
  type ModelData,
  mapArrays,
  rows,
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
  /** Batches an epoch, for data without an end. */
  readonly stepsPerEpoch?: number;
}

export function isBatchIterable(x: unknown): x is BatchIterable {
  if (typeof x === 'function') return true;
  if (typeof x !== 'object' || x === null || Array.isArray(x) || ArrayBuffer.isView(x))
    return false;
  return Symbol.asyncIterator in x || Symbol.iterator in x;
}

export interface LoadedData {
  readonly x: ArrayTree;
  readonly y?: ArrayTree;
  readonly sampleWeight?: ArrayTree;
}

export async function loadArrays(
  what: string,
  x: ModelData,
  y: ModelData | undefined,
  options: SourceOptions,
): Promise<LoadedData> {
  const data: LoadedData = {
    x: await toArrays(x, `${what}: x`),
    y: y === undefined ? undefined : await toArrays(y, `${what}: y`),
    sampleWeight:
      options.sampleWeight === undefined
        ? undefined
        : await toArrays(options.sampleWeight, `${what}: sampleWeight`),
  };
  const samples = countSamples(what, data.x, data.y, data.sampleWeight);
  if (samples === 0) fail(what, 'received no samples; expected at least one');
  if (!options.classWeight) return data;
  if (data.y === undefined || !isNDArray(data.y)) {
    fail(what, 'classWeight needs labels y of a single output');
  }
  const weight = classWeights(
    data.y,
    options.classWeight,
    data.sampleWeight as NDArray | undefined,
  );
  return { ...data, sampleWeight: weight };
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
    fail('fit', `validationSplit ${share} of ${samples} samples leaves one side empty`);
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
    batchSize: options.batchSize ?? 32,
    shuffleSeed: options.shuffle ? drawSeed() : undefined,
  });
}

async function toBatch(what: string, element: unknown): Promise<Batch> {
  let x: unknown = element;
  let y: unknown;
  let weight: unknown;
  if (Array.isArray(element) && element.length <= 3 && typeof element[0] !== 'number') {
    [x, y, weight] = element;
  } else if (typeof element === 'object' && element !== null && 'x' in element) {
    ({
      x,
      y,
      sampleWeight: weight,
    } = element as { x: unknown; y?: unknown; sampleWeight?: unknown });
  }
  const batch = {
    x: await toArrays(x as ModelData, `${what}: x`),
    y: y === undefined ? undefined : await toArrays(y as ModelData, `${what}: y`),
    sampleWeight:
      weight === undefined
        ? undefined
        : await toArrays(weight as ModelData, `${what}: sampleWeight`),
  };
  return { ...batch, size: countSamples(what, batch.x, batch.y, batch.sampleWeight) };
}

/**
 * Batches from a Dataset, an iterable, or a function that returns one for each epoch. With
 * `stepsPerEpoch` an iteration goes on from epoch to epoch and starts again when it ends.
 */
export function sourceOfIterable(
  what: string,
  data: BatchIterable,
  options: SourceOptions,
): BatchSource {
  const iterate = (): AsyncIterator<unknown> | Iterator<unknown> => {
    const iterable = typeof data === 'function' ? data() : data;
    return Symbol.asyncIterator in iterable
      ? (iterable as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      : (iterable as Iterable<unknown>)[Symbol.iterator]();
  };
  const limit = options.stepsPerEpoch;
  const known = (data as { cardinality?: unknown }).cardinality;
  const cardinality =
    typeof known === 'number' && known >= 0 && Number.isFinite(known) ? known : undefined;
  let current: AsyncIterator<unknown> | Iterator<unknown> | undefined;
  async function* elements(): AsyncIterable<unknown> {
    if (limit === undefined) current = undefined;
    current ??= iterate();
    for (let step = 0; limit === undefined || step < limit; step++) {
      let next = await current.next();
      if (next.done) {
        if (limit === undefined) return;
        current = iterate();
        next = await current.next();
        if (next.done) return;
      }
      yield next.value;
    }
  }
  async function* epoch(): AsyncIterable<Batch> {
    for await (const element of elements()) yield toBatch(what, element);
  }
  async function skipEpochs(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      // A new iteration for each epoch: one that is begun and left at once makes a Dataset count it.
      if (limit === undefined) iterate();
      else for await (const _ of elements());
    }
  }
  return { steps: limit ?? cardinality, samples: undefined, epoch, skipEpochs };
}
