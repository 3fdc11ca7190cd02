import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { filled } from './moments.ts';
import { expectDecay, Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface ScheduleFreeAdamWOptions extends OptimizerOptions {
  /** Share of the average in the weights that gradients are taken at. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients. */
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Steps over which the learning rate rises from 0. */
  readonly warmupSteps?: number;
}

/**
 * Schedule-free AdamW (Defazio et al. 2024). Three sequences: z takes the steps, x is the average of all
 * z, and the weights y lie between, `y = (1 - beta1) z + beta1 x`. The average replaces a falling learning
 * rate. Call `swapToEval` to put x into the weights for evaluation, and `swapToTrain` before training on.
 */
export class ScheduleFreeAdamW extends Optimizer {
  static readonly className = 'ScheduleFreeAdamW';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly warmupSteps: number;
  /** Variables whose value was not on the host when the slots were made: z starts in the first step. */
  readonly #startInStep = new Set<Variable>();

  constructor(options: ScheduleFreeAdamWOptions = {}) {
    super(options, 0.0025);
    this.beta1 = expectDecay('ScheduleFreeAdamW', 'beta1', options.beta1 ?? 0.9);
    this.beta2 = expectDecay('ScheduleFreeAdamW', 'beta2', options.beta2 ?? 0.999);
    this.epsilon = options.epsilon ?? 1e-8;
    this.warmupSteps = options.warmupSteps ?? 0;
    if (this.beta1 === 0) {
      fail('ScheduleFreeAdamW', 'beta1 is 0; expected a number between 0 and 1');
    }
    if (!(this.warmupSteps >= 0)) {
      fail('ScheduleFreeAdamW', `warmupSteps is ${this.warmupSteps}; expected 0 or more`);
    }
  }

  protected override createSlots(variables: readonly Variable[]): void {
    for (const v of variables) {
      const buffer = v.peek();
      const start = buffer instanceof Promise ? undefined : buffer.data;
      if (!start) this.#startInStep.add(v);
      this.addSlot('momentum', v, v.shape, start);
      this.addSlot('velocity', v, v.shape);
    }
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { beta1, beta2, epsilon, warmupSteps, localStep } = this;
    const momentum = this.slot('momentum', variable);
    const velocity = this.slot('velocity', variable);
    const y: Tensor = variable.value;
    const z: Tensor = this.#startInStep.has(variable)
      ? ops.where(ops.equal(this.iterations, 0), y, momentum.value)
      : momentum.value;
    const v: Tensor = velocity.value.mul(beta2).add(gradient.square().mul(1 - beta2));
    velocity.assign(v);

    const warmed =
      warmupSteps > 0 ? learningRate.mul(ops.minimum(localStep.div(warmupSteps), 1)) : learningRate;
    const root = filled(beta2, localStep).sqrt();
    const denominator = v.sqrt().add(root.mul(epsilon));
    const moved = z.sub(gradient.mul(warmed.mul(root)).div(denominator));
    momentum.assign(moved);
    // beta1 x is y - (1 - beta1) z; the new x is the mean of the old one and of z, weighted by 1 / t.
    const weight = ops.divide(1, localStep);
    const kept = ops.subtract(1, weight);
    const average = y.sub(z.mul(1 - beta1)).mul(kept);
    variable.assign(average.add(moved.mul(weight.mul(beta1).add(1 - beta1))));
  }

  /** Puts the weights at which gradients are taken in place of the average. */
  swapToTrain(): void {
    const { beta1 } = this;
    for (const v of this.trainableVariables) {
      const z: Tensor = this.slot('momentum', v).value;
      v.assign(v.value.mul(beta1).add(z.mul(1 - beta1)));
    }
  }

  /** Puts the average into the weights. */
  swapToEval(): void {
    const { beta1 } = this;
    for (const v of this.trainableVariables) {
      const z: Tensor = this.slot('momentum', v).value;
      v.assign(v.value.sub(z.mul(1 - beta1)).div(beta1));
    }
  }

  protected ownConfig() {
    const { beta1, beta2, epsilon, warmupSteps } = this;
    return { beta1, beta2, epsilon, warmupSteps };
  }
}
