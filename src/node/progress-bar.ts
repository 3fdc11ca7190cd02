/** A progress bar for `fit` in a terminal, one line an epoch in a log. */
import { Callback, type Logs } from '../training/callbacks/callback.ts';
import { ProgressRenderer } from './progress.ts';
import { colorWanted, createStyle, unicodeWanted } from './terminal.ts';

/** Milliseconds between two looks at the numbers of a running epoch. */
const REFRESH = 100;

/** Shows how far `fit` is, with loss, metrics and the time that is left. */
export class ProgressBar extends Callback {
  readonly #renderer: ProgressRenderer;
  #shown = 0;
  #begun = false;
  #isTraining = false;

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
    this.#isTraining = true;
    this.#begun = false;
  }

  override onEpochBegin(): void {
    if (this.#begun) return;
    // Only now is it known where a resumed run goes on: another callback may have moved its position.
    this.#begun = true;
    this.#begin();
  }

  override onTestBegin(): void {
    if (!this.#isTraining) this.#begin('Evaluation');
  }

  override onTestBatchEnd(batch: number, logs: Logs): void {
    this.#renderer.update(batch + 1, logs);
  }

  override onTestEnd(logs: Logs): void {
    if (!this.#isTraining) this.#end(logs);
  }

  override onPredictBegin(): void {
    this.#begin('Prediction');
  }

  override onPredictBatchEnd(batch: number): void {
    this.#renderer.update(batch + 1);
  }

  override onPredictEnd(): void {
    this.#end({});
  }

  #end(logs: Logs): void {
    this.#renderer.endEpoch(logs);
    this.#renderer.finish();
  }

  #begin(label?: string): void {
    const { epochs, position, steps, batchSize, samples } = this.run;
    this.#renderer.begin({
      label,
      epochs,
      initialEpoch: position.epoch,
      steps,
      samplesPerStep: batchSize ?? (samples && steps ? samples / steps : undefined),
      samplesPerEpoch: samples,
    });
  }

  override wantsBatchLogs(): boolean {
    return this.#isDue();
  }

  override wantsTestBatchLogs(): boolean {
    return !this.#isTraining && this.#isDue();
  }

  #isDue(): boolean {
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
    this.#isTraining = false;
    this.#renderer.finish();
  }
}
