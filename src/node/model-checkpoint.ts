/** The model as files, at moments of training: after each epoch, or whenever it is the best so far. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail } from '../graph/errors.ts';
import { expectOptions } from '../nn/options.ts';
import {
  Callback,
  type CallbackState,
  type Logs,
  type RunParameters,
} from '../training/callbacks/callback.ts';
import { Monitor, type MonitorOptions } from '../training/callbacks/monitor.ts';
import { Model } from '../training/model.ts';
import { saveModel, saveWeights } from './model-files.ts';
import { formatName } from './python-format.ts';
import { BatchCounter, type SaveFrequency } from './save-frequency.ts';

export interface ModelCheckpointOptions extends Pick<MonitorOptions, 'monitor' | 'mode'> {
  /**
   * The file, ending in .keras or .h5, for weights alone in .weights.h5. `{epoch:02d}` (counted from 1),
   * `{batch}` and the numbers of the epoch such as `{val_loss:.2f}` stand for their values.
   */
  readonly filepath: string;
  /** Keep only what beats the best so far in `monitor` ('val_loss' by default). */
  readonly saveBestOnly?: boolean;
  readonly saveWeightsOnly?: boolean;
  /** After each epoch, or after so many batches. */
  readonly saveFreq?: SaveFrequency;
  /** What the first one must beat, if only the best is kept. */
  readonly initialValueThreshold?: number | null;
  /** 1: tell about each decision. */
  readonly verbose?: 0 | 1;
}

const known = [
  'filepath',
  'monitor',
  'mode',
  'saveBestOnly',
  'saveWeightsOnly',
  'saveFreq',
  'initialValueThreshold',
  'verbose',
];

/** Saves the model as training goes on. Files are replaced in one step: there is always a whole one. */
export class ModelCheckpoint extends Callback {
  readonly filepath: string;
  readonly saveBestOnly: boolean;
  readonly saveWeightsOnly: boolean;
  /** The best value so far; undefined before the first. */
  best: number | undefined;
  readonly #verbose: boolean;
  readonly #monitor: Monitor;
  readonly #counter: BatchCounter;
  #warned = false;

  constructor(options: ModelCheckpointOptions) {
    super();
    expectOptions('modelCheckpoint', options, known);
    const { filepath, saveFreq = 'epoch', saveWeightsOnly = false } = options ?? {};
    if (typeof filepath !== 'string') {
      fail('modelCheckpoint', `filepath is ${filepath}; expected the name of a file`);
    }
    this.filepath = filepath;
    this.saveBestOnly = options.saveBestOnly ?? false;
    this.saveWeightsOnly = saveWeightsOnly;
    this.best = options.initialValueThreshold ?? undefined;
    this.#verbose = options.verbose === 1;
    this.#monitor = new Monitor(options);
    this.#counter = new BatchCounter('modelCheckpoint', saveFreq);
    const endings = saveWeightsOnly ? ['.weights.h5'] : ['.keras', '.h5'];
    if (!endings.some((ending) => filepath.endsWith(ending))) {
      const what = saveWeightsOnly ? 'with saveWeightsOnly it' : 'it';
      fail(
        'modelCheckpoint',
        `filepath is '${filepath}'; ${what} must end in ${endings.join(' or ')}`,
      );
    }
  }

  override getState(): CallbackState {
    return { best: this.best ?? null };
  }

  override setState({ best }: CallbackState): void {
    this.best = (best as number | null) ?? undefined;
  }

  override onTrainBegin(): void {
    this.#counter.start();
  }

  override onEpochBegin(): void {
    this.#counter.newEpoch(this.run.position.batch);
  }

  override wantsBatchLogs(): boolean {
    return this.#counter.isDue(this.run.position.batch);
  }

  override onTrainBatchEnd(batch: number, logs: Logs): Promise<void> {
    return this.#consider(this.run.position.epoch, logs, { batch: batch + 1 });
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (this.#counter.eachEpoch) await this.#consider(epoch, logs, {});
  }

  async #consider(epoch: number, logs: Logs, extra: { batch?: number }): Promise<void> {
    const path = formatName('modelCheckpoint', this.filepath, {
      epoch: epoch + 1,
      ...extra,
      ...logs,
    });
    // Between the batches of an epoch nothing is validated, so there is nothing to wait for.
    const run = extra.batch === undefined ? this.run : { validates: false };
    if (this.saveBestOnly && !this.#improves(epoch, logs, path, run)) return;
    if (!this.saveBestOnly) this.#tell(epoch, `saving model to ${path}`);
    const { model } = this;
    if (!(model instanceof Model)) {
      return fail('modelCheckpoint', `'${model.name}' is not a Model; only models can be saved`);
    }
    await mkdir(dirname(path), { recursive: true });
    await (this.saveWeightsOnly ? saveWeights(model, path) : saveModel(model, path));
  }

  /**
   * Whether the watched number is the best so far, which it then becomes. Without one nothing is saved after
   * an epoch that was not validated, and everything where there never is one.
   */
  #improves(
    epoch: number,
    logs: Logs,
    path: string,
    run: Pick<RunParameters, 'validates'>,
  ): boolean {
    const { name } = this.#monitor;
    const value = this.#monitor.read(logs, run, (message) => {
      if (!this.#warned) console.warn(`nabla: modelCheckpoint: ${message}; saving every time`);
      this.#warned = true;
    });
    if (value === undefined) return this.#warned;
    const { best } = this;
    if (best !== undefined && !this.#monitor.isBetter(value, best)) {
      this.#tell(epoch, `${name} did not improve from ${best.toFixed(5)}`);
      return false;
    }
    const from = best === undefined ? 'none' : best.toFixed(5);
    this.#tell(
      epoch,
      `${name} improved from ${from} to ${value.toFixed(5)}, saving model to ${path}`,
    );
    this.best = value;
    return true;
  }

  #tell(epoch: number, message: string): void {
    if (this.#verbose) console.log(`\nEpoch ${epoch + 1}: ${message}`);
  }
}
