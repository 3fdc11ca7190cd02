/** A progress bar for `fit` in a terminal, one line an epoch in a log. */
import { Callback, type Logs } from '../training/callbacks/callback.ts';
import { ProgressRenderer } from './progress.ts';
import { colorWanted, createStyle, unicodeWanted } from './terminal.ts';

/** Milliseconds between two looks at the numbers of a running epoch. */
const REFRESH = 100;

export class ProgressBar extends Callback {
  readonly #renderer: ProgressRenderer;
  #shown = 0;

  constructor(renderer?: ProgressRenderer) {
    super();
    this.#renderer =
      renderer ??
      new ProgressRenderer({
        stream: process.stdout,
        quiet: false,
        style: createStyle(colorWanted(process.stdout, process.env)),
        unicode: unicodeWanted(process.env),
        clock: () => performance.now(),
      });
  }

  override onTrainBegin(): void {
    const { epochs, position, steps, batchSize, samples } = this.run;
    this.#renderer.begin({
      epochs,
      initialEpoch: position.epoch,
      steps,
      samplesPerStep: batchSize ?? (samples && steps ? samples / steps : undefined),
      samplesPerEpoch: samples,
    });
  }

  override wantsBatchLogs(): boolean {
    const now = performance.now();
    if (now - this.#shown < REFRESH) return false;
    this.#shown = now;
    return true;
  }

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    this.#renderer.update(batch + 1, logs);
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.#renderer.endEpoch(logs);
  }

  override onTrainEnd(): void {
    this.#renderer.finish();
  }
}
