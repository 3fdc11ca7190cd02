import { binaryFocalCrossentropy, categoricalFocalCrossentropy } from '../losses/focal.ts';
import { huber } from '../losses/regression.ts';
import type { NameOf } from '../names.ts';
import {
  type ConfigurableClass,
  factories,
  registries,
  type SerializedObject,
} from '../registry.ts';
import {
  Accuracy,
  accuracy,
  BinaryAccuracy,
  binaryAccuracy,
  CategoricalAccuracy,
  categoricalAccuracy,
  SparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  TopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from './accuracy.ts';
import { AUC } from './auc.ts';
import {
  FalseNegatives,
  FalsePositives,
  Precision,
  Recall,
  TrueNegatives,
  TruePositives,
} from './confusion.ts';
import {
  ConcordanceCorrelation,
  concordanceCorrelation,
  PearsonCorrelation,
  pearsonCorrelation,
} from './correlation.ts';
import { F1Score, FBetaScore } from './f-score.ts';
import { MeanMetricWrapper, type MetricFunction } from './function-metric.ts';
import { CategoricalHinge, Hinge, SquaredHinge } from './hinge.ts';
import { BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU } from './iou.ts';
import { Mean, Metric, Sum } from './metric.ts';
import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  KLDivergence,
  Poisson,
  SparseCategoricalCrossentropy,
} from './probabilistic.ts';
import {
  CosineSimilarity,
  LogCoshError,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  R2Score,
  RootMeanSquaredError,
} from './regression.ts';
import {
  PrecisionAtRecall,
  RecallAtPrecision,
  SensitivityAtSpecificity,
  SpecificityAtSensitivity,
} from './tradeoff.ts';

export type { MetricFunction } from './function-metric.ts';

/** Metrics that need no options. */
const named = {
  accuracy: Accuracy,
  auc: AUC,
  binaryAccuracy: BinaryAccuracy,
  binaryCrossentropy: BinaryCrossentropy,
  binaryIoU: BinaryIoU,
  categoricalAccuracy: CategoricalAccuracy,
  categoricalCrossentropy: CategoricalCrossentropy,
  categoricalHinge: CategoricalHinge,
  concordanceCorrelation: ConcordanceCorrelation,
  cosineSimilarity: CosineSimilarity,
  f1Score: F1Score,
  falseNegatives: FalseNegatives,
  falsePositives: FalsePositives,
  fBetaScore: FBetaScore,
  hinge: Hinge,
  klDivergence: KLDivergence,
  logCoshError: LogCoshError,
  mean: Mean,
  meanAbsoluteError: MeanAbsoluteError,
  meanAbsolutePercentageError: MeanAbsolutePercentageError,
  meanSquaredError: MeanSquaredError,
  meanSquaredLogarithmicError: MeanSquaredLogarithmicError,
  pearsonCorrelation: PearsonCorrelation,
  poisson: Poisson,
  precision: Precision,
  r2Score: R2Score,
  recall: Recall,
  rootMeanSquaredError: RootMeanSquaredError,
  sparseCategoricalAccuracy: SparseCategoricalAccuracy,
  sparseCategoricalCrossentropy: SparseCategoricalCrossentropy,
  sparseTopKCategoricalAccuracy: SparseTopKCategoricalAccuracy,
  squaredHinge: SquaredHinge,
  sum: Sum,
  topKCategoricalAccuracy: TopKCategoricalAccuracy,
  trueNegatives: TrueNegatives,
  truePositives: TruePositives,
};

/** Metrics that cannot be made from a name alone. */
const configured = {
  iou: IoU,
  meanIoU: MeanIoU,
  meanMetricWrapper: MeanMetricWrapper,
  oneHotIoU: OneHotIoU,
  oneHotMeanIoU: OneHotMeanIoU,
  precisionAtRecall: PrecisionAtRecall,
  recallAtPrecision: RecallAtPrecision,
  sensitivityAtSpecificity: SensitivityAtSpecificity,
  specificityAtSensitivity: SpecificityAtSensitivity,
};

const aliases = {
  acc: Accuracy,
  bce: BinaryCrossentropy,
  kld: KLDivergence,
  kullbackLeiblerDivergence: KLDivergence,
  logCosh: LogCoshError,
  mae: MeanAbsoluteError,
  mape: MeanAbsolutePercentageError,
  mse: MeanSquaredError,
  msle: MeanSquaredLogarithmicError,
};

registries.metrics.register({ ...named, ...configured, ...aliases });
// Losses that Keras has among the metrics as well, as functions.
registries.metrics.register({ huber, binaryFocalCrossentropy, categoricalFocalCrossentropy });
registries.metrics.base = Metric;
registries.metrics.wrap = (fn: MetricFunction) => new MeanMetricWrapper({ fn });

/** Names that stand for different metrics, by the shapes of labels and predictions. */
type ByShape = 'crossentropy' | 'ce';

/** The metrics that are known by name; 'accuracy' finds the kind that fits loss and shapes. */
export type MetricName =
  | NameOf<Exclude<keyof typeof named, 'mean' | 'sum'> | keyof typeof aliases>
  | NameOf<'huber' | 'binaryFocalCrossentropy' | 'categoricalFocalCrossentropy'>
  | ByShape;
/** What `compile` takes as a metric: an object, its class, a name, a function, or a configuration. */
export type MetricSpec =
  | Metric
  | MetricName
  | MetricFunction
  | ConfigurableClass<Metric>
  | SerializedObject;

/**
 * What is measured beside the loss, as Keras has it: `metrics.f1Score({ threshold: 0.5 })`.
 * @namespace
 */
export const metrics = {
  ...factories(named),
  ...factories(configured),
  /** A metric from itself, its class, a function, a configuration, or a name, under which it reports. */
  get: (spec: MetricSpec): Metric => {
    if (typeof spec !== 'string') return registries.metrics.get(spec);
    const entry = registries.metrics.find(spec) as unknown;
    const metric: Metric = registries.metrics.get(entry as MetricSpec);
    return Object.defineProperty(metric, 'name', { value: spec });
  },
  deserialize: (spec: SerializedObject): Metric => registries.metrics.deserialize(spec),
  serialize: (metric: Metric) => registries.metrics.serialize(metric),
};

/**
 * Accuracies and correlations as functions from labels and predictions to one number a sample.
 * @namespace
 */
export const metricFunctions = {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  concordanceCorrelation,
  pearsonCorrelation,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
};
