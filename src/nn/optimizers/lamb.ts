import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { filled, updateMoments } from './moments.ts';
import { expectDecay, Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface LambOptions extends OptimizerOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Lamb (You et al. 2020): Adam's steps, scaled for each weight tensor to its own norm; for large batches. */
export class Lamb extends Optimizer {
  static readonly className = 'Lamb';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;

  constructor(options: LambOptions = {}) {
    super(options, 0.001);
    this.beta1 = expectDecay('Lamb', 'beta1', options.beta1 ?? 0.9);
    this.beta2 = expectDecay('Lamb', 'beta2', options.beta2 ?? 0.999);
    this.epsilon = options.epsilon ?? 1e-7;
  }

  protected override createSlots(variables: readonly Variable[]): void {
    this.addSlots(variables, ['momentum', 'velocity']);
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { beta1, beta2, epsilon, localStep } = this;
    const { m, v } = updateMoments(
      gradient,
      this.slot('momentum', variable),
      this.slot('velocity', variable),
      beta1,
      beta2,
    );
    // Adam's step but for a scalar, which the norms take out of it again.
    const root = filled(beta2, localStep).sqrt();
    const direction = m.div(v.sqrt().add(root.mul(epsilon)));
    const scale = root.div(filled(beta1, localStep));
    const w: Tensor = variable.value;
    const weightNorm = w.square().sum().sqrt();
    const stepNorm = direction.square().sum().sqrt().mul(scale);
    const both = ops.logicalAnd(ops.greater(weightNorm, 0), ops.greater(stepNorm, 0));
    const ratio = ops.where(both, weightNorm.div(ops.where(both, stepNorm, 1)), 1);
    variable.assign(w.sub(direction.mul(ratio.mul(scale).mul(learningRate))));
  }

  protected ownConfig() {
    const { beta1, beta2, epsilon } = this;
    return { beta1, beta2, epsilon };
  }
}
