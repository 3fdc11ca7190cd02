import { fail } from '../../../graph/errors.ts';
import { ops } from '../../../tensor/lift.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Variable } from '../../../tensor/variable.ts';
import type { Constraint } from '../../constraints.ts';
import type { Regularizer } from '../../regularizers.ts';
import type { Layer } from '../layer.ts';

/** The options of a layer whose weight can be frozen and tuned by an update of low rank. */
export interface LoraOptions {
  /** Freezes the weight and trains an update of this rank; none by default. */
  readonly loraRank?: number | null;
  /** The update is scaled by loraAlpha / loraRank; loraRank by default. */
  readonly loraAlpha?: number | null;
}

export interface LowRankOptions {
  readonly rank: number;
  /** The update is scaled by alpha / rank; the rank by default. */
  readonly alpha?: number | null;
  /** The weight that stays as it is. */
  readonly frozen: Variable;
  readonly regularizer?: Regularizer;
  readonly constraint?: Constraint;
}

/**
 * Fine-tuning with few numbers: a frozen weight W [..., n] plus `alpha / rank * A B`, where only
 * A [..., rank] and B [rank, n] are trained (LoRA, Hu et al. 2021). B starts at zero.
 */
export class LowRankUpdate {
  readonly rank: number;
  readonly alpha: number;
  readonly a: Variable;
  readonly b: Variable;

  constructor(layer: Layer, weight: string, options: LowRankOptions) {
    const { rank, alpha, frozen, regularizer, constraint } = options;
    if (!(Number.isInteger(rank) && rank > 0)) {
      fail(layer.name, `loraRank is ${rank}; expected a whole number of 1 or more`);
    }
    if (constraint) {
      fail(
        layer.name,
        `a low-rank update cannot keep the constraint on '${weight}'; remove the constraint or loraRank`,
      );
    }
    this.rank = rank;
    this.alpha = alpha ?? rank;
    this.a = layer.addWeight({
      name: `lora_${weight}_a`,
      shape: [...frozen.shape.slice(0, -1), rank],
      initializer: 'heUniform',
      regularizer,
    });
    this.b = layer.addWeight({
      name: `lora_${weight}_b`,
      shape: [rank, frozen.shape.at(-1)!],
      initializer: 'zeros',
      regularizer,
    });
    frozen.trainable = false;
  }

  applyTo(weight: Tensor): Tensor {
    const update = ops.matmul(this.a.value, this.b.value);
    return weight.add(this.alpha === this.rank ? update : update.mul(this.alpha / this.rank));
  }
}
