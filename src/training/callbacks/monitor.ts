import { fail } from '../../graph/errors.ts';
import type { Logs, RunParameters } from './callback.ts';

/** Watching one number for improvement; what early stopping, checkpoints and rate reduction share. */

export interface MonitorOptions {
  /** The number to watch; 'val_loss' by default. */
  readonly monitor?: string;
  /** Whether smaller or larger is better; 'auto' tells from the name. */
  readonly mode?: 'auto' | 'min' | 'max';
  /** Changes up to this size do not count as improvement. */
  readonly minDelta?: number;
}

export const monitorOptions = ['monitor', 'mode', 'minDelta'] as const;

/** What a name ends with says more than what an output in front of it is called. */
const SMALLER_IS_BETTER =
  /(loss|error|mse|mae|mape|msle|rmse|entropy|bce|kld|divergence|hinge|poisson|cosh|false_?(positives|negatives))$/i;
const LARGER_IS_BETTER = /acc|auc|precision|recall|f1|fbeta|iou|r2|similarity|fmeasure|topk|top_k/i;

export class Monitor {
  readonly name: string;
  readonly largerIsBetter: boolean;
  readonly minDelta: number;
  #best: number;
  /** Whether the best is a number that was met. */
  #isMet = false;

  constructor({ monitor = 'val_loss', mode = 'auto', minDelta = 0 }: MonitorOptions = {}) {
    if (!['auto', 'min', 'max'].includes(mode)) {
      fail('monitor', `mode is '${mode}'; expected 'auto', 'min' or 'max'`);
    }
    this.name = monitor;
    const grows = !SMALLER_IS_BETTER.test(monitor) && LARGER_IS_BETTER.test(monitor);
    this.largerIsBetter = mode === 'max' || (mode === 'auto' && grows);
    this.minDelta = Math.abs(minDelta);
    this.#best = this.largerIsBetter ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  get best(): number {
    return this.#best;
  }

  set best(value: number) {
    this.#best = value;
    this.#isMet = Math.abs(value) !== Number.POSITIVE_INFINITY;
  }

  /**
   * The watched number of an epoch; undefined where the logs lack it: after a call of `warn`, unless the epoch
   * was only not validated (`validationFreq`).
   */
  read(
    logs: Logs,
    { validates }: Pick<RunParameters, 'validates'>,
    warn: (message: string) => void,
  ): number | undefined {
    const value = logs[this.name];
    if (value !== undefined) return value;
    const names = Object.keys(logs);
    const isValidated = names.some((name) => name.startsWith('val_'));
    if (!validates || isValidated || !this.name.startsWith('val_')) {
      warn(`'${this.name}' is not among the numbers of this run: ${names.join(', ')}`);
    }
    return undefined;
  }

  /** Every number is better than none (NaN). */
  isBetter(value: number, than: number = this.best): boolean {
    if (Number.isNaN(than)) return !Number.isNaN(value);
    return this.largerIsBetter ? value - this.minDelta > than : value + this.minDelta < than;
  }

  /** Whether the value is the best so far, which it then becomes. The first one is, even NaN, as in Keras. */
  improve(value: number): boolean {
    if (this.#isMet && !this.isBetter(value)) return false;
    this.#best = value;
    this.#isMet = true;
    return true;
  }
}
