import { fail } from '../../graph/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Configurable } from '../registry.ts';

/** A learning rate that depends on the number of steps made. Part of the compiled step. */
export abstract class LearningRateSchedule implements Configurable {
  /** The learning rate (scalar float32) after `step` steps (scalar int32, from 0). */
  abstract call(step: Tensor): Tensor;
  abstract getConfig(): Record<string, unknown>;
}

/** A number of steps that something is divided by. */
export function expectSteps(schedule: string, option: string, value: number): void {
  if (!(value > 0)) fail(schedule, `${option} is ${value}; expected a positive number`);
}

/** The options with defaults for those that are missing; what is neither required nor has one is left out. */
export function complete<D extends object, O extends object>(
  schedule: string,
  required: readonly (keyof O & string)[],
  defaults: D,
  options: O,
): D & Required<O> {
  const given = options as Readonly<Record<string, unknown>>;
  const all = { ...defaults } as Record<string, unknown>;
  for (const name of [...required, ...Object.keys(defaults)]) {
    if (given[name] !== undefined) all[name] = given[name];
  }
  const missing = required.find((name) => all[name] === undefined);
  if (missing) fail(schedule, `${missing} is undefined; expected a value`);
  return all as D & Required<O>;
}
