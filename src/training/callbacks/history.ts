import { Callback, type CallbackState, type Logs } from './callback.ts';

/** The numbers of every epoch; what `fit` returns. */
export class History extends Callback {
  /** Epochs in order, counted from 0. */
  readonly epoch: number[] = [];
  /** One list a number, one entry an epoch: `history.loss`, `history.val_accuracy`. */
  readonly history: Record<string, number[]> = {};

  /** Without the model, so that it can be written as it is. */
  toJSON(): { readonly epoch: number[]; readonly history: Record<string, number[]> } {
    return { epoch: this.epoch, history: this.history };
  }

  override getState(): CallbackState {
    // As text, because JSON has no NaN.
    const columns = Object.entries(this.history).map(([name, list]) => [name, list.map(String)]);
    return { epochs: JSON.stringify(this.epoch), columns: JSON.stringify(columns) };
  }

  override setState({ epochs, columns }: CallbackState): void {
    this.epoch.push(...(JSON.parse(epochs as string) as number[]));
    for (const [name, list] of JSON.parse(columns as string) as [string, string[]][]) {
      this.history[name] = list.map(Number);
    }
    // An epoch that was stopped in the middle is gone through to its end, and reports then.
    const { epoch, batch } = this.run.position;
    if (batch > 0 && this.epoch.at(-1) === epoch) {
      this.epoch.pop();
      for (const list of Object.values(this.history)) list.length = this.epoch.length;
    }
  }

  /** Takes in the numbers of an epoch. */
  override onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      this.history[name] ??= [];
      this.history[name].push(value);
    }
  }
}
