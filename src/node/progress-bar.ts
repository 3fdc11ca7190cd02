/** A progress bar for `fit` in a terminal, one line an epoch in a log. */
import { Callback, type Logs } from '../training/callbacks/callback.ts';
import { ProgressRenderer } from './progress.ts';
import { colorWanted, createStyle, unicodeWanted } from './terminal.ts';

/** Milliseconds between two looks at the numbers of a running epoch. */
const REFRESH = 100;

export class ProgressBar extends Callback {
  readonly #renderer: ProgressRenderer;
  #step = 0;
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
    const { epochs, initialEpoch, steps, batchSize, samples } = this.run;
    this.#renderer.begin({
      epochs,
      initialEpoch,
      steps,
      samplesPerStep: batchSize ?? (samples && steps ? samples / steps : 1),
      samplesPerEpoch: samples,
    });
  }

  override wantsBatchLogs(): boolean {
    this.#step++;
    const now = performance.now();
    if (now - this.#shown < REFRESH) return false;
    this.#shown = now;
    return true;
  }

  override onEpochBegin(): void {
    this.#step = 0;
  }

  override onTrainBatchEnd(_batch: number, logs: Logs): void {
    this.#renderer.update(this.#step, logs);
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.#renderer.endEpoch(logs);
  }

  override onTrainEnd(): void {
    this.#renderer.finish();
  }
}
