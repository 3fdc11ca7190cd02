import type { Batch } from '../workloads.ts';

/** A training step that is ready to run; the state stays inside. */
export interface TrainingRun {
  /** Trains on one batch and returns its loss. The same batch object is wrapped only once. */
  step(batch: Batch): Promise<number> | number;
  /** The present values of a state, to look at until the next step. */
  read(name: string): Float32Array;
}
