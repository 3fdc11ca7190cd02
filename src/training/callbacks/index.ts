import { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
import { History } from './history.ts';
import { LambdaCallback, type LambdaCallbackOptions } from './lambda.ts';
import {
  LearningRateScheduler,
  type LearningRateSchedulerOptions,
} from './learning-rate-scheduler.ts';
import { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce-lr-on-plateau.ts';
import { RemoteMonitor, type RemoteMonitorOptions } from './remote-monitor.ts';
import { SwapEMAWeights } from './swap-ema-weights.ts';
import { TerminateOnNaN } from './terminate-on-nan.ts';

/** The callbacks that run on every platform. */
export const callbacks = {
  history: () => new History(),
  earlyStopping: (options?: EarlyStoppingOptions) => new EarlyStopping(options),
  reduceLROnPlateau: (options?: ReduceLROnPlateauOptions) => new ReduceLROnPlateau(options),
  learningRateScheduler: (
    schedule: (epoch: number, rate: number) => number,
    options?: LearningRateSchedulerOptions,
  ) => new LearningRateScheduler(schedule, options),
  terminateOnNaN: () => new TerminateOnNaN(),
  swapEMAWeights: (options?: { readonly swapOnEpoch?: boolean }) => new SwapEMAWeights(options),
  remoteMonitor: (options?: RemoteMonitorOptions) => new RemoteMonitor(options),
  lambda: (hooks: LambdaCallbackOptions) => new LambdaCallback(hooks),
};
