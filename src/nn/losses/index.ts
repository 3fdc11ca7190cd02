import type { NameOf } from '../names.ts';
import {
  type ConfigurableClass,
  factories,
  registries,
  type SerializedObject,
} from '../registry.ts';
import {
  BinaryCrossentropy,
  binaryCrossentropy,
  CategoricalCrossentropy,
  categoricalCrossentropy,
  SparseCategoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './crossentropy.ts';
import { CTC, ctc } from './ctc.ts';
import { KLDivergence, klDivergence, Poisson, poisson } from './divergence.ts';
import {
  BinaryFocalCrossentropy,
  binaryFocalCrossentropy,
  CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
} from './focal.ts';
import { type LossFunction, LossFunctionWrapper } from './function-loss.ts';
import {
  CategoricalHinge,
  categoricalHinge,
  Hinge,
  hinge,
  SquaredHinge,
  squaredHinge,
} from './hinge.ts';
import { Loss } from './loss.ts';
import {
  Huber,
  huber,
  LogCosh,
  logCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from './regression.ts';
import { Dice, dice, Tversky, tversky } from './segmentation.ts';
import { Circle, CosineSimilarity, circle, cosineSimilarity } from './similarity.ts';

export type { LossFunction } from './function-loss.ts';

const classes = {
  binaryCrossentropy: BinaryCrossentropy,
  binaryFocalCrossentropy: BinaryFocalCrossentropy,
  categoricalCrossentropy: CategoricalCrossentropy,
  categoricalFocalCrossentropy: CategoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy: CategoricalGeneralizedCrossEntropy,
  categoricalHinge: CategoricalHinge,
  circle: Circle,
  cosineSimilarity: CosineSimilarity,
  ctc: CTC,
  dice: Dice,
  hinge: Hinge,
  huber: Huber,
  klDivergence: KLDivergence,
  logCosh: LogCosh,
  meanAbsoluteError: MeanAbsoluteError,
  meanAbsolutePercentageError: MeanAbsolutePercentageError,
  meanSquaredError: MeanSquaredError,
  meanSquaredLogarithmicError: MeanSquaredLogarithmicError,
  poisson: Poisson,
  sparseCategoricalCrossentropy: SparseCategoricalCrossentropy,
  squaredHinge: SquaredHinge,
  tversky: Tversky,
};

const aliases = {
  bce: BinaryCrossentropy,
  kld: KLDivergence,
  kullbackLeiblerDivergence: KLDivergence,
  mae: MeanAbsoluteError,
  mape: MeanAbsolutePercentageError,
  mse: MeanSquaredError,
  msle: MeanSquaredLogarithmicError,
};

registries.losses.register({ ...classes, ...aliases, huberLoss: Huber });
registries.losses.register({ lossFunctionWrapper: LossFunctionWrapper });
registries.losses.base = Loss;
registries.losses.wrap = (fn: LossFunction) => new LossFunctionWrapper({ fn });

/** The cross entropy that fits the shapes of labels and predictions; models resolve it. */
type ByShape = 'crossentropy' | 'ce';

/** The losses that are known by name, and 'crossentropy' for the one that fits the labels. */
export type LossName = NameOf<keyof typeof classes | keyof typeof aliases> | ByShape;
/** What `compile` takes as a loss: an object, its class, a name, a function, or a configuration. */
export type LossSpec = Loss | LossName | LossFunction | ConfigurableClass<Loss> | SerializedObject;

/**
 * What training makes small, as Keras has it: `losses.huber({ delta: 2 })`. Each is a class with options;
 * as plain functions they are {@link lossFunctions}.
 * @namespace
 */
export const losses = {
  ...factories(classes),
  get: (spec: LossSpec): Loss => registries.losses.get(spec),
  deserialize: (spec: SerializedObject): Loss => registries.losses.deserialize(spec),
  serialize: (loss: Loss) => registries.losses.serialize(loss),
};

/** The same as functions from labels and predictions to one number a sample. @namespace */
export const lossFunctions = {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  categoricalHinge,
  circle,
  cosineSimilarity,
  ctc,
  dice,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
  tversky,
};
