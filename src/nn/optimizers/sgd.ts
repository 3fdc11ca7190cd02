import { fail } from '../../graph/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface SGDOptions extends OptimizerOptions {
  /** Share of the last step that is kept, in [0, 1]. */
  readonly momentum?: number;
  /** Looks ahead along the momentum (Nesterov 1983). */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent: `w -= lr g`, with momentum `m = momentum m - lr g; w += m`
 * (Polyak 1964; Sutskever et al. 2013).
 */
export class SGD extends Optimizer {
  static readonly className = 'SGD';
  readonly momentum: number;
  readonly nesterov: boolean;

  constructor(options: SGDOptions = {}) {
    super(options, 0.01);
    this.momentum = options.momentum ?? 0;
    this.nesterov = options.nesterov ?? false;
    if (!(this.momentum >= 0 && this.momentum <= 1)) {
      fail('SGD', `momentum is ${options.momentum}; expected a number from 0 to 1`);
    }
  }

  protected override createSlots(variables: readonly Variable[]): void {
    if (this.momentum !== 0) this.addSlots(variables, ['momentum']);
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const step = gradient.mul(learningRate);
    if (this.momentum === 0) {
      variable.assign(variable.value.sub(step));
      return;
    }
    const slot = this.slot('momentum', variable);
    const momentum = slot.value.mul(this.momentum).sub(step);
    slot.assign(momentum);
    const move = this.nesterov ? momentum.mul(this.momentum).sub(step) : momentum;
    variable.assign(variable.value.add(move));
  }

  protected ownConfig() {
    return { momentum: this.momentum, nesterov: this.nesterov };
  }
}
