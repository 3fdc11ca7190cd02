import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { complete, LearningRateSchedule } from './schedule.ts';

export interface PiecewiseConstantDecayOptions {
  /** Steps at which the rate changes, rising. */
  readonly boundaries: readonly number[];
  /** The rates between them: one more than there are boundaries. */
  readonly values: readonly number[];
  readonly name?: string;
}

/** `values[0]` up to and including step `boundaries[0]`, then `values[1]`, and so on. */
export class PiecewiseConstantDecay extends LearningRateSchedule {
  static readonly className = 'PiecewiseConstantDecay';
  readonly options: Required<PiecewiseConstantDecayOptions>;

  constructor(options: PiecewiseConstantDecayOptions) {
    super();
    this.options = complete(
      'PiecewiseConstantDecay',
      ['boundaries', 'values'],
      { name: 'PiecewiseConstant' },
      options,
    );
    const { boundaries, values } = this.options;
    if (values.length !== boundaries.length + 1) {
      fail(
        'PiecewiseConstantDecay',
        `received ${boundaries.length} boundaries and ${values.length} values; expected one value more than boundaries`,
      );
    }
    if (boundaries.some((b, i) => i > 0 && b <= boundaries[i - 1])) {
      fail(
        'PiecewiseConstantDecay',
        `the boundaries [${boundaries.join(', ')}] do not rise; expected each to be larger than the one before`,
      );
    }
  }

  call(step: Tensor): Tensor {
    const { boundaries, values } = this.options;
    let rate: Tensor = ops.full([], values[0]);
    boundaries.forEach((boundary, i) => {
      rate = ops.where(ops.greater(step, boundary), ops.full([], values[i + 1]), rate);
    });
    return rate.cast('float32');
  }

  getConfig() {
    return { ...this.options };
  }
}
