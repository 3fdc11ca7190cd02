import { registries, type SerializedObject } from '../registry.ts';
import { InverseTimeDecay, type InverseTimeDecayOptions } from './inverse-time-decay.ts';
import type { LearningRateSchedule } from './schedule.ts';

registries.schedules.register({ InverseTimeDecay });

export const schedules = {
  inverseTimeDecay: (options: InverseTimeDecayOptions) => new InverseTimeDecay(options),
  deserialize: (spec: SerializedObject): LearningRateSchedule =>
    registries.schedules.deserialize(spec),
  serialize: (schedule: LearningRateSchedule) => registries.schedules.serialize(schedule),
};
