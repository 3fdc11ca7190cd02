import type { NDArray } from '../graph/ndarray.ts';
import type { Optimizer } from '../nn/optimizers/optimizer.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Variable } from '../tensor/variable.ts';
import type { Signature } from './arrays.ts';
import type { Logs, TrainedModel } from './callbacks/callback.ts';
import type { History } from './callbacks/history.ts';
import type { StepData } from './step-data.ts';

/** Results of a step by name: the loss and the metrics so far. */
export type Results = Record<string, Tensor>;

/** What the loops of training, evaluation and prediction need of a model. */
export interface Trainable extends TrainedModel {
  history: History | undefined;
  shuffleSeed: number | undefined;
  readonly optimizer: Optimizer;
  readonly trainableWeights: Variable[];
  /** How many inputs and outputs the model has, where that is known. */
  readonly signature: Signature;
  /** Batches that one run of the engine takes. */
  readonly stepsPerExecution: number;
  /** Makes every variable that a training step changes, without training. */
  buildTrainStep(data: StepData): void;
  runTrainSteps(batches: readonly StepData[]): Promise<Results>;
  runTestStep(data: StepData): Promise<Results>;
  runPredictStep(x: any): Promise<any>;
  resetMetrics(): void;
  readLogs(results: Results): Promise<Logs>;
  setWeights(values: readonly NDArray[]): void;
}
