import { activations } from '../../../src/nn/activations/index.ts';
import { initializers } from '../../../src/nn/initializers/index.ts';
import type { Initializer } from '../../../src/nn/initializers/initializer.ts';
import { optimizers } from '../../../src/nn/optimizers/index.ts';
import type { Optimizer } from '../../../src/nn/optimizers/optimizer.ts';
import { schedules } from '../../../src/nn/schedules/index.ts';
import type { LearningRateSchedule } from '../../../src/nn/schedules/schedule.ts';
import { placeholder } from '../../../src/ops/build.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import type { Names } from './state.ts';

/**
 * What the library has to offer, found out by looking: each member of a family's factory object is tried
 * with the arguments the playground gives, and taken if it works. What is added to the library appears
 * here by itself.
 */

export type Catalog = Names;

const helpers = new Set(['get', 'deserialize', 'serialize', 'register']);

function members(family: object): [string, (options?: any) => unknown][] {
  return Object.entries(family).filter(
    ([name, value]) => !helpers.has(name) && typeof value === 'function',
  ) as [string, (options?: any) => unknown][];
}

/** The names of members for which `test` does not throw and is true. */
function working(family: object, test: (member: (options?: any) => any) => boolean): string[] {
  return members(family)
    .filter(([, member]) => {
      try {
        return test(member);
      } catch {
        return false;
      }
    })
    .map(([name]) => name);
}

/** Options that every optimizer has and the page sets elsewhere or not at all. */
const commonOptions = new Set([
  'learningRate',
  'name',
  'emaMomentum',
  'useEma',
  'emaOverwriteFrequency',
  'lossScaleFactor',
  'gradientAccumulationSteps',
  'clipnorm',
  'globalClipnorm',
  'clipvalue',
]);

function optimizerOptions(optimizer: Optimizer): Record<string, number | boolean> {
  const found: Record<string, number | boolean> = {};
  for (const [key, value] of Object.entries(optimizer.getConfig())) {
    if (commonOptions.has(key)) continue;
    if (typeof value === 'number' || typeof value === 'boolean') found[key] = value;
    if (key === 'weightDecay' && value === null) found[key] = 0;
  }
  found.clipnorm = 0;
  return found;
}

/** The arguments from which every schedule takes those it knows. */
export function scheduleOptions(rate: number, steps: number, decay: number) {
  return {
    initialLearningRate: rate,
    learningRate: rate,
    decaySteps: steps,
    firstDecaySteps: steps,
    decayRate: decay,
    endLearningRate: rate / 100,
    alpha: 0.01,
    boundaries: [steps, 2 * steps],
    values: [rate, rate * decay, rate * decay * decay],
  };
}

export function makeSchedule(name: string, options: ReturnType<typeof scheduleOptions>) {
  const make = (schedules as Record<string, unknown>)[name] as (o: object) => LearningRateSchedule;
  return make(options);
}

export function libraryCatalog(): Catalog {
  return {
    activations: working(activations, (activation) => {
      const out = activation(new Tensor(placeholder([3, 4], 'float32'))) as Tensor;
      return out.dtype === 'float32' && out.shape[0] === 3 && out.shape[1] === 4;
    }),
    initializers: working(initializers, (make) => {
      const { data } = (make({ seed: 1 }) as Initializer).initialize([2, 3], 'float32');
      return data.length === 6;
    }),
    optimizers: members(optimizers).flatMap(([name, make]) => {
      try {
        return [{ name, options: optimizerOptions(make() as Optimizer) }];
      } catch {
        return [];
      }
    }),
    schedules: working(schedules, (make) => {
      const schedule = make(scheduleOptions(0.1, 10, 0.5)) as LearningRateSchedule;
      return schedule.call(new Tensor(placeholder([], 'int32'))).shape.length === 0;
    }),
  };
}
