import type { TypedArray } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { leafOf } from '../tensor/evaluate.ts';
import { isTensor, Tensor } from '../tensor/tensor.ts';
import { leavesOf, mapTree } from '../tensor/tree.ts';
import type { ModelData } from './arrays.ts';
import type { BatchSource } from './batches.ts';
import type { Callback, Logs, RunParameters } from './callbacks/callback.ts';
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
  readonly callbacks?: readonly Callback[];
}

export interface PredictOptions {
  readonly batchSize?: number;
  readonly steps?: number;
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
    results = await model.runTestStep(stepData(batch));
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
  if (isBatchIterable(x)) expectNoArrays('evaluate', y, options.sampleWeight);
  const { callbacks = [], steps, classWeight } = options;
  const source = isBatchIterable(x)
    ? sourceOfIterable('evaluate', x, { stepsPerEpoch: steps, classWeight })
    : sourceOfArrays(await loadArrays('evaluate', x, y, options), options);
  const run: RunParameters = {
    epochs: 1,
    initialEpoch: 0,
    steps: steps ?? source.steps,
    samples: source.samples,
    batchSize: isBatchIterable(x) ? undefined : (options.batchSize ?? 32),
    validates: false,
    position: { epoch: 0, batch: 0, shuffleSeed: undefined },
    callbacks,
  };
  for (const callback of callbacks) callback.attach(model, run);
  try {
    return await evaluateSource(model, source, callbacks, steps);
  } finally {
    await source.close?.();
  }
}

/** Rows of all batches in one array. */
function joinRows(parts: readonly NDArray[]): NDArray {
  if (parts.length === 1) return parts[0];
  const total = parts.reduce((n, p) => n + p.data.length, 0);
  const Type = parts[0].data.constructor as new (n: number) => TypedArray;
  const data = new Type(total);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  const samples = parts.reduce((n, p) => n + p.shape[0], 0);
  return { data, shape: [samples, ...parts[0].shape.slice(1)], dtype: parts[0].dtype };
}

export async function runPrediction(
  model: Trainable,
  x: ModelData | BatchIterable,
  options: PredictOptions,
): Promise<any> {
  const source = isBatchIterable(x)
    ? sourceOfIterable('predict', x, { stepsPerEpoch: options.steps })
    : sourceOfArrays(await loadArrays('predict', x, undefined, {}), options);
  let structure: any;
  const parts: NDArray[][] = [];
  let count = 0;
  for await (const batch of source.epoch(0)) {
    if (options.steps !== undefined && count++ >= options.steps) break;
    const outputs = await model.runPredictStep(stepData(batch).x);
    structure = outputs;
    const arrays = await Promise.all(leavesOf(outputs, isTensor).map((t) => t.ndarray()));
    parts.push(arrays);
  }
  await source.close?.();
  if (structure === undefined) fail('predict', 'the data has no batches; expected at least one');
  let i = 0;
  return mapTree(structure, isTensor, () => {
    const k = i++;
    const joined = joinRows(parts.map((p) => p[k]));
    return new Tensor(leafOf(joined.data, joined.shape, joined.dtype));
  });
}
