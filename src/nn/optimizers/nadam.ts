import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { filled, updateMoments } from './moments.ts';
import { expectDecay, Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface NadamOptions extends OptimizerOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Nadam (Dozat 2015): Adam that looks ahead along its momentum, which grows over the first steps. */
export class Nadam extends Optimizer {
  static readonly className = 'Nadam';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** The product of all momenta so far. */
  #product: Variable | undefined;

  constructor(options: NadamOptions = {}) {
    super(options, 0.001);
    this.beta1 = expectDecay('Nadam', 'beta1', options.beta1 ?? 0.9);
    this.beta2 = expectDecay('Nadam', 'beta2', options.beta2 ?? 0.999);
    this.epsilon = options.epsilon ?? 1e-7;
  }

  protected override createSlots(variables: readonly Variable[]): void {
    this.addSlots(variables, ['momentum', 'velocity']);
    this.#product = this.addVariable('u_product', [], 1, variables[0]?.dtype);
  }

  protected override beginStep(): void {
    this.#product!.assign(this.#product!.value.mul(this.#momentumAt(this.localStep)));
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { beta1, beta2, epsilon, localStep } = this;
    const now = this.#momentumAt(localStep);
    const next = this.#momentumAt(localStep.add(1));
    const product: Tensor = this.#product!.value;
    const { m, v } = updateMoments(
      gradient,
      this.slot('momentum', variable),
      this.slot('velocity', variable),
      beta1,
      beta2,
    );
    // Numerator and denominator times the root of v's correction, so that v is corrected by scalars.
    const rate = learningRate.mul(filled(beta2, localStep).sqrt());
    const ahead = rate.mul(next).div(ops.subtract(1, product.mul(next)));
    const present = rate.mul(ops.subtract(1, now)).div(ops.subtract(1, product));
    const move = m.mul(ahead).add(gradient.mul(present));
    const root = v.sqrt().add(filled(beta2, localStep).sqrt().mul(epsilon));
    variable.assign(variable.value.sub(move.div(root)));
  }

  protected ownConfig() {
    const { beta1, beta2, epsilon } = this;
    return { beta1, beta2, epsilon };
  }

  /** `beta1 (1 - 0.96^t / 2)` */
  #momentumAt(step: Tensor): Tensor {
    return ops.subtract(1, ops.power(0.96, step).mul(0.5)).mul(this.beta1);
  }
}
