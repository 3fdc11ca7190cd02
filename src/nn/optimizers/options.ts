import type { Tensor } from '../../tensor/tensor.ts';
import type { SerializedObject } from '../registry.ts';
import type { LearningRateSchedule } from '../schedules/schedule.ts';
import type { ClipOptions } from './clip.ts';

/** A learning rate of your own: the number of steps made (int32 scalar) to the rate. */
export type RateFunction = (step: Tensor) => Tensor | number;

/** A number, a schedule, or a function of the step. */
export type LearningRate = number | LearningRateSchedule | RateFunction | SerializedObject;

/** What every optimizer takes; each has options of its own besides. */
export interface OptimizerOptions extends ClipOptions {
  readonly learningRate?: LearningRate;
  /** Shrinks the weights by this share of the learning rate at each step (decoupled decay). */
  readonly weightDecay?: number | null;
  /** Keep a moving average of the weights; after `fit` it takes their place. */
  readonly useEma?: boolean;
  readonly emaMomentum?: number;
  /** Replace the weights by their average every so many steps. */
  readonly emaOverwriteFrequency?: number | null;
  /** Multiplies the loss, and divides the gradients by the same, against underflow. */
  readonly lossScaleFactor?: number | null;
  /** Update only every so many steps, with the mean of the gradients. */
  readonly gradientAccumulationSteps?: number | null;
  /** Keras 2's decay: the rate becomes `lr / (1 + decay * step)`. */
  readonly decay?: number | null;
  readonly name?: string | null;
}

/** Which weights are left out of weight decay. */
export interface DecayExclusions {
  readonly variables?: readonly object[];
  /** Parts of the weights' names, such as 'bias'. */
  readonly names?: readonly (string | RegExp)[];
}
