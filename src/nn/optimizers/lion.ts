import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { expectDecay, Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface LionOptions extends OptimizerOptions {
  /** Share of the momentum in the direction of a step. */
  readonly beta1?: number;
  /** Decay of the momentum. */
  readonly beta2?: number;
}

/** Lion (Chen et al. 2023): steps of one size, in the direction of the sign of the momentum. */
export class Lion extends Optimizer {
  static readonly className = 'Lion';
  readonly beta1: number;
  readonly beta2: number;

  constructor(options: LionOptions = {}) {
    super(options, 0.001);
    this.beta1 = options.beta1 ?? 0.9;
    if (!(this.beta1 > 0 && this.beta1 <= 1)) {
      fail('Lion', `beta1 is ${this.beta1}; expected a number above 0, at most 1`);
    }
    this.beta2 = expectDecay('Lion', 'beta2', options.beta2 ?? 0.99);
  }

  protected override createSlots(variables: readonly Variable[]): void {
    this.addSlots(variables, ['momentum']);
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { beta1, beta2 } = this;
    const slot = this.slot('momentum', variable);
    const m: Tensor = slot.value;
    // The sign of beta1 m + (1 - beta1) g, over beta1.
    const direction = ops.sign(m.add(gradient.mul((1 - beta1) / beta1)));
    variable.assign(variable.value.sub(direction.mul(learningRate)));
    slot.assign(m.mul(beta2).add(gradient.mul(1 - beta2)));
  }

  protected ownConfig() {
    return { beta1: this.beta1, beta2: this.beta2 };
  }
}
