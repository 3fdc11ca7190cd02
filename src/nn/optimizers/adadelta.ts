import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { expectDecay, Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of both means. */
  readonly rho?: number;
  readonly epsilon?: number;
}

/**
 * Adadelta (Zeiler 2012): steps in proportion to the root of the mean square of former steps over that of
 * the gradients. The paper has no learning rate; that is a rate of 1.
 */
export class Adadelta extends Optimizer {
  static readonly className = 'Adadelta';
  readonly rho: number;
  readonly epsilon: number;

  constructor(options: AdadeltaOptions = {}) {
    super(options, 0.001);
    this.rho = expectDecay('Adadelta', 'rho', options.rho ?? 0.95);
    this.epsilon = options.epsilon ?? 1e-7;
  }

  protected override createSlots(variables: readonly Variable[]): void {
    this.addSlots(variables, ['accumulated_grad', 'accumulated_delta_var']);
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { rho, epsilon } = this;
    const squares = this.slot('accumulated_grad', variable);
    const steps = this.slot('accumulated_delta_var', variable);
    const mean: Tensor = squares.value.mul(rho).add(gradient.square().mul(1 - rho));
    const ratio = steps.value.add(epsilon).div(mean.add(epsilon)).sqrt();
    const step = gradient.mul(ratio);
    squares.assign(mean);
    steps.assign(steps.value.mul(rho).add(step.square().mul(1 - rho)));
    variable.assign(variable.value.sub(step.mul(learningRate)));
  }

  protected ownConfig() {
    return { rho: this.rho, epsilon: this.epsilon };
  }
}
