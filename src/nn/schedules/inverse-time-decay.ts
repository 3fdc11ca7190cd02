import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { complete, expectSteps, LearningRateSchedule } from './schedule.ts';

export interface InverseTimeDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  /** Whether the rate falls in steps rather than continuously. */
  readonly staircase?: boolean;
  readonly name?: string;
}

/** `lr / (1 + decayRate * step / decaySteps)`; Keras 2's `decay` argument is this with decaySteps 1. */
export class InverseTimeDecay extends LearningRateSchedule {
  static readonly className = 'InverseTimeDecay';
  readonly options: Required<InverseTimeDecayOptions>;

  constructor(options: InverseTimeDecayOptions) {
    super();
    this.options = complete(
      'InverseTimeDecay',
      ['initialLearningRate', 'decaySteps', 'decayRate'],
      { staircase: false, name: 'InverseTimeDecay' },
      options,
    );
    expectSteps('InverseTimeDecay', 'decaySteps', this.options.decaySteps);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.options;
    const periods = step.cast('float32').div(decaySteps);
    const passed = staircase ? ops.floor(periods) : periods;
    return ops.divide(initialLearningRate, passed.mul(decayRate).add(1));
  }

  getConfig() {
    return { ...this.options };
  }
}
