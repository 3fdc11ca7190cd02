import { Callback, type Logs } from './callback.ts';

/** The numbers of every epoch; what `fit` returns. */
export class History extends Callback {
  /** Epochs in order, counted from 0. */
  readonly epoch: number[] = [];
  /** One list a number, one entry an epoch: `history.loss`, `history.val_accuracy`. */
  readonly history: Record<string, number[]> = {};

  override onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      this.history[name] ??= [];
      this.history[name].push(value);
    }
  }
}
