import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { expectDecay, Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface RMSpropOptions extends OptimizerOptions {
  /** Decay of the mean square. */
  readonly rho?: number;
  /** Share of the last step that is kept. */
  readonly momentum?: number;
  readonly epsilon?: number;
  /** Divide by the root of the variance instead of the mean square. */
  readonly centered?: boolean;
}

/** RMSprop (Hinton 2012): gradients over the root of the mean of their squares. */
export class RMSprop extends Optimizer {
  static readonly className = 'RMSprop';
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;

  constructor(options: RMSpropOptions = {}) {
    super(options, 0.001);
    this.rho = expectDecay('RMSprop', 'rho', options.rho ?? 0.9);
    this.momentum = options.momentum ?? 0;
    this.epsilon = options.epsilon ?? 1e-7;
    this.centered = options.centered ?? false;
  }

  protected override createSlots(variables: readonly Variable[]): void {
    this.addSlots(variables, ['velocity']);
    if (this.momentum > 0) this.addSlots(variables, ['momentum']);
    if (this.centered) this.addSlots(variables, ['average_gradient']);
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { rho, momentum, epsilon } = this;
    const velocity = this.slot('velocity', variable);
    const square: Tensor = velocity.value.mul(rho).add(gradient.square().mul(1 - rho));
    velocity.assign(square);
    let variance = square;
    if (this.centered) {
      const average = this.slot('average_gradient', variable);
      const mean: Tensor = average.value.mul(rho).add(gradient.mul(1 - rho));
      average.assign(mean);
      variance = square.sub(mean.square());
    }
    let step = gradient.mul(learningRate).div(variance.add(epsilon).sqrt());
    if (momentum > 0) {
      const slot = this.slot('momentum', variable);
      step = slot.value.mul(momentum).add(step);
      slot.assign(step);
    }
    variable.assign(variable.value.sub(step));
  }

  protected ownConfig() {
    const { rho, momentum, epsilon, centered } = this;
    return { rho, momentum, epsilon, centered };
  }
}
