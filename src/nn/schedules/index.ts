import { factories, registries, type SerializedObject } from '../registry.ts';
import { CosineDecay } from './cosine-decay.ts';
import { CosineDecayRestarts } from './cosine-decay-restarts.ts';
import { ExponentialDecay } from './exponential-decay.ts';
import { InverseTimeDecay } from './inverse-time-decay.ts';
import { PiecewiseConstantDecay } from './piecewise-constant-decay.ts';
import { PolynomialDecay } from './polynomial-decay.ts';
import type { LearningRateSchedule } from './schedule.ts';

const classes = {
  cosineDecay: CosineDecay,
  cosineDecayRestarts: CosineDecayRestarts,
  exponentialDecay: ExponentialDecay,
  inverseTimeDecay: InverseTimeDecay,
  piecewiseConstantDecay: PiecewiseConstantDecay,
  polynomialDecay: PolynomialDecay,
};

registries.schedules.register(classes);
// A function of the step is a schedule as it is.
registries.schedules.wrap = (fn: unknown) => fn;

/**
 * Learning rates that depend on the step, as Keras has them: `schedules.cosineDecay({ initialLearningRate:
 * 0.1, decaySteps: 1000 })`.
 * @namespace
 */
export const schedules = {
  ...factories(classes),
  get: (spec: LearningRateSchedule | SerializedObject): LearningRateSchedule =>
    registries.schedules.get(spec),
  deserialize: (spec: SerializedObject): LearningRateSchedule =>
    registries.schedules.deserialize(spec),
  serialize: (schedule: LearningRateSchedule) => registries.schedules.serialize(schedule),
};
