import { fail } from '../../graph/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface AdagradOptions extends OptimizerOptions {
  /** What the sums of squares start from. */
  readonly initialAccumulatorValue?: number;
  readonly epsilon?: number;
}

/** Adagrad (Duchi et al. 2011): steps over the root of the sum of all squared gradients. */
export class Adagrad extends Optimizer {
  static readonly className = 'Adagrad';
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;

  constructor(options: AdagradOptions = {}) {
    super(options, 0.001);
    this.initialAccumulatorValue = options.initialAccumulatorValue ?? 0.1;
    this.epsilon = options.epsilon ?? 1e-7;
    if (!(this.initialAccumulatorValue >= 0)) {
      fail(
        'Adagrad',
        `initialAccumulatorValue is ${this.initialAccumulatorValue}; expected a number of 0 or more`,
      );
    }
  }

  protected override createSlots(variables: readonly Variable[]): void {
    this.addSlots(variables, ['accumulator'], this.initialAccumulatorValue);
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const accumulator = this.slot('accumulator', variable);
    const sum: Tensor = accumulator.value.add(gradient.square());
    accumulator.assign(sum);
    variable.assign(
      variable.value.sub(gradient.mul(learningRate).div(sum.add(this.epsilon).sqrt())),
    );
  }

  protected ownConfig() {
    const { initialAccumulatorValue, epsilon } = this;
    return { initialAccumulatorValue, epsilon };
  }
}
