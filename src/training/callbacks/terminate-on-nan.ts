import { Callback, type Logs } from './callback.ts';

/** Ends training as soon as the loss is not a finite number. */
export class TerminateOnNaN extends Callback {
  /** The batch in which it happened. */
  stoppedBatch: number | undefined;

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    if (logs.loss !== undefined && !Number.isFinite(logs.loss)) {
      this.stoppedBatch = batch;
      console.warn(
        `terminateOnNaN: the loss is ${logs.loss} after batch ${batch + 1}; training ends here`,
      );
      this.model.stopTraining = true;
    }
  }
}
