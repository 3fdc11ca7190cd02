import { fail } from '../../graph/errors.ts';
import { describeValue, expectOptions } from '../../nn/options.ts';
import { Callback, type Logs } from './callback.ts';

export interface LearningRateSchedulerOptions {
  /** 1: tell the rate of each epoch. */
  readonly verbose?: 0 | 1;
}

/**
 * Sets the learning rate at the beginning of each epoch (counted from 0), given the present rate. It is among
 * the numbers of the epoch as `learning_rate`.
 */
export class LearningRateScheduler extends Callback {
  readonly #schedule: (epoch: number, rate: number) => number;
  readonly #verbose: boolean;

  constructor(
    schedule: (epoch: number, rate: number) => number,
    options: LearningRateSchedulerOptions = {},
  ) {
    super();
    expectOptions('learningRateScheduler', options, ['verbose']);
    this.#verbose = options.verbose === 1;
    if (typeof schedule !== 'function') {
      fail(
        'learningRateScheduler',
        `received ${describeValue(schedule)}; expected a function (epoch, rate) => rate`,
      );
    }
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
    if (this.#verbose) console.log(`Epoch ${epoch + 1}: setting the learning rate to ${rate}`);
  }

  override async onEpochEnd(_epoch: number, logs: Logs): Promise<void> {
    logs.learning_rate = await this.model.optimizer.getLearningRate();
  }
}
