import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { complete, expectSteps, LearningRateSchedule } from './schedule.ts';

export interface CosineDecayOptions {
  readonly initialLearningRate: number;
  /** Steps from the highest rate to the lowest, not counting the warm-up. */
  readonly decaySteps: number;
  /** The lowest rate as a share of the highest. */
  readonly alpha?: number;
  readonly name?: string;
  /** The rate that the warm-up reaches; without it there is none. */
  readonly warmupTarget?: number | null;
  /** Steps over which the rate rises in a straight line from `initialLearningRate`. */
  readonly warmupSteps?: number;
}

/**
 * Half a cosine wave from the highest rate to `alpha` times it (Loshchilov and Hutter 2017), after a
 * linear warm-up (Goyal et al. 2017) where `warmupTarget` is given.
 */
export class CosineDecay extends LearningRateSchedule {
  static readonly className = 'CosineDecay';
  readonly options: Required<CosineDecayOptions>;

  constructor(options: CosineDecayOptions) {
    super();
    this.options = complete(
      'CosineDecay',
      ['initialLearningRate', 'decaySteps'],
      {
        alpha: 0,
        name: 'CosineDecay',
        warmupTarget: null,
        warmupSteps: 0,
      },
      options,
    );
    expectSteps('CosineDecay', 'decaySteps', this.options.decaySteps);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, warmupTarget, warmupSteps } = this.options;
    const made = step.cast('float32');
    if (warmupTarget === null) {
      return this.#decay(ops.minimum(made, decaySteps), initialLearningRate);
    }
    const decayed = this.#decay(
      ops.minimum(made, decaySteps + warmupSteps).sub(warmupSteps),
      warmupTarget,
    );
    if (warmupSteps === 0) return decayed;
    const warming = made
      .div(warmupSteps)
      .mul(warmupTarget - initialLearningRate)
      .add(initialLearningRate);
    return ops.where(ops.less(made, warmupSteps), warming, decayed);
  }

  getConfig() {
    return { ...this.options };
  }

  #decay(step: Tensor, from: number): Tensor {
    const { decaySteps, alpha } = this.options;
    const wave = ops.cos(step.div(decaySteps).mul(Math.PI)).add(1).mul(0.5);
    return wave
      .mul(1 - alpha)
      .add(alpha)
      .mul(from);
  }
}
