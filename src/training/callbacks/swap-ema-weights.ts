import { fail } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { Callback } from './callback.ts';

/**
 * Puts the optimizer's moving averages in the place of the weights while the model is evaluated, and at
 * the end of each epoch if asked; the optimizer needs `useEma`.
 */
export class SwapEMAWeights extends Callback {
  readonly swapOnEpoch: boolean;
  #kept: NDArray[] | undefined;

  constructor({ swapOnEpoch = false }: { readonly swapOnEpoch?: boolean } = {}) {
    super();
    this.swapOnEpoch = swapOnEpoch;
  }

  override onTrainBegin(): void {
    if (!this.model.optimizer.useEma) {
      fail('swapEMAWeights', 'the optimizer keeps no averages; build it with { useEma: true }');
    }
  }

  override async onTestBegin(): Promise<void> {
    await this.#swapIn();
  }

  override onTestEnd(): void {
    this.#swapOut();
  }

  override async onEpochEnd(): Promise<void> {
    if (this.swapOnEpoch) {
      const { optimizer } = this.model;
      optimizer.finalizeVariableValues(optimizer.trainableVariables);
    }
  }

  async #swapIn(): Promise<void> {
    if (this.#kept) return;
    this.#kept = await this.model.getWeights();
    const { optimizer } = this.model;
    optimizer.finalizeVariableValues(optimizer.trainableVariables);
  }

  #swapOut(): void {
    if (!this.#kept) return;
    this.model.setWeights(this.#kept);
    this.#kept = undefined;
  }
}
