import { fail } from '../../graph/errors.ts';
import { Callback, type Logs } from './callback.ts';

/**
 * Sets the learning rate at the beginning of each epoch (counted from 0), given the present rate. It is among
 * the numbers of the epoch as `learning_rate`.
 */
export class LearningRateScheduler extends Callback {
  readonly #schedule: (epoch: number, rate: number) => number;

  constructor(schedule: (epoch: number, rate: number) => number) {
    super();
    this.#schedule = schedule;
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    const { optimizer } = this.model;
    const rate = this.#schedule(epoch, await optimizer.getLearningRate());
    if (!Number.isFinite(rate)) {
      fail(
        'learningRateScheduler',
        `the function returned ${rate} for epoch ${epoch}; expected a finite number`,
      );
    }
    optimizer.learningRate = rate;
  }

  override async onEpochEnd(_epoch: number, logs: Logs): Promise<void> {
    logs.learning_rate = await this.model.optimizer.getLearningRate();
  }
}
