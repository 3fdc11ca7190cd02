import { fail } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { expectOptions } from '../../nn/options.ts';
import { Callback, type CallbackState, type Logs } from './callback.ts';
import { Monitor, type MonitorOptions, monitorOptions } from './monitor.ts';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement before training ends. */
  readonly patience?: number;
  /** The number must beat this value, not only its own best. */
  readonly baseline?: number | null;
  /** Whether to end with the weights of the best epoch. */
  readonly restoreBestWeights?: boolean;
  /** Epochs before watching begins. */
  readonly startFromEpoch?: number;
  /** 1: tell when training ends early, and which weights are restored. */
  readonly verbose?: 0 | 1;
}

const known = [
  ...monitorOptions,
  'patience',
  'baseline',
  'restoreBestWeights',
  'startFromEpoch',
  'verbose',
];

/** Ends training when a number has stopped improving. */
export class EarlyStopping extends Callback {
  readonly patience: number;
  readonly baseline: number | null;
  readonly restoreBestWeights: boolean;
  readonly startFromEpoch: number;
  /** The epoch after which training was ended; undefined if it ran through. */
  stoppedEpoch: number | undefined;
  bestEpoch = 0;
  #monitor: Monitor;
  #wait = 0;
  #bestWeights: NDArray[] | undefined;
  readonly #options: EarlyStoppingOptions;

  constructor(options: EarlyStoppingOptions = {}) {
    super();
    expectOptions('earlyStopping', options, known);
    this.#options = options;
    this.patience = options.patience ?? 0;
    if (!(this.patience >= 0)) {
      fail(
        'earlyStopping',
        `patience is ${options.patience}; expected a number of epochs of 0 or more`,
      );
    }
    this.baseline = options.baseline ?? null;
    this.restoreBestWeights = options.restoreBestWeights ?? false;
    this.startFromEpoch = options.startFromEpoch ?? 0;
    this.#monitor = new Monitor(options);
  }

  get best(): number {
    return this.#monitor.best;
  }

  override onTrainBegin(): void {
    this.#monitor = new Monitor(this.#options);
    this.#wait = 0;
    this.#bestWeights = undefined;
    this.stoppedEpoch = undefined;
    this.bestEpoch = 0;
  }

  override getState(): CallbackState {
    const { bestEpoch } = this;
    const best = this.#monitor.best;
    return { wait: this.#wait, best, bestEpoch, bestWeights: this.#bestWeights ?? null };
  }

  override setState({ wait, best, bestEpoch, bestWeights }: CallbackState): void {
    this.#wait = wait as number;
    this.#monitor.best = best as number;
    this.bestEpoch = bestEpoch as number;
    this.#bestWeights = (bestWeights as NDArray[] | null) ?? undefined;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const value = this.#monitor.read(logs, this.run, (message) => {
      fail('earlyStopping', `${message}; set monitor, or pass validationData`);
    });
    if (value === undefined || epoch < this.startFromEpoch) return;
    // If nothing ever improves (the value is NaN, say), the first weights are the ones to go back to.
    if (this.restoreBestWeights && !this.#bestWeights) {
      this.#bestWeights = await this.model.getWeights();
    }
    this.#wait++;
    if (this.#monitor.improve(value)) {
      this.bestEpoch = epoch;
      if (this.restoreBestWeights) this.#bestWeights = await this.model.getWeights();
      if (this.baseline === null || this.#monitor.isBetter(value, this.baseline)) this.#wait = 0;
      return;
    }
    if (this.#wait >= this.patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.model.stopTraining = true;
    }
  }

  override onTrainEnd(): void {
    const tell = this.#options.verbose ? console.log : () => {};
    if (this.stoppedEpoch !== undefined) tell(`Epoch ${this.stoppedEpoch + 1}: early stopping`);
    if (this.restoreBestWeights && this.#bestWeights) {
      tell(`Restoring the weights of the best epoch: ${this.bestEpoch + 1}`);
      this.model.setWeights(this.#bestWeights);
    }
  }
}
