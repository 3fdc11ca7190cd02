import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { complete, expectSteps, LearningRateSchedule } from './schedule.ts';

export interface PolynomialDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly endLearningRate?: number;
  /** 1 falls in a straight line. */
  readonly power?: number;
  /** Whether the rate rises again beyond `decaySteps`, to fall over twice, three times, ... as many steps. */
  readonly cycle?: boolean;
  readonly name?: string;
}

/** `(lr - end) (1 - step / decaySteps)^power + end`, and `end` afterwards. */
export class PolynomialDecay extends LearningRateSchedule {
  static readonly className = 'PolynomialDecay';
  readonly options: Required<PolynomialDecayOptions>;

  constructor(options: PolynomialDecayOptions) {
    super();
    this.options = complete(
      'PolynomialDecay',
      ['initialLearningRate', 'decaySteps'],
      {
        endLearningRate: 0.0001,
        power: 1,
        cycle: false,
        name: 'PolynomialDecay',
      },
      options,
    );
    expectSteps('PolynomialDecay', 'decaySteps', this.options.decaySteps);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, endLearningRate, power, cycle } = this.options;
    const made = step.cast('float32');
    let share: Tensor;
    if (cycle) {
      // The first multiple of decaySteps that is not below the step; 1 at the start.
      const cycles = ops.maximum(ops.ceil(made.div(decaySteps)), 1);
      share = made.div(cycles.mul(decaySteps));
    } else {
      share = ops.minimum(made, decaySteps).div(decaySteps);
    }
    const falling = ops.power(ops.subtract(1, share), power);
    return falling.mul(initialLearningRate - endLearningRate).add(endLearningRate);
  }

  getConfig() {
    return { ...this.options };
  }
}
