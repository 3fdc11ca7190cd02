import { fail } from '../graph/errors.ts';
import { joinRows, type NDArray } from '../graph/ndarray.ts';
import { expectOptions } from '../nn/options.ts';
import { leafOf } from '../tensor/evaluate.ts';
import { isTensor, Tensor } from '../tensor/tensor.ts';
import { leavesOf, mapTree } from '../tensor/tree.ts';
import type { ModelData } from './arrays.ts';
import type { BatchSource } from './batches.ts';
import type { Callback, Logs, RunParameters } from './callbacks/callback.ts';
import { type CallbackSpecs, callbackList } from './callbacks/list.ts';
import { type Progress, progressCallback } from './progress.ts';
import {
  type BatchIterable,
  expectNoArrays,
  isBatchIterable,
  loadArrays,
  type SourceOptions,
  sourceOfArrays,
  sourceOfIterable,
} from './source.ts';
import { stepData } from './step-data.ts';
import type { Trainable } from './trainable.ts';

/** Running a model over data without training it. */

export interface EvaluateOptions extends Omit<SourceOptions, 'shuffle' | 'stepsPerEpoch'> {
  readonly batchSize?: number;
  /** Batches to use; all by default. */
  readonly steps?: number;
  readonly callbacks?: CallbackSpecs;
  /** Show progress; not by default. */
  readonly verbose?: Progress;
}

/** What `predict` takes besides the data. */
export interface PredictOptions {
  readonly batchSize?: number;
  readonly steps?: number;
  readonly callbacks?: CallbackSpecs;
  /** Show progress; not by default. */
  readonly verbose?: Progress;
}

/** The options of `evaluate` and of `predict`, for checks where types do not check. */
const predictOptions = ['batchSize', 'steps', 'callbacks', 'verbose'];
export const evaluateOptions = [...predictOptions, 'sampleWeight', 'classWeight'];

/** What takes part in an evaluation or prediction, attached to the model. */
function participants(
  what: string,
  model: Trainable,
  source: BatchSource,
  options: PredictOptions,
  ownBatches: boolean,
): Callback[] {
  const progress = progressCallback(options.verbose ?? 0);
  const callbacks = [...callbackList(what, options.callbacks), ...(progress ? [progress] : [])];
  const run: RunParameters = {
    epochs: 1,
    initialEpoch: 0,
    steps: options.steps ?? source.steps,
    samples: source.samples,
    batchSize: ownBatches ? undefined : (options.batchSize ?? 32),
    validates: false,
    position: { epoch: 0, batch: 0, shuffleSeed: undefined },
    callbacks,
  };
  for (const callback of callbacks) callback.attach(model, run);
  return callbacks;
}

export async function evaluateSource(
  model: Trainable,
  source: BatchSource,
  callbacks: readonly Callback[],
  steps?: number,
): Promise<Logs> {
  for (const callback of callbacks) await callback.onTestBegin();
  model.resetMetrics();
  let results: Record<string, Tensor> | undefined;
  let count = 0;
  for await (const batch of source.epoch(0)) {
    if (steps !== undefined && count >= steps) break;
    for (const callback of callbacks) await callback.onTestBatchBegin(count);
    results = await model.runTestStep(stepData(batch));
    const interested = callbacks.filter((c) => c.wantsTestBatchLogs());
    if (interested.length > 0) {
      const logs = await model.readLogs(results);
      for (const callback of interested) await callback.onTestBatchEnd(count, logs);
    }
    count++;
  }
  if (!results) fail('evaluate', 'the data has no batches; expected at least one');
  const logs = await model.readLogs(results);
  for (const callback of callbacks) await callback.onTestEnd(logs);
  return logs;
}

export async function runEvaluation(
  model: Trainable,
  x: ModelData | BatchIterable,
  y: ModelData | undefined,
  options: EvaluateOptions,
): Promise<Logs> {
  expectOptions('evaluate', options, evaluateOptions);
  const ownBatches = isBatchIterable(x);
  if (ownBatches) expectNoArrays('evaluate', y, options.sampleWeight);
  const { steps, classWeight } = options;
  const { signature } = model;
  const source = isBatchIterable(x)
    ? sourceOfIterable('evaluate', x, { stepsPerEpoch: steps, classWeight }, signature)
    : sourceOfArrays(await loadArrays('evaluate', x, y, options, signature), options);
  const callbacks = participants('evaluate', model, source, options, ownBatches);
  try {
    return await evaluateSource(model, source, callbacks, steps);
  } finally {
    await source.close?.();
  }
}

export async function runPrediction(
  model: Trainable,
  x: ModelData | BatchIterable,
  options: PredictOptions,
): Promise<any> {
  expectOptions('predict', options, predictOptions);
  const { signature } = model;
  const source = isBatchIterable(x)
    ? sourceOfIterable('predict', x, { stepsPerEpoch: options.steps }, signature)
    : sourceOfArrays(await loadArrays('predict', x, undefined, {}, signature), options);
  const callbacks = participants('predict', model, source, options, isBatchIterable(x));
  for (const callback of callbacks) await callback.onPredictBegin();
  let structure: any;
  const parts: NDArray[][] = [];
  let count = 0;
  for await (const batch of source.epoch(0)) {
    if (options.steps !== undefined && count >= options.steps) break;
    for (const callback of callbacks) await callback.onPredictBatchBegin(count);
    const outputs = await model.runPredictStep(stepData(batch).x);
    structure = outputs;
    const arrays = await Promise.all(leavesOf(outputs, isTensor).map((t) => t.ndarray()));
    parts.push(arrays);
    for (const callback of callbacks) await callback.onPredictBatchEnd(count, outputs);
    count++;
  }
  await source.close?.();
  for (const callback of callbacks) await callback.onPredictEnd();
  if (structure === undefined) fail('predict', 'the data has no batches; expected at least one');
  let i = 0;
  return mapTree(structure, isTensor, () => {
    const k = i++;
    const joined = joinRows(parts.map((p) => p[k]));
    return new Tensor(leafOf(joined.data, joined.shape, joined.dtype));
  });
}
