import { fail } from '../../graph/errors.ts';
import { expectOptions } from '../../nn/options.ts';
import { Callback, type CallbackState, type Logs } from './callback.ts';
import { Monitor, type MonitorOptions, monitorOptions } from './monitor.ts';

export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** The learning rate is multiplied by it, below 1. */
  readonly factor?: number;
  /** Epochs without improvement before the rate falls. */
  readonly patience?: number;
  /** Epochs after a reduction in which nothing is watched. */
  readonly cooldown?: number;
  /** The rate does not fall below it. */
  readonly minLr?: number;
  /** 1: tell about each reduction. */
  readonly verbose?: 0 | 1;
}

const known = [...monitorOptions, 'factor', 'patience', 'cooldown', 'minLr', 'verbose'];

/**
 * Reduces the learning rate when a number has stopped improving. The rate is among the numbers of the epoch
 * as `learning_rate`.
 */
export class ReduceLROnPlateau extends Callback {
  readonly factor: number;
  readonly patience: number;
  readonly cooldown: number;
  readonly minLr: number;
  readonly #options: ReduceLROnPlateauOptions;
  #monitor: Monitor;
  #wait = 0;
  #cooling = 0;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    super();
    expectOptions('reduceLROnPlateau', options, known);
    this.factor = options.factor ?? 0.1;
    if (!(this.factor > 0 && this.factor < 1)) {
      fail('reduceLROnPlateau', `factor is ${options.factor}; expected a number between 0 and 1`);
    }
    this.patience = options.patience ?? 10;
    this.cooldown = options.cooldown ?? 0;
    this.minLr = options.minLr ?? 0;
    this.#options = { ...options, minDelta: options.minDelta ?? 1e-4 };
    this.#monitor = new Monitor(this.#options);
  }

  override onTrainBegin(): void {
    this.#monitor = new Monitor(this.#options);
    this.#wait = 0;
    this.#cooling = 0;
  }

  override getState(): CallbackState {
    return { wait: this.#wait, best: this.#monitor.best, cooling: this.#cooling };
  }

  override setState({ wait, best, cooling }: CallbackState): void {
    this.#wait = wait as number;
    this.#monitor.best = best as number;
    this.#cooling = cooling as number;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    logs.learning_rate = await this.model.optimizer.getLearningRate();
    const value = this.#monitor.read(logs, this.run, (message) =>
      fail('reduceLROnPlateau', message),
    );
    if (value === undefined) return;
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#wait = 0;
    }
    if (this.#monitor.improve(value)) {
      this.#wait = 0;
      return;
    }
    if (this.#cooling > 0) return;
    this.#wait++;
    if (this.#wait < this.patience) return;
    const { optimizer } = this.model;
    const rate = await optimizer.getLearningRate();
    // The rate is kept as float32, so that is what the limit is compared as.
    if (rate > Math.fround(this.minLr)) {
      const reduced = Math.max(rate * this.factor, this.minLr);
      optimizer.learningRate = reduced;
      if (this.#options.verbose) {
        console.log(`Epoch ${epoch + 1}: reducing the learning rate to ${Math.fround(reduced)}`);
      }
      this.#cooling = this.cooldown;
      this.#wait = 0;
    }
  }
}
