import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface FtrlOptions extends OptimizerOptions {
  /** How the rate falls with the sum of squared gradients: 0 for not at all. */
  readonly learningRatePower?: number;
  /** What the sums of squares start from. */
  readonly initialAccumulatorValue?: number;
  readonly l1RegularizationStrength?: number;
  readonly l2RegularizationStrength?: number;
  /** A penalty on the weights that acts through the gradients. */
  readonly l2ShrinkageRegularizationStrength?: number;
  readonly beta?: number;
}

/** Follow the regularized leader (McMahan et al. 2013): for large, sparse linear models. */
export class Ftrl extends Optimizer {
  static readonly className = 'Ftrl';
  readonly options: Required<Omit<FtrlOptions, keyof OptimizerOptions>>;

  constructor(options: FtrlOptions = {}) {
    super(options, 0.001);
    this.options = {
      learningRatePower: options.learningRatePower ?? -0.5,
      initialAccumulatorValue: options.initialAccumulatorValue ?? 0.1,
      l1RegularizationStrength: options.l1RegularizationStrength ?? 0,
      l2RegularizationStrength: options.l2RegularizationStrength ?? 0,
      l2ShrinkageRegularizationStrength: options.l2ShrinkageRegularizationStrength ?? 0,
      beta: options.beta ?? 0,
    };
    for (const [name, value] of Object.entries(this.options)) {
      const fits = name === 'learningRatePower' ? value <= 0 : value >= 0;
      if (!fits) {
        const expected = name === 'learningRatePower' ? 'at most 0' : 'of 0 or more';
        fail('Ftrl', `${name} is ${value}; expected a number ${expected}`);
      }
    }
  }

  protected override createSlots(variables: readonly Variable[]): void {
    for (const v of variables) {
      this.addSlot('accumulator', v, v.shape, this.options.initialAccumulatorValue);
      this.addSlot('linear', v, v.shape);
    }
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { l1RegularizationStrength: l1, l2RegularizationStrength: l2, beta } = this.options;
    const shrinkage = 2 * this.options.l2ShrinkageRegularizationStrength;
    const accumulator = this.slot('accumulator', variable);
    const linear = this.slot('linear', variable);
    const w: Tensor = variable.value;
    const sum: Tensor = accumulator.value.add(gradient.square());
    const root = this.#power(sum);
    // Subtracted before they are divided: the difference of two large numbers would lose digits.
    const grown = root.sub(this.#power(accumulator.value)).div(learningRate);
    const pull = shrinkage ? gradient.add(w.mul(shrinkage)) : gradient;
    const z: Tensor = linear.value.add(pull.sub(grown.mul(w)));
    accumulator.assign(sum);
    linear.assign(z);
    const strength = ops.divide(beta, learningRate).add(2 * l2);
    const clipped = ops.clip(z, -l1, l1);
    variable.assign(clipped.sub(z).div(root.div(learningRate).add(strength)));
  }

  protected ownConfig() {
    return { ...this.options };
  }

  #power(x: Tensor): Tensor {
    const exponent = -this.options.learningRatePower;
    return exponent === 0.5 ? x.sqrt() : x.pow(exponent);
  }
}
