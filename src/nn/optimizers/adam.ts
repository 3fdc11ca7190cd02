import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { filled, updateMoments } from './moments.ts';
import { expectDecay, Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of the gradients. */
  readonly beta1?: number;
  /** Decay of the mean of their squares. */
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Keep the largest mean square seen (Reddi et al. 2018). */
  readonly amsgrad?: boolean;
}

/**
 * Adam (Kingma and Ba 2015): each weight moves by the mean of its gradients over the root of the mean
 * of their squares, both corrected for starting at zero.
 */
export class Adam extends Optimizer {
  static readonly className: string = 'Adam';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;

  constructor(options: AdamOptions = {}) {
    super(options, 0.001);
    this.beta1 = expectDecay('Adam', 'beta1', options.beta1 ?? 0.9);
    this.beta2 = expectDecay('Adam', 'beta2', options.beta2 ?? 0.999);
    this.epsilon = options.epsilon ?? 1e-7;
    this.amsgrad = options.amsgrad ?? false;
  }

  protected override createSlots(variables: readonly Variable[]): void {
    this.addSlots(variables, ['momentum', 'velocity']);
    if (this.amsgrad) this.addSlots(variables, ['velocity_hat']);
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { beta1, beta2, epsilon, localStep } = this;
    const rate = learningRate.mul(filled(beta2, localStep).sqrt()).div(filled(beta1, localStep));
    const momentum = this.slot('momentum', variable);
    const { m, v } = updateMoments(
      gradient,
      momentum,
      this.slot('velocity', variable),
      beta1,
      beta2,
    );
    let square = v;
    if (this.amsgrad) {
      const largest = this.slot('velocity_hat', variable);
      square = ops.maximum(largest.value, v);
      largest.assign(square);
    }
    variable.assign(variable.value.sub(m.mul(rate).div(square.sqrt().add(epsilon))));
  }

  protected ownConfig() {
    const { beta1, beta2, epsilon, amsgrad } = this;
    return { beta1, beta2, epsilon, amsgrad };
  }
}
