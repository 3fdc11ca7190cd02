import { fail } from '../graph/errors.ts';
import type { LossSpec } from '../nn/losses/index.ts';
import type { OptimizerSpec } from '../nn/optimizers/index.ts';
import { isRecord } from '../tensor/tree.ts';
import type { ModelData } from './arrays.ts';
import type { MetricList, PerOutput } from './compiled.ts';
import { evaluateOptions } from './evaluation.ts';
import { fitOptions } from './fit.ts';
import { isBatchIterable } from './source.ts';

/** What the methods of a model are called with. */

/** What `compile` takes. */
export interface CompileOptions {
  readonly optimizer?: OptimizerSpec;
  /** A loss, or one for each output: in order or by name. */
  readonly loss?: PerOutput<LossSpec>;
  readonly lossWeights?: PerOutput<number>;
  /** Metrics that ignore sample weights. */
  readonly metrics?: PerOutput<MetricList>;
  /** Metrics that use sample weights. */
  readonly weightedMetrics?: PerOutput<MetricList>;
  /** Runs every operation by itself, for looking into steps; slow. */
  readonly runEagerly?: boolean;
  /** Training steps in one run of the engine: pays for tiny models, where starting a run is the cost. */
  readonly stepsPerExecution?: number;
}

export const compileOptions: readonly (keyof CompileOptions)[] = [
  'optimizer',
  'loss',
  'lossWeights',
  'metrics',
  'weightedMetrics',
  'runEagerly',
  'stepsPerExecution',
];

/**
 * Labels and options of a call. Batches bring their labels with them, so that options may stand in the
 * place of labels; with arrays that is a mistake.
 */
export function splitArguments<O extends object>(
  operation: 'fit' | 'evaluate',
  x: unknown,
  labels: unknown,
  options: O | undefined,
): { readonly y: ModelData | undefined; readonly options: O } {
  const known = new Set<string>(operation === 'fit' ? fitOptions : evaluateOptions);
  const areOptions =
    options === undefined &&
    isRecord(labels) &&
    Object.keys(labels).length > 0 &&
    Object.keys(labels).every((key) => known.has(key));
  if (!areOptions) return { y: labels as ModelData | undefined, options: options ?? ({} as O) };
  if (!isBatchIterable(x)) {
    fail(
      operation,
      `received options (${Object.keys(labels).join(', ')}) in the place of y; expected ${operation}(x, y, options), with undefined for a y that there is not`,
    );
  }
  return { y: undefined, options: labels as O };
}
