import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';
import { Optimizer, type OptimizerOptions } from './optimizer.ts';

export interface AdafactorOptions extends OptimizerOptions {
  /** Exponent of the decay of the mean squares, below 0: `1 - t^beta2Decay`. */
  readonly beta2Decay?: number;
  /** Added to squared gradients. */
  readonly epsilon1?: number;
  /** The least size of weights that steps are measured by. */
  readonly epsilon2?: number;
  /** Steps are scaled down to this root mean square. */
  readonly clipThreshold?: number;
  /** Let a constant rate fall with the root of the number of steps. */
  readonly relativeStep?: boolean;
}

/**
 * Adafactor (Shazeer and Stern 2018): the mean squares of a matrix's gradients are kept as their means by
 * row and by column, and steps are in proportion to the size of the weights.
 */
export class Adafactor extends Optimizer {
  static readonly className = 'Adafactor';
  readonly options: Required<Omit<AdafactorOptions, keyof OptimizerOptions>>;

  constructor(options: AdafactorOptions = {}) {
    super(options, 0.001);
    this.options = {
      beta2Decay: options.beta2Decay ?? -0.8,
      epsilon1: options.epsilon1 ?? 1e-30,
      epsilon2: options.epsilon2 ?? 1e-3,
      clipThreshold: options.clipThreshold ?? 1,
      relativeStep: options.relativeStep ?? true,
    };
    if (!(this.options.clipThreshold > 0)) {
      fail(
        'Adafactor',
        `clipThreshold is ${this.options.clipThreshold}; expected a positive number`,
      );
    }
  }

  protected override createSlots(variables: readonly Variable[]): void {
    for (const v of variables) {
      // Vectors are not factored; Keras's files have a placeholder for each factor.
      const matrix = v.shape.length >= 2;
      this.addSlot('row', v, matrix ? v.shape.slice(0, -1) : []);
      this.addSlot('column', v, matrix ? [...v.shape.slice(0, -2), v.shape.at(-1)!] : []);
      this.addSlot('velocity', v, v.shape);
    }
  }

  protected update(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const { epsilon1, epsilon2, clipThreshold, beta2Decay } = this.options;
    const { localStep } = this;
    const w: Tensor = variable.value;
    const rootMeanSquare = (x: Tensor) => x.square().mean().sqrt();
    const rate = ops.minimum(learningRate, ops.divide(1, localStep.sqrt()));
    const alpha = ops.maximum(rootMeanSquare(w), epsilon2).mul(rate);
    const fresh = ops.power(localStep, beta2Decay);
    const kept = ops.subtract(1, fresh);
    const squares = gradient.square().add(epsilon1);
    const blend = (slot: Variable, value: Tensor): Tensor => {
      const mean: Tensor = slot.value.mul(kept).add(value.mul(fresh));
      slot.assign(mean);
      return mean;
    };
    const velocity = this.slot('velocity', variable);
    if (variable.shape.length >= 2) {
      const row = blend(this.slot('row', variable), squares.mean(-1));
      const column = blend(this.slot('column', variable), squares.mean(-2));
      const shares = row.div(row.mean(-1, true));
      velocity.assign(ops.expandDims(shares, -1).mul(ops.expandDims(column, -2)));
    } else {
      blend(velocity, squares);
    }
    const step = gradient.div(velocity.value.sqrt());
    const limit = ops.maximum(rootMeanSquare(step).div(clipThreshold), 1);
    variable.assign(w.sub(step.mul(alpha.div(limit))));
  }

  protected ownConfig() {
    return { ...this.options };
  }
}
