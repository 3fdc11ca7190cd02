/**
 * What every platform exports. Entry points (index.ts for browsers, node.ts for Node) add engines and
 * what only they have.
 */

export { takeRows } from './data/array.ts';
export type { CsvRecord } from './data/csv-stream.ts';
export { Dataset } from './data/dataset.ts';
export { categoriesOf, encodeLabels, getDummies, toCategorical } from './data/encode.ts';
export { Imputer, impute } from './data/impute.ts';
export { type PadSequencesOptions, padSequences } from './data/pad-sequences.ts';
export { MinMaxScaler, StandardScaler, standardize } from './data/scale.ts';
export { kFold, shuffleRows, stratifiedKFold, trainTestSplit } from './data/split.ts';
export {
  createTable,
  dropMissing,
  numberColumn,
  parseCsv,
  selectColumns,
  type Table,
  tableToArray,
  takeTableRows,
  textColumn,
} from './data/table.ts';
export { timeseriesDataset } from './data/timeseries.ts';
export type { Engine } from './engines/engine.ts';
export type { DType, TypedArray } from './graph/dtype.ts';
export { NablaError } from './graph/errors.ts';
export type { NDArray } from './graph/ndarray.ts';
export {
  type Activation,
  type ActivationName,
  type ActivationSpec,
  activations,
} from './nn/activations/index.ts';
export {
  Constraint,
  type ConstraintFunction,
  type ConstraintName,
  type ConstraintSpec,
  constraints,
} from './nn/constraints.ts';
export {
  type InitializerName,
  type InitializerSpec,
  initializers,
} from './nn/initializers/index.ts';
export { Initializer } from './nn/initializers/initializer.ts';
export { registerFunction } from './nn/layers/core/lambda.ts';
export { layers } from './nn/layers/index.ts';
export { input } from './nn/layers/input.ts';
export {
  type CallOptions,
  Layer,
  type LayerOptions,
  type TensorShape,
  type WeightOptions,
} from './nn/layers/layer.ts';
export {
  type LossFunction,
  type LossName,
  type LossSpec,
  losses,
  lossFunctions,
} from './nn/losses/index.ts';
export { Loss, type LossOptions } from './nn/losses/loss.ts';
export {
  type MetricFunction,
  type MetricName,
  type MetricSpec,
  metricFunctions,
  metrics,
} from './nn/metrics/index.ts';
export { Metric, type MetricOptions } from './nn/metrics/metric.ts';
export {
  type ClassificationReport,
  classificationReport,
  confusionMatrix,
} from './nn/metrics/report.ts';
export { clearSession } from './nn/names.ts';
export { type OptimizerName, type OptimizerSpec, optimizers } from './nn/optimizers/index.ts';
export { Optimizer } from './nn/optimizers/optimizer.ts';
export type { LearningRate, OptimizerOptions } from './nn/optimizers/options.ts';
export { registerCustomObject } from './nn/registry.ts';
export {
  Regularizer,
  type RegularizerFunction,
  type RegularizerName,
  type RegularizerSpec,
  regularizers,
} from './nn/regularizers.ts';
export { schedules } from './nn/schedules/index.ts';
export { LearningRateSchedule } from './nn/schedules/schedule.ts';
export { type Device, disposeEngines, getDevice, setDevice } from './tensor/device.ts';
export {
  checkpoint,
  customGradient,
  grad,
  gradientsOf,
  stopGradient,
  valueAndGrad,
  variableGradients,
} from './tensor/grad.ts';
export { jit } from './tensor/jit.ts';
export { image, ops } from './tensor/lift.ts';
export { SeedGenerator, setRandomSeed } from './tensor/random.ts';
export { type RandomOptions, random } from './tensor/random-functions.ts';
export {
  type Dim,
  isTensor,
  type NestedArray,
  type Shape,
  scalar,
  Tensor,
  type TensorLike,
  tensor,
} from './tensor/tensor.ts';
export { Variable, type VariableOptions, variable } from './tensor/variable.ts';
export { Callback, type Logs } from './training/callbacks/callback.ts';
export type { History } from './training/callbacks/history.ts';
export { type CloneModelOptions, cloneModel } from './training/clone.ts';
export type { EvaluateOptions, PredictOptions } from './training/evaluation.ts';
export { type Explanation, explain, explanationTables } from './training/explain.ts';
export type { FitOptions } from './training/fit.ts';
export { type FunctionalOptions, model } from './training/functional.ts';
export { type CompileOptions, Model } from './training/model.ts';
export { modelFromJson } from './training/model-json.ts';
export { type PlotModelOptions, plotModel } from './training/plot-model.ts';
export { Sequential, sequential } from './training/sequential.ts';
export { getSourceInputs } from './training/sources.ts';
export type { StepData } from './training/step-data.ts';
export type { SummaryOptions } from './training/summary.ts';
