import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { filled } from './moments.ts';
import { expectDecay, Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface AdamaxOptions extends OptimizerOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Adamax (Kingma and Ba 2015): Adam with the largest decayed gradient in place of the mean square. */
export class Adamax extends Optimizer {
  static readonly className = 'Adamax';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;

  constructor(options: AdamaxOptions = {}) {
    super(options, 0.001);
    this.beta1 = expectDecay('Adamax', 'beta1', options.beta1 ?? 0.9);
    this.beta2 = expectDecay('Adamax', 'beta2', options.beta2 ?? 0.999);
    this.epsilon = options.epsilon ?? 1e-7;
  }

  protected override createSlots(variables: readonly Variable[]): void {
    this.addSlots(variables, ['momentum', 'norm']);
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { beta1, beta2, epsilon, localStep } = this;
    const momentum = this.slot('momentum', variable);
    const norm = this.slot('norm', variable);
    const m: Tensor = momentum.value.mul(beta1).add(gradient.mul(1 - beta1));
    const u = ops.maximum(norm.value.mul(beta2), gradient.abs());
    momentum.assign(m);
    norm.assign(u);
    const rate = learningRate.div(filled(beta1, localStep));
    variable.assign(variable.value.sub(m.mul(rate).div(u.add(epsilon))));
  }

  protected ownConfig() {
    const { beta1, beta2, epsilon } = this;
    return { beta1, beta2, epsilon };
  }
}
