import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { complete, expectSteps, LearningRateSchedule } from './schedule.ts';

export interface ExponentialDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  /** The factor by which the rate changes within `decaySteps`. */
  readonly decayRate: number;
  /** Whether the rate falls in steps rather than continuously. */
  readonly staircase?: boolean;
  readonly name?: string;
}

/** `lr * decayRate^(step / decaySteps)`. */
export class ExponentialDecay extends LearningRateSchedule {
  static readonly className = 'ExponentialDecay';
  readonly options: Required<ExponentialDecayOptions>;

  constructor(options: ExponentialDecayOptions) {
    super();
    this.options = complete(
      'ExponentialDecay',
      ['initialLearningRate', 'decaySteps', 'decayRate'],
      { staircase: false, name: 'ExponentialDecay' },
      options,
    );
    expectSteps('ExponentialDecay', 'decaySteps', this.options.decaySteps);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.options;
    const periods = step.cast('float32').div(decaySteps);
    const passed = staircase ? ops.floor(periods) : periods;
    return ops.power(decayRate, passed).mul(initialLearningRate);
  }

  getConfig() {
    return { ...this.options };
  }
}
