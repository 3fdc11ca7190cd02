import { fail } from '../graph/errors.ts';
import { expectOptions } from '../nn/options.ts';
import type { ModelData } from './arrays.ts';
import type { Batch, BatchSource } from './batches.ts';
import type { Callback, Logs, RunParameters, RunPosition } from './callbacks/callback.ts';
import { History } from './callbacks/history.ts';
import { type CallbackSpecs, callbackList } from './callbacks/list.ts';
import { evaluateSource } from './evaluation.ts';
import { type Progress, progressCallback } from './progress.ts';
import {
  type BatchIterable,
  expectNoArrays,
  isBatchIterable,
  loadArrays,
  type SourceOptions,
  sourceOfArrays,
  sourceOfIterable,
  splitLast,
  weighted,
} from './source.ts';
import { type StepData, stepData } from './step-data.ts';
import type { Results, Trainable } from './trainable.ts';

/** The training loop: epochs of batches, validation after each, callbacks at every turn. */

/** Arrays `[x, y]` or `[x, y, sampleWeight]` or by name, or a Dataset or iterable of batches. */
export type ValidationData =
  | readonly [x: ModelData, y: ModelData]
  | readonly [x: ModelData, y: ModelData, sampleWeight: ModelData]
  | { readonly x: ModelData; readonly y?: ModelData; readonly sampleWeight?: ModelData }
  | BatchIterable;

/** What `fit` takes besides the data. */
export interface FitOptions extends SourceOptions {
  /** Samples a step; 32 by default. */
  readonly batchSize?: number;
  readonly epochs?: number;
  /** Where the count of epochs starts when a run is continued. */
  readonly initialEpoch?: number;
  readonly validationData?: ValidationData;
  /** Share of the samples, from the end, that is kept for validation. */
  readonly validationSplit?: number;
  readonly validationBatchSize?: number;
  readonly validationSteps?: number;
  /** Validate after every so many epochs, or after the listed ones (counted from 1). */
  readonly validationFreq?: number | readonly number[];
  /** A new order of the samples in each epoch; on by default for arrays. */
  readonly shuffle?: boolean;
  readonly callbacks?: CallbackSpecs;
  /** Show progress: on a terminal by default. */
  readonly verbose?: Progress;
}

/** Their names, for checks where types do not check. */
export const fitOptions: readonly (keyof FitOptions)[] = [
  'batchSize',
  'epochs',
  'initialEpoch',
  'validationData',
  'validationSplit',
  'validationBatchSize',
  'validationSteps',
  'validationFreq',
  'shuffle',
  'callbacks',
  'verbose',
  'sampleWeight',
  'classWeight',
  'stepsPerEpoch',
];

function expectEpochs(options: FitOptions): void {
  const { epochs = 1, initialEpoch = 0, stepsPerEpoch, validationFreq = 1 } = options;
  const frequencies = Array.isArray(validationFreq) ? validationFreq : [validationFreq];
  if (!frequencies.every((n) => Number.isInteger(n) && n >= 1)) {
    fail(
      'fit',
      `validationFreq is ${JSON.stringify(validationFreq)}; expected a whole number of 1 or more, or a list of epochs`,
    );
  }
  if (!(Number.isInteger(epochs) && epochs >= 1)) {
    fail('fit', `epochs is ${JSON.stringify(epochs)}; expected a whole number of 1 or more`);
  }
  if (!(Number.isInteger(initialEpoch) && initialEpoch >= 0)) {
    fail('fit', `initialEpoch is ${initialEpoch}; expected a whole number of 0 or more`);
  }
  if (stepsPerEpoch !== undefined && !(Number.isInteger(stepsPerEpoch) && stepsPerEpoch >= 1)) {
    fail('fit', `stepsPerEpoch is ${stepsPerEpoch}; expected a whole number of 1 or more`);
  }
}

interface Sources {
  readonly train: BatchSource;
  readonly validation: BatchSource | undefined;
}

