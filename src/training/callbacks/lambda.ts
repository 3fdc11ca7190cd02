import { fail } from '../../graph/errors.ts';
import { describeValue, expectOptions } from '../../nn/options.ts';
import { Callback, type Logs } from './callback.ts';

type Hook<A extends unknown[]> = (...args: A) => void | Promise<void>;

export interface LambdaCallbackOptions {
  readonly onTrainBegin?: Hook<[]>;
  readonly onTrainEnd?: Hook<[logs: Logs]>;
  readonly onEpochBegin?: Hook<[epoch: number]>;
  readonly onEpochEnd?: Hook<[epoch: number, logs: Logs]>;
  readonly onTrainBatchBegin?: Hook<[batch: number]>;
  readonly onTrainBatchEnd?: Hook<[batch: number, logs: Logs]>;
  readonly onTestBegin?: Hook<[]>;
  readonly onTestEnd?: Hook<[logs: Logs]>;
  readonly onTestBatchBegin?: Hook<[batch: number]>;
  readonly onTestBatchEnd?: Hook<[batch: number, logs: Logs]>;
  readonly onPredictBegin?: Hook<[]>;
  readonly onPredictEnd?: Hook<[]>;
  readonly onPredictBatchBegin?: Hook<[batch: number]>;
  readonly onPredictBatchEnd?: Hook<[batch: number, outputs: any]>;
}

/** Every hook that there is. */
export const hookNames: readonly (keyof LambdaCallbackOptions)[] = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onTrainBatchBegin',
  'onTrainBatchEnd',
  'onTestBegin',
  'onTestEnd',
  'onTestBatchBegin',
  'onTestBatchEnd',
  'onPredictBegin',
  'onPredictEnd',
  'onPredictBatchBegin',
  'onPredictBatchEnd',
];

/** A callback from functions. */
export class LambdaCallback extends Callback {
  readonly #hooks: LambdaCallbackOptions;

  constructor(hooks: LambdaCallbackOptions) {
    super();
    const given = expectOptions('lambda callback', hooks, hookNames);
    for (const [name, hook] of Object.entries(given)) {
      if (hook !== undefined && typeof hook !== 'function') {
        fail('lambda callback', `${name} is ${describeValue(hook)}; expected a function`);
      }
    }
    this.#hooks = given;
  }

  override wantsBatchLogs(): boolean {
    return this.#hooks.onTrainBatchEnd !== undefined;
  }

  override wantsTestBatchLogs(): boolean {
    return this.#hooks.onTestBatchEnd !== undefined;
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

  override onTestBegin() {
    return this.#hooks.onTestBegin?.();
  }

  override onTestEnd(logs: Logs) {
    return this.#hooks.onTestEnd?.(logs);
  }

  override onTestBatchBegin(batch: number) {
    return this.#hooks.onTestBatchBegin?.(batch);
  }

  override onTestBatchEnd(batch: number, logs: Logs) {
    return this.#hooks.onTestBatchEnd?.(batch, logs);
  }

  override onPredictBegin() {
    return this.#hooks.onPredictBegin?.();
  }

  override onPredictEnd() {
    return this.#hooks.onPredictEnd?.();
  }

  override onPredictBatchBegin(batch: number) {
    return this.#hooks.onPredictBatchBegin?.(batch);
  }

  override onPredictBatchEnd(batch: number, outputs: any) {
    return this.#hooks.onPredictBatchEnd?.(batch, outputs);
  }
}
