import { Callback, type Logs } from './callback.ts';

type Hook<A extends unknown[]> = (...args: A) => void | Promise<void>;

export interface LambdaCallbackOptions {
  readonly onTrainBegin?: Hook<[]>;
  readonly onTrainEnd?: Hook<[logs: Logs]>;
  readonly onEpochBegin?: Hook<[epoch: number]>;
  readonly onEpochEnd?: Hook<[epoch: number, logs: Logs]>;
  readonly onTrainBatchBegin?: Hook<[batch: number]>;
  readonly onTrainBatchEnd?: Hook<[batch: number, logs: Logs]>;
}

/** A callback from functions. */
export class LambdaCallback extends Callback {
  readonly #hooks: LambdaCallbackOptions;

  constructor(hooks: LambdaCallbackOptions) {
    super();
    this.#hooks = hooks;
  }

  override wantsBatchLogs(): boolean {
    return this.#hooks.onTrainBatchEnd !== undefined;
  }

  override onTrainBegin() {
    return this.#hooks.onTrainBegin?.();
  }

  override onTrainEnd(logs: Logs) {
    return this.#hooks.onTrainEnd?.(logs);
  }

  override onEpochBegin(epoch: number) {
    return this.#hooks.onEpochBegin?.(epoch);
  }

  override onEpochEnd(epoch: number, logs: Logs) {
    return this.#hooks.onEpochEnd?.(epoch, logs);
  }

  override onTrainBatchBegin(batch: number) {
    return this.#hooks.onTrainBatchBegin?.(batch);
  }

  override onTrainBatchEnd(batch: number, logs: Logs) {
    return this.#hooks.onTrainBatchEnd?.(batch, logs);
  }
}
