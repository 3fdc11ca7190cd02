/** When callbacks save: after each epoch, or after so many batches, counted across epochs. */
import { fail } from '../graph/errors.ts';

export type SaveFrequency = 'epoch' | number;

export class BatchCounter {
  readonly eachEpoch: boolean;
  readonly #frequency: number;
  #sinceSaving = 0;
  /** Batches of the running epoch that are counted. */
  #counted = 0;

  constructor(operation: string, frequency: SaveFrequency) {
    this.eachEpoch = frequency === 'epoch';
    this.#frequency = frequency === 'epoch' ? Number.POSITIVE_INFINITY : frequency;
    if (frequency !== 'epoch' && !(Number.isInteger(frequency) && frequency >= 1)) {
      fail(
        operation,
        `saveFreq is ${JSON.stringify(frequency)}; expected 'epoch' or a number of batches of 1 or more`,
      );
    }
  }

  start(batch = 0): void {
    this.#sinceSaving = 0;
    this.#counted = batch;
  }

  /** An epoch begins of which `batch` batches are done: more than 0 only in a run that is continued. */
  newEpoch(batch = 0): void {
    this.#counted = batch;
  }

  /** Whether it is time to save after the first `batch` batches of the epoch; ask once for each. */
  isDue(batch: number): boolean {
    if (this.eachEpoch) return false;
    this.#sinceSaving += batch - this.#counted;
    this.#counted = batch;
    if (this.#sinceSaving < this.#frequency) return false;
    this.#sinceSaving = 0;
    return true;
  }
}
