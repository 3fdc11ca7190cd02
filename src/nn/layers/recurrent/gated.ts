import type { Shape } from '../../../graph/shape.ts';
import { concatenate } from '../../../ops/build.ts';
import { ops } from '../../../tensor/lift.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { type Activation, type ActivationSpec, activations } from '../../activations/index.ts';
import { BaseCell, type CellOptions, expectUnits, masked, parts } from './cell.ts';

export interface GatedCellOptions extends CellOptions {
  /** Length of the output and of each state. */
  readonly units: number;
  /** Of the gates; 'sigmoid' by default. Keras up to 2.2.4 had what is 'hardSigmoidKeras2' here. */
  readonly recurrentActivation?: ActivationSpec | null;
  /** 2 (default): one dropout mask for all gates. 1: one each, as recurrent dropout always has. */
  readonly implementation?: 1 | 2;
}

/** As in Keras, cells with gates drop nothing at a rate of 1. */
export const below1 = (rate: number): number => (rate < 1 ? rate : 0);

/** What cells with gates share: their kernels have a part for each gate, and one for the candidate. */
export abstract class GatedCell extends BaseCell {
  /** Options that are not in its configuration. @internal */
  static readonly options: readonly string[] = ['implementation'];
  /** Parts of the kernels. */
  protected abstract readonly gates: number;
  readonly units: number;
  readonly outputSize: number;
  readonly recurrentActivation: Activation;
  readonly implementation: 1 | 2;

  constructor(options: GatedCellOptions) {
    super(options);
    this.units = expectUnits(this, options.units);
    this.outputSize = this.units;
    this.recurrentActivation = activations.get(
      options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation,
    );
    this.implementation = this.recurrentDropout > 0 ? 1 : (options.implementation ?? 2);
  }

  /** Dropout masks of a step's input [batch, features], or of a sequence without its steps. */
  protected inputMasks(step: Shape, training: boolean | undefined): (Tensor | undefined)[] {
    return this.dropoutMasks(below1(this.dropout), step, this.#masks, training);
  }

  /** Dropout masks of the state [batch, units]. */
  protected stateMasks(batch: number, training: boolean | undefined): (Tensor | undefined)[] {
    const rate = below1(this.recurrentDropout);
    return this.dropoutMasks(rate, [batch, this.units], this.#masks, training);
  }

  get #masks(): number {
    return this.implementation === 1 ? this.gates : 1;
  }

  /** Whether the gradients that are written by hand are those of this cell. */
  protected followsRule(training: boolean | undefined): boolean {
    const usual =
      this.activation === activations.tanh && this.recurrentActivation === activations.sigmoid;
    return usual && !(training && this.recurrentDropout > 0);
  }

  override getConfig(): Record<string, unknown> {
    return {
      units: this.units,
      ...super.getConfig(),
      recurrentActivation: activations.serialize(this.recurrentActivation),
    };
  }
}

/** x times a kernel of several gates, where each gate has a dropout mask of its own, or all share one. */
export function productByGate(
  x: Tensor,
  masks: readonly (Tensor | undefined)[],
  kernel: Tensor,
): Tensor {
  if (masks.every((m) => m === masks[0])) return ops.matmul(masked(x, masks[0]), kernel);
  const kernels = parts(kernel, masks.length);
  const products = masks.map((m, i) => ops.matmul(masked(x, m), kernels[i]).node);
  return new Tensor(concatenate(products, -1));
}
