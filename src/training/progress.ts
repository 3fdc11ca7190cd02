import { fail } from '../graph/errors.ts';
import { describeValue } from '../nn/options.ts';
import type { Callback } from './callbacks/callback.ts';

/**
 * Showing progress while `fit` runs. What a progress bar looks like is the platform's affair: entry
 * points register one, and without it there is none.
 */

/** 'auto': a bar on a terminal, nothing elsewhere. 1: a bar. 2: one line an epoch. 0: nothing. */
export type Progress = 'auto' | 0 | 1 | 2 | boolean;

let factory: ((mode: 'auto' | 1 | 2) => Callback | undefined) | undefined;

export function registerProgress(create: (mode: 'auto' | 1 | 2) => Callback | undefined): void {
  factory = create;
}

export function progressCallback(verbose: Progress = 'auto'): Callback | undefined {
  if (!['auto', 0, 1, 2, true, false].includes(verbose)) {
    fail('verbose', `received ${describeValue(verbose)}; expected 'auto', 0, 1 or 2`);
  }
  if (verbose === 0 || verbose === false) return undefined;
  return factory?.(verbose === true ? 1 : verbose);
}
