import { fail } from '../../graph/errors.ts';
import { describeValue, expectKnown } from '../../nn/options.ts';
import { isRecord } from '../../tensor/tree.ts';
import { Callback } from './callback.ts';
import { hookNames, LambdaCallback, type LambdaCallbackOptions } from './lambda.ts';

/** A callback, or some of its hooks in a plain object. */
export type CallbackSpec = Callback | LambdaCallbackOptions;

/** One callback or several. */
export type CallbackSpecs = CallbackSpec | readonly CallbackSpec[];

/** What an operation was given as callbacks, as a list of them. */
export function callbackList(
  operation: string,
  given: CallbackSpecs | null | undefined,
): Callback[] {
  if (given === undefined || given === null) return [];
  const specs: readonly CallbackSpec[] = Array.isArray(given) ? given : [given];
  return specs.map((spec) => {
    if (spec instanceof Callback) return spec;
    if (!isRecord(spec)) {
      return fail(
        operation,
        `received ${describeValue(spec)} among the callbacks; expected what a factory in callbacks makes, an object of a class that extends Callback, or hooks such as { onEpochEnd(epoch, logs) {} }`,
      );
    }
    expectKnown(`${operation}: callbacks`, spec, hookNames);
    return new LambdaCallback(spec as LambdaCallbackOptions);
  });
}
