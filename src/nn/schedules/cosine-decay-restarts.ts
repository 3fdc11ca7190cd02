import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { complete, expectSteps, LearningRateSchedule } from './schedule.ts';

export interface CosineDecayRestartsOptions {
  readonly initialLearningRate: number;
  /** Steps of the first period. */
  readonly firstDecaySteps: number;
  /** How many times longer each period is than the one before. */
  readonly tMul?: number;
  /** How many times higher each period starts than the one before. */
  readonly mMul?: number;
  /** The lowest rate as a share of the highest. */
  readonly alpha?: number;
  readonly name?: string;
}

/** Cosine decay that starts again and again (SGDR, Loshchilov and Hutter 2017). */
export class CosineDecayRestarts extends LearningRateSchedule {
  static readonly className = 'CosineDecayRestarts';
  readonly options: Required<CosineDecayRestartsOptions>;

  constructor(options: CosineDecayRestartsOptions) {
    super();
    this.options = complete(
      'CosineDecayRestarts',
      ['initialLearningRate', 'firstDecaySteps'],
      { tMul: 2, mMul: 1, alpha: 0, name: 'SGDRDecay' },
      options,
    );
    expectSteps('CosineDecayRestarts', 'firstDecaySteps', this.options.firstDecaySteps);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, firstDecaySteps, mMul, alpha } = this.options;
    const [restarts, passed] = this.#period(step.cast('float32').div(firstDecaySteps));
    const height = ops.power(mMul, restarts).mul(0.5);
    const wave = ops.cos(passed.mul(Math.PI)).add(1).mul(height);
    return wave
      .mul(1 - alpha)
      .add(alpha)
      .mul(initialLearningRate);
  }

  getConfig() {
    return { ...this.options };
  }

  /** Number of restarts so far and the share of the present period that has passed. */
  #period(periods: Tensor): [Tensor, Tensor] {
    const { tMul } = this.options;
    if (tMul === 1) {
      const restarts = ops.floor(periods);
      return [restarts, periods.sub(restarts)];
    }
    // n periods of lengths 1, t, t^2, ... take (1 - t^n) / (1 - t) together.
    const reach = ops.subtract(1, periods.mul(1 - tMul));
    const restarts = ops.floor(reach.log().div(Math.log(tMul)));
    const length = ops.power(tMul, restarts);
    const before = ops.subtract(1, length).div(1 - tMul);
    return [restarts, periods.sub(before).div(length)];
  }
}
