import type { NameOf } from '../names.ts';
import {
  type ConfigurableClass,
  factories,
  registries,
  type SerializedObject,
} from '../registry.ts';
import { Adadelta } from './adadelta.ts';
import { Adafactor } from './adafactor.ts';
import { Adagrad } from './adagrad.ts';
import { Adam } from './adam.ts';
import { Adamax } from './adamax.ts';
import { AdamW } from './adamw.ts';
import { Ftrl } from './ftrl.ts';
import { Lamb } from './lamb.ts';
import { Lion } from './lion.ts';
import { LossScaleOptimizer } from './loss-scale.ts';
import { Muon } from './muon.ts';
import { Nadam } from './nadam.ts';
import { Optimizer } from './optimizer.ts';
import { RMSprop } from './rmsprop.ts';
import { ScheduleFreeAdamW } from './schedule-free-adamw.ts';
import { SGD } from './sgd.ts';

const classes = {
  adadelta: Adadelta,
  adafactor: Adafactor,
  adagrad: Adagrad,
  adam: Adam,
  adamax: Adamax,
  adamw: AdamW,
  ftrl: Ftrl,
  lamb: Lamb,
  lion: Lion,
  muon: Muon,
  nadam: Nadam,
  rmsprop: RMSprop,
  scheduleFreeAdamW: ScheduleFreeAdamW,
  sgd: SGD,
};

registries.optimizers.register({ ...classes, lossScaleOptimizer: LossScaleOptimizer });
registries.optimizers.base = Optimizer;

/** The optimizers that are known by name. */
export type OptimizerName = NameOf<keyof typeof classes>;
/** What `compile` takes as an optimizer: an object, its class, a name, or a configuration. */
export type OptimizerSpec =
  | Optimizer
  | OptimizerName
  | ConfigurableClass<Optimizer>
  | SerializedObject;

/**
 * How gradients become updates, with Keras's defaults: `optimizers.adam({ learningRate: 1e-4 })`.
 * @namespace
 */
export const optimizers = {
  ...factories(classes),
  ...factories({ lossScaleOptimizer: LossScaleOptimizer }),
  get: (spec: OptimizerSpec): Optimizer => registries.optimizers.get(spec),
  deserialize: (spec: SerializedObject): Optimizer => registries.optimizers.deserialize(spec),
  serialize: (optimizer: Optimizer) => registries.optimizers.serialize(optimizer),
};
