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

/** The options, with defaults for those that are missing. */
export function complete<D extends object, O extends object>(
  defaults: D,
  options: O,
): D & Required<O> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as D & Required<O>;
}
