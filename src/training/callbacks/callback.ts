import type { NDArray } from '../../graph/ndarray.ts';
import type { Layer } from '../../nn/layers/layer.ts';
import type { Metric } from '../../nn/metrics/metric.ts';
import type { Optimizer } from '../../nn/optimizers/optimizer.ts';
import type { Variable } from '../../tensor/variable.ts';
import type { ModelData } from '../arrays.ts';
import type { SaveOptions } from '../files.ts';
import type { BatchIterable } from '../source.ts';

/**
 * Numbers of an epoch or a batch: `loss`, metrics by name, and the same with `val_` before. What a callback
 * adds at the end of an epoch, the callbacks behind it and the history see too.
 */
export type Logs = Record<string, number>;

/**
 * Where a run of fit is. A callback that continues a run which was broken off sets it in `onTrainBegin`:
 * training then starts from there instead of the initial epoch.
 */
export interface RunPosition {
  /** The epoch that runs or comes next. */
  epoch: number;
  /** Batches of it that are done. */
  batch: number;
  /** Determines the order of the samples in every epoch; undefined where fit does not shuffle them. */
  shuffleSeed: number | undefined;
  /** The numbers of the batches that are done; they count where no batch of the epoch is left. */
  logs?: Logs;
  /**
   * Gives the variables the values that they had there. Called once, before the first epoch begins, when
   * everything that a training step changes has been made.
   */
  restore?: () => void | Promise<void>;
}

/** What a run of fit consists of. */
export interface RunParameters {
  readonly epochs: number;
  /** The epoch that the run starts from, 0 unless it continues another. */
  readonly initialEpoch: number;
  /** Batches an epoch; undefined for data that does not know its length. */
  readonly steps: number | undefined;
  readonly samples: number | undefined;
  readonly batchSize: number | undefined;
  /** Whether validation follows each epoch. */
  readonly validates: boolean;
  /** Moves on as training does. */
  readonly position: RunPosition;
  /** Everyone who takes part, in order. */
  readonly callbacks: readonly Callback[];
}

/** What a callback remembers from epoch to epoch, for a run that is continued in another process. */
export type CallbackState = Readonly<
  Record<string, number | string | boolean | null | readonly NDArray[]>
>;

/** What a callback may say of an evaluation or a prediction that it makes itself. */
interface RunOptions {
  readonly batchSize?: number;
  readonly steps?: number;
}

/** What callbacks see of the model in training. */
export interface TrainedModel {
  readonly name: string;
  /** Set it to end training after the running step. */
  stopTraining: boolean;
  readonly optimizer: Optimizer;
  readonly layers: Layer[];
  readonly metrics: Metric[];
  readonly weights: Variable[];
  readonly trainableWeights: Variable[];
  getLayer(which: string | number): Layer;
  evaluate(x: ModelData | BatchIterable, y?: ModelData, options?: RunOptions): Promise<Logs>;
  predict(x: ModelData | BatchIterable, options?: RunOptions): Promise<any>;
  save(target: string, options?: SaveOptions): Promise<void>;
  getWeights(): Promise<NDArray[]>;
  setWeights(values: readonly NDArray[]): void;
}

/**
 * Takes part in training: each hook is called, and awaited, at its moment. Override the hooks you need.
 * Epochs and batches count from 0.
 */
export abstract class Callback {
  protected model!: TrainedModel;
  protected run!: RunParameters;
  /** Whether it hears of ends of batches and epochs after all others: it keeps what they have come to. */
  readonly comesLast: boolean = false;

  /** Called before the first hook of a run. */
  attach(model: TrainedModel, run: RunParameters): void {
    this.model = model;
    this.run = run;
  }

  /** Whether the next batch's numbers are wanted; reading them from a GPU takes time. */
  wantsBatchLogs(): boolean {
    return this.onTrainBatchEnd !== Callback.prototype.onTrainBatchEnd;
  }

  /** The same of the numbers of a batch in evaluation. */
  wantsTestBatchLogs(): boolean {
    return this.onTestBatchEnd !== Callback.prototype.onTestBatchEnd;
  }

  /** What must be kept with a backup of the run; nothing by default. */
  getState(): CallbackState | undefined {
    return undefined;
  }

  /** Goes on from a state that `getState` of the same class gave, after `onTrainBegin`. */
  setState(_state: CallbackState): void {}

  /** Before the first epoch. */
  onTrainBegin(): void | Promise<void> {}
  /** After the last epoch, with its numbers. */
  onTrainEnd(_logs: Logs): void | Promise<void> {}
  /** Before the first batch of an epoch. */
  onEpochBegin(_epoch: number): void | Promise<void> {}
  /** After an epoch and its validation, with the numbers of both. */
  onEpochEnd(_epoch: number, _logs: Logs): void | Promise<void> {}
  /** Before a training step, or before those that run together (`stepsPerExecution`). */
  onTrainBatchBegin(_batch: number): void | Promise<void> {}
  /** After a training step, with the numbers of the epoch so far. Waits for every step, so it has a price. */
  onTrainBatchEnd(_batch: number, _logs: Logs): void | Promise<void> {}
  /** Before validation or `evaluate`. */
  onTestBegin(): void | Promise<void> {}
  /** After validation or `evaluate`, with its numbers. */
  onTestEnd(_logs: Logs): void | Promise<void> {}
  /** Before a batch of validation or `evaluate`. */
  onTestBatchBegin(_batch: number): void | Promise<void> {}
  /** After a batch of validation or `evaluate`, with the numbers so far. Waits for every batch. */
  onTestBatchEnd(_batch: number, _logs: Logs): void | Promise<void> {}
  /** Before `predict` takes its first batch. */
  onPredictBegin(): void | Promise<void> {}
  /** After the last batch of `predict`. */
  onPredictEnd(): void | Promise<void> {}
  /** Before a batch of `predict`. */
  onPredictBatchBegin(_batch: number): void | Promise<void> {}
  /** `outputs` are those of the batch, as tensors. */
  onPredictBatchEnd(_batch: number, _outputs: any): void | Promise<void> {}
}
