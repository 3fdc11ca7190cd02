import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { registries, type SerializedObject } from '../registry.ts';
import { Optimizer } from './optimizer.ts';

export interface LossScaleOptimizerOptions {
  /** The optimizer that makes the updates. Clipping, decay and the like are its options. */
  readonly innerOptimizer: Optimizer | string | SerializedObject;
  /** The factor to start with. */
  readonly initialScale?: number;
  /** After so many steps without an overflow the factor is doubled. */
  readonly dynamicGrowthSteps?: number;
  readonly name?: string | null;
}

/**
 * Multiplies the loss by a large factor before it is differentiated, so that small gradients do not
 * vanish in narrow number formats, and divides the gradients by it afterwards (Micikevicius et al. 2018).
 * A step whose gradients are not finite is skipped and the factor halved.
 */
export class LossScaleOptimizer extends Optimizer {
  static readonly className = 'LossScaleOptimizer';
  readonly innerOptimizer: Optimizer;
  readonly initialScale: number;
  readonly dynamicGrowthSteps: number;
  readonly #stepsSinceChange: Variable;
  readonly #scale: Variable;

  constructor(options: LossScaleOptimizerOptions) {
    super({ learningRate: 0, name: options.name }, 0);
    this.innerOptimizer = registries.optimizers.get(options.innerOptimizer);
    this.initialScale = options.initialScale ?? 2 ** 15;
    this.dynamicGrowthSteps = options.dynamicGrowthSteps ?? 2000;
    if (!(this.innerOptimizer instanceof Optimizer)) {
      fail('LossScaleOptimizer', 'innerOptimizer is missing; pass the optimizer to wrap');
    }
    if (this.innerOptimizer.lossScaleFactor) {
      fail(
        'LossScaleOptimizer',
        'the inner optimizer has a lossScaleFactor; leave it out, the factor is found here',
      );
    }
    if (!(this.initialScale > 0)) {
      fail(
        'LossScaleOptimizer',
        `initialScale is ${this.initialScale}; expected a positive number`,
      );
    }
    if (!(Number.isInteger(this.dynamicGrowthSteps) && this.dynamicGrowthSteps >= 1)) {
      fail(
        'LossScaleOptimizer',
        `dynamicGrowthSteps is ${this.dynamicGrowthSteps}; expected a whole number of 1 or more`,
      );
    }
    // Made here and not with the first step: its trace reads the factor before.
    this.#stepsSinceChange = this.addVariable('step_counter', [], 0, 'int32');
    this.#scale = this.addVariable('dynamic_scale', [], this.initialScale);
  }

  override get variables(): Variable[] {
    return [...super.variables, ...this.innerOptimizer.variables];
  }

  override get iterations(): Tensor {
    return this.innerOptimizer.iterations;
  }

  override get rate(): Tensor {
    return this.innerOptimizer.rate;
  }

  override get learningRate(): Optimizer['learningRate'] {
    return this.innerOptimizer.learningRate;
  }

  override set learningRate(value: number) {
    this.innerOptimizer.learningRate = value;
  }

  override scaleLoss(loss: Tensor): Tensor {
    return loss.mul(this.#scale.value);
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    this.innerOptimizer.build(variables);
  }

  override apply(gradients: readonly (Tensor | null)[], variables: readonly Variable[]): void {
    this.build(variables);
    const scale: Tensor = this.#scale.value;
    const steps: Tensor = this.#stepsSinceChange.value;
    const finite = gradients
      .filter((g) => g !== null)
      .map((g) => ops.all(ops.isfinite(g)))
      .reduce((a, b) => ops.logicalAnd(a, b));
    const inverse = ops.divide(1, scale);
    const touched = [...this.innerOptimizer.variables, ...variables];
    this.conditionally(finite, touched, () => {
      this.innerOptimizer.apply(
        gradients.map((g) => g?.mul(inverse) ?? null),
        variables,
      );
    });
    const grows = ops.equal(steps, this.dynamicGrowthSteps - 1);
    const changes = ops.logicalOr(grows, ops.logicalNot(finite));
    this.#scale.assign(ops.where(finite, ops.where(grows, scale.mul(2), scale), scale.mul(0.5)));
    this.#stepsSinceChange.assign(ops.where(changes, 0, steps.add(1)));
  }

  override finalizeVariableValues(variables: readonly Variable[]): void {
    this.innerOptimizer.finalizeVariableValues(variables);
  }

  override getConfig() {
    const { name, innerOptimizer, initialScale, dynamicGrowthSteps } = this;
    return { name, innerOptimizer, initialScale, dynamicGrowthSteps };
  }

  protected update(): void {
    fail('LossScaleOptimizer', 'updates are made by the inner optimizer');
  }

  protected ownConfig() {
    return {};
  }
}
