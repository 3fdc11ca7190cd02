import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Optimizer, type OptimizerOptions } from './optimizer.ts';

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
    this.beta1 = options.beta1 ?? 0.9;
    this.beta2 = options.beta2 ?? 0.999;
    this.epsilon = options.epsilon ?? 1e-7;
    this.amsgrad = options.amsgrad ?? false;
  }

  protected override createSlots(variables: readonly Variable[]): void {
    this.addSlots(variables, ['momentum', 'velocity']);
    if (this.amsgrad) this.addSlots(variables, ['velocity_hat']);
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const t = this.iterations.add(1).cast('float32');
    const correction1 = ops.subtract(1, ops.power(this.beta1, t));
    const correction2 = ops.subtract(1, ops.power(this.beta2, t));
    const rate = learningRate.mul(correction2.sqrt()).div(correction1);

    const m = this.slot('momentum', variable);
    const v = this.slot('velocity', variable);
    m.assign(m.value.mul(this.beta1).add(gradient.mul(1 - this.beta1)));
    v.assign(v.value.mul(this.beta2).add(gradient.square().mul(1 - this.beta2)));
    let square = v.value;
    if (this.amsgrad) {
      const largest = this.slot('velocity_hat', variable);
      largest.assign(ops.maximum(largest.value, square));
      square = largest.value;
    }
    variable.assign(variable.value.sub(m.value.mul(rate).div(square.sqrt().add(this.epsilon))));
  }

  protected ownConfig() {
    return {
      beta1: this.beta1,
      beta2: this.beta2,
      epsilon: this.epsilon,
      amsgrad: this.amsgrad,
    };
  }
}
