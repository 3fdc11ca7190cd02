import type { Tensor } from '../../tensor/tensor.ts';
import type { Configurable } from '../registry.ts';

/** A learning rate that depends on the number of steps made. Part of the compiled step. */
export abstract class LearningRateSchedule implements Configurable {
  /** The learning rate (scalar float32) after `step` updates (scalar int32, from 0). */
  abstract call(step: Tensor): Tensor;
  abstract getConfig(): Record<string, unknown>;
}