async function sourcesFor(
  x: ModelData | BatchIterable,
  y: ModelData | undefined,
  options: FitOptions,
  { stepsPerExecution: together, signature }: Pick<Trainable, 'stepsPerExecution' | 'signature'>,
): Promise<Sources> {
  const { validationData, validationSplit, batchSize = 32 } = options;
  const validationOptions = { batchSize: options.validationBatchSize ?? batchSize };
  const given = async (): Promise<BatchSource | undefined> => {
    if (validationData === undefined || validationData === null) return undefined;
    if (isBatchIterable(validationData)) {
      const limit = { stepsPerEpoch: options.validationSteps };
      return sourceOfIterable('validationData', validationData, limit, signature);
    }
    const arrays = Array.isArray(validationData)
      ? { x: validationData[0], y: validationData[1], sampleWeight: validationData[2] }
      : (validationData as { x: ModelData; y?: ModelData; sampleWeight?: ModelData });
    return sourceOfArrays(
      await loadArrays(
        'validationData',
        arrays.x,
        arrays.y,
        { sampleWeight: arrays.sampleWeight },
        signature,
      ),
      validationOptions,
    );
  };
  if (isBatchIterable(x)) {
    expectNoArrays('fit', y, options.sampleWeight);
    if (validationSplit) {
      fail('fit', 'validationSplit needs arrays; pass validationData for a Dataset or iterable');
    }
    return { train: sourceOfIterable('fit', x, options, signature), validation: await given() };
  }
  const { classWeight, ...unweighted } = options;
  const data = await loadArrays('fit', x, y, unweighted, signature);
  const trainOptions = {
    batchSize,
    shuffle: options.shuffle ?? true,
    // The group that runs, and the one that is made ready meanwhile.
    together: 2 * together,
    stepsPerEpoch: options.stepsPerEpoch,
  };
  if (validationSplit && validationData === undefined) {
    const { train, validation } = splitLast(data, validationSplit);
    return {
      // As in Keras, validation does without the weights of the classes.
      train: sourceOfArrays(weighted('fit', train, classWeight), trainOptions),
      validation: sourceOfArrays(validation, validationOptions),
    };
  }
  const train = weighted('fit', data, classWeight);
  return { train: sourceOfArrays(train, trainOptions), validation: await given() };
}

function validatesAfter(epoch: number, frequency: FitOptions['validationFreq'] = 1): boolean {
  return typeof frequency === 'number'
    ? (epoch + 1) % frequency === 0
    : frequency.includes(epoch + 1);
}

/** The following batches that run together: as many as the model takes at once, all of one size. */
async function* groups(
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  size: number,
  { skip = 0, limit }: { readonly skip?: number; readonly limit: number | undefined },
): AsyncGenerator<StepData[]> {
  let group: StepData[] = [];
  let samples = 0;
  let count = 0;
  for await (const batch of batches) {
    if (limit !== undefined && count >= limit) break;
    if (count++ < skip) continue;
    if (group.length === size || (group.length > 0 && batch.size !== samples)) {
      yield group;
      group = [];
    }
    samples = batch.size;
    group.push(stepData(batch));
  }
  if (group.length > 0) yield group;
}

/**
 * One epoch of training, from the batch at which the position is. The next batches are made ready while the
 * engine works on the present ones.
 */
async function trainEpoch(
  model: Trainable,
  iterator: AsyncGenerator<StepData[]>,
  callbacks: readonly Callback[],
  position: RunPosition,
): Promise<{ logs: Logs; complete: boolean }> {
  let results: Results | undefined;
  let next: IteratorResult<StepData[]> = { done: true, value: undefined };
  try {
    next = await iterator.next();
    for (let step = position.batch; !next.done; ) {
      for (const callback of callbacks) await callback.onTrainBatchBegin(step);
      const running = model.runTrainSteps(next.value);
      // A failure of the step is awaited below; this keeps it from counting as unhandled until then.
      running.catch(() => {});
      step += next.value.length;
      next = await iterator.next();
      results = await running;
      position.batch = step;
      const interested = callbacks.filter((c) => c.wantsBatchLogs());
      if (interested.length > 0) {
        const logs = await model.readLogs(results);
        for (const callback of endings(interested)) await callback.onTrainBatchEnd(step - 1, logs);
      }
      if (model.stopTraining) break;
    }
  } finally {
    // Whatever ends the epoch, what the data holds open is closed.
    if (!next.done) await iterator.return(undefined);
  }
  const complete = next.done === true;
  const logs = results ? await model.readLogs(results) : position.logs;
  return { logs: logs ?? fail('fit', NO_BATCHES), complete };
}

/** Callbacks in the order in which they hear of ends. */
function endings(callbacks: readonly Callback[]): Callback[] {
  return [...callbacks.filter((c) => !c.comesLast), ...callbacks.filter((c) => c.comesLast)];
}

const NO_BATCHES = 'the data has no batches; expected at least one';

