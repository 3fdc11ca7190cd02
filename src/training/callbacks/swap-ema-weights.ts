import { fail } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { expectOptions } from '../../nn/options.ts';
import { Callback, type CallbackState } from './callback.ts';

/**
 * Puts the optimizer's moving averages in the place of the weights while the model is evaluated or predicts;
 * with `swapOnEpoch` also from the end of an epoch to the beginning of the next, for callbacks behind this
 * one that save the model. Training always goes on with the weights themselves. The optimizer needs `useEma`.
 */
export class SwapEMAWeights extends Callback {
  readonly swapOnEpoch: boolean;
  /** The weights themselves, while the averages are in their place. */
  #kept: NDArray[] | undefined;

  constructor(options: { readonly swapOnEpoch?: boolean } = {}) {
    super();
    expectOptions('swapEMAWeights', options, ['swapOnEpoch']);
    this.swapOnEpoch = options.swapOnEpoch ?? false;
  }

  override getState(): CallbackState {
    return { kept: this.#kept ?? null };
  }

  override setState({ kept }: CallbackState): void {
    this.#kept = (kept as NDArray[] | null) ?? undefined;
  }

  override onTrainBegin(): void {
    this.#kept = undefined;
    this.#expectAverages();
  }

  override onEpochBegin(): void {
    this.#swapOut();
  }

  override async onEpochEnd(): Promise<void> {
    if (this.swapOnEpoch) await this.#swapIn();
  }

  /** Training itself ends with the averages in the place of the weights. */
  override onTrainEnd(): void {
    this.#kept = undefined;
  }

  override onTestBegin(): Promise<void> {
    return this.#swapIn();
  }

  override onTestEnd(): void {
    this.#swapOut();
  }

  override onPredictBegin(): Promise<void> {
    return this.#swapIn();
  }

  override onPredictEnd(): void {
    this.#swapOut();
  }

  #expectAverages(): void {
    if (!this.model.optimizer.useEma) {
      fail('swapEMAWeights', 'the optimizer keeps no averages; build it with { useEma: true }');
    }
  }

  async #swapIn(): Promise<void> {
    if (this.#kept) return;
    this.#expectAverages();
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
