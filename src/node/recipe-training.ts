/**
 * What recipes that train a model share: progress, stopping on request, and what is left in the run's
 * folder afterwards. A recipe keeps to its subject.
 */
import { join } from 'node:path';
import { argMaxOf } from '../graph/arg-max.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { setDevice } from '../tensor/device.ts';
import { setRandomSeed } from '../tensor/random.ts';
import type { ModelData } from '../training/arrays.ts';
import { Callback, type Logs } from '../training/callbacks/callback.ts';
import { callbackList } from '../training/callbacks/list.ts';
import type { FitOptions } from '../training/fit.ts';
import type { Model } from '../training/model.ts';
import type { BatchIterable } from '../training/source.ts';
import { BackupAndRestore } from './backup-and-restore.ts';
import { saveModel } from './model-files.ts';
import { ProgressBar } from './progress-bar.ts';
import type { RecipeContext, RecipeResult } from './recipe.ts';
import { backupFolder } from './run-directory.ts';

export interface Labelled {
  readonly x: NDArray;
  readonly y: NDArray;
}

/** Ends training after the running step once the user has asked for it; counts the epochs that are whole. */
class StopOnRequest extends Callback {
  readonly #requested: () => boolean;
  finished = 0;

  constructor(requested: () => boolean) {
    super();
    this.#requested = requested;
  }

  override wantsBatchLogs(): boolean {
    if (this.#requested()) this.model.stopTraining = true;
    return false;
  }

  override onTrainEnd(): void {
    this.finished = this.run.position.epoch;
  }
}

/** Seed and device as the options say. */
export function prepare({ options }: RecipeContext): void {
  setRandomSeed(options.seed);
  setDevice(options.device, { threads: options.threads });
}

/** What a model learns from: arrays, or batches that are made as they are needed. */
export interface TrainingData {
  readonly x: ModelData | BatchIterable;
  readonly y?: ModelData;
}

export interface TrainingOptions extends Omit<FitOptions, 'epochs' | 'batchSize' | 'verbose'> {
  /** Name in the files of this training; none for the only one of a recipe. */
  readonly name?: string;
  /** Title of its curves; the name by default. */
  readonly title?: string;
  readonly epochs?: number;
  readonly batchSize?: number;
  /** The model to keep, where it is only a part of the trained one. */
  readonly keep?: Model;
}

export interface Trained {
  /** Epochs that came to their end, those before a resumed run stopped among them. */
  readonly epochs: number;
  /** The numbers of the last epoch, whole or not; `val_` for those of the validation data. */
  readonly logs: Logs;
  readonly interrupted: boolean;
}

/**
 * Trains with progress on the terminal; leaves history, curves and the model in the run's folder. The backup
 * stays until the whole run has come to its end, so that one of several models is not trained again when a
 * later one was stopped.
 */
export async function trainModel(
  context: RecipeContext,
  model: Model,
  data: TrainingData,
  { name, title = name, callbacks = [], keep = model, ...options }: TrainingOptions = {},
): Promise<Trained> {
  const bar = new ProgressBar(context.progress);
  const suffix = name ? `-${name}` : '';
  const backup = new BackupAndRestore({
    backupDir: join(context.run.path, `${backupFolder}${suffix}`),
    deleteCheckpoint: false,
    minSeconds: 1,
  });
  const stop = new StopOnRequest(context.stopRequested);
  const history = await model.fit(data.x, data.y, {
    epochs: context.options.epochs,
    batchSize: context.options.batchSize,
    ...options,
    verbose: 0,
    callbacks: [...callbackList('fit', callbacks), bar, stop, backup],
  });
  const columns = history.history;
  const epochs = history.epoch.map((e) => e + 1);
  await context.run.saveHistory({ epochs, columns }, { title, suffix });
  await saveModel(keep, context.run.file(`model${suffix}.keras`));
  const last = (list: readonly number[]) => list[list.length - 1];
  const logs = Object.fromEntries(Object.entries(columns).map(([k, v]) => [k, last(v)]));
  return { epochs: stop.finished, logs, interrupted: context.stopRequested() };
}

/** Counts of true classes (rows) against predicted ones (columns). */
export async function countConfusion(
  model: Model,
  { x, y }: Labelled,
  classes: number,
  batchSize: number,
): Promise<Int32Array[]> {
  const predictions = await (await model.predict(x, { batchSize })).data();
  const counts = Array.from({ length: classes }, () => new Int32Array(classes));
  const samples = x.shape[0];
  for (let i = 0; i < samples; i++) {
    counts[classOf(y.data, i, y.data.length / samples)][
      classOf(predictions, i, predictions.length / samples)
    ]++;
  }
  return counts;
}

/** The class of row `i`: the largest of several numbers, or a single one rounded. */
function classOf(values: ArrayLike<number>, i: number, width: number): number {
  if (width === 1) return Math.round(values[i]);
  return argMaxOf(values, i * width, width);
}

/** The numbers of the last epoch as a recipe reports them. */
export function splitLogs(logs: Logs): RecipeResult['metrics'] {
  const train: Record<string, number> = {};
  const validation: Record<string, number> = {};
  for (const [name, value] of Object.entries(logs)) {
    if (name.startsWith('val_')) validation[name.slice(4)] = value;
    else train[name] = value;
  }
  return { train, validation };
}

/** What a recipe reports of a model that was trained, with its loss and metrics on the test data. */
export function resultOf(
  model: Model,
  { epochs, logs, interrupted }: Trained,
  tested: Logs,
): RecipeResult {
  return {
    parameters: model.countParams(),
    epochs,
    // A run that was stopped before its first epoch ended has no loss of its own.
    loss: logs.loss ?? tested.loss,
    metrics: { ...splitLogs(logs), test: tested },
    interrupted,
  };
}