/**
 * Takes up a run where a callback says that it was broken off: the sources go to that place, the variables
 * get the values that they had. Returns the rest of the epoch's batches.
 */
async function continueRun(
  model: Trainable,
  { train, validation }: Sources,
  { initialEpoch, position }: RunParameters,
  options: FitOptions,
): Promise<AsyncGenerator<StepData[]> | undefined> {
  const { restore, epoch } = position;
  if (!restore) return undefined;
  position.restore = undefined;
  train.shuffleSeed = position.shuffleSeed;
  const past = Array.from(
    { length: Math.max(0, epoch - initialEpoch) },
    (_, i) => i + initialEpoch,
  );
  await train.skipEpochs?.(past.length);
  const validated = past.filter((e) => validatesAfter(e, options.validationFreq));
  await validation?.skipEpochs?.(validated.length);
  const batches = forwarded(train.epoch(epoch));
  const first = await batches.next();
  if (first.done) fail('fit', NO_BATCHES);
  model.buildTrainStep(stepData(first.value));
  await restore();
  const whole = forwarded(batches, first.value);
  return groups(whole, model.stepsPerExecution, {
    skip: position.batch,
    limit: options.stepsPerEpoch,
  });
}

async function* forwarded<T>(
  items: AsyncIterable<T> | Iterable<T>,
  ...before: readonly T[]
): AsyncGenerator<T> {
  yield* before;
  yield* items;
}

export async function runFit(
  model: Trainable,
  x: ModelData | BatchIterable,
  y: ModelData | undefined,
  options: FitOptions,
): Promise<History> {
  expectOptions('fit', options, fitOptions);
  expectEpochs(options);
  const sources = await sourcesFor(x, y, options, model);
  try {
    return await runEpochs(model, sources, options, isBatchIterable(x));
  } finally {
    await sources.train.close?.();
    await sources.validation?.close?.();
  }
}

async function runEpochs(
  model: Trainable,
  { train, validation }: Sources,
  options: FitOptions,
  ownBatches: boolean,
): Promise<History> {
  const { epochs = 1, initialEpoch = 0, validationFreq } = options;
  // A run that goes on from another takes the samples in the order that the other would have gone on in.
  if (initialEpoch > 0 && train.shuffleSeed !== undefined) {
    train.shuffleSeed = model.shuffleSeed ?? train.shuffleSeed;
  }
  model.shuffleSeed = train.shuffleSeed;
  const history = new History();
  const progress = progressCallback(options.verbose);
  const callbacks = [
    ...callbackList('fit', options.callbacks),
    history,
    ...(progress ? [progress] : []),
  ];
  const position: RunPosition = { epoch: initialEpoch, batch: 0, shuffleSeed: train.shuffleSeed };
  const run: RunParameters = {
    epochs,
    initialEpoch,
    position,
    callbacks,
    steps: options.stepsPerEpoch ?? train.steps,
    samples: train.samples,
    batchSize: ownBatches ? undefined : (options.batchSize ?? 32),
    validates: validation !== undefined,
  };
  for (const callback of callbacks) callback.attach(model, run);
  model.stopTraining = false;
  model.history = history;
  for (const callback of callbacks) await callback.onTrainBegin();
  let logs: Logs = {};
  let rest = await continueRun(model, { train, validation }, run, options);
  for (let { epoch } = position; epoch < epochs && !model.stopTraining; epoch++) {
    if (position.batch === 0) model.resetMetrics();
    for (const callback of callbacks) await callback.onEpochBegin(epoch);
    rest ??= groups(train.epoch(epoch), model.stepsPerExecution, { limit: options.stepsPerEpoch });
    const trained = await trainEpoch(model, rest, callbacks, position);
    rest = undefined;
    logs = trained.logs;
    if (validation && validatesAfter(epoch, validationFreq)) {
      const validated = await evaluateSource(model, validation, callbacks, options.validationSteps);
      logs = {
        ...logs,
        ...Object.fromEntries(Object.entries(validated).map(([k, v]) => [`val_${k}`, v])),
      };
    }
    if (trained.complete) Object.assign(position, { epoch: epoch + 1, batch: 0, logs: undefined });
    for (const callback of endings(callbacks)) await callback.onEpochEnd(epoch, logs);
  }
  model.optimizer.finalizeVariableValues(model.optimizer.trainableVariables);
  for (const callback of callbacks) await callback.onTrainEnd(logs);
  return history;
}
