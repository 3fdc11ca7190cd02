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
function working(
  family: object,
  test: (member: (options?: any) => any, name: string) => boolean,
): string[] {
  return members(family)
    .filter(([name, member]) => {
      try {
        return test(member, name);
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

/** An initializer by name; those that draw random numbers draw them from the seed. */
export function makeInitializer(name: string, seed: number): Initializer {
  type Make = (options?: { seed: number }) => Initializer;
  const make = (initializers as Record<string, unknown>)[name] as Make;
  const plain = make();
  return 'seed' in plain.getConfig() ? make({ seed }) : plain;
}

/** What the page knows to tell a schedule. */
export function scheduleOptions(rate: number, steps: number, decay: number) {
  return {
    initialLearningRate: rate,
    decaySteps: steps,
    firstDecaySteps: steps,
    decayRate: decay,
    endLearningRate: rate / 100,
    alpha: 0.01,
    boundaries: [steps, 2 * steps],
    values: [rate, rate * decay, rate * decay * decay],
  };
}

type ScheduleOptions = ReturnType<typeof scheduleOptions>;

/** Which of these each schedule takes. */
const scheduleArguments: Readonly<Record<string, readonly (keyof ScheduleOptions)[]>> = {
  exponentialDecay: ['initialLearningRate', 'decaySteps', 'decayRate'],
  inverseTimeDecay: ['initialLearningRate', 'decaySteps', 'decayRate'],
  polynomialDecay: ['initialLearningRate', 'decaySteps', 'endLearningRate'],
  cosineDecay: ['initialLearningRate', 'decaySteps', 'alpha'],
  cosineDecayRestarts: ['initialLearningRate', 'firstDecaySteps', 'alpha'],
  piecewiseConstantDecay: ['boundaries', 'values'],
};

export function makeSchedule(name: string, options: ScheduleOptions): LearningRateSchedule {
  const make = (schedules as Record<string, unknown>)[name] as (o: object) => LearningRateSchedule;
  return make(Object.fromEntries(scheduleArguments[name].map((key) => [key, options[key]])));
}

export function libraryCatalog(): Catalog {
  return {
    activations: working(activations, (activation) => {
      const out = activation(new Tensor(placeholder([3, 4], 'float32'))) as Tensor;
      return out.dtype === 'float32' && out.shape[0] === 3 && out.shape[1] === 4;
    }),
    initializers: working(
      initializers,
      (_, name) => makeInitializer(name, 1).initialize([2, 3], 'float32').data.length === 6,
    ),
    optimizers: members(optimizers).flatMap(([name, make]) => {
      try {
        return [{ name, options: optimizerOptions(make() as Optimizer) }];
      } catch {
        return [];
      }
    }),
    schedules: Object.keys(scheduleArguments),
  };
}
