import { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
import { History } from './history.ts';
import { LambdaCallback, type LambdaCallbackOptions } from './lambda.ts';

/** The callbacks that run on every platform. */
export const callbacks = {
  history: () => new History(),
  earlyStopping: (options?: EarlyStoppingOptions) => new EarlyStopping(options),
  lambda: (hooks: LambdaCallbackOptions) => new LambdaCallback(hooks),
};
