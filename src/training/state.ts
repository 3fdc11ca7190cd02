import { Layer } from '../nn/layers/layer.ts';
import { Metric } from '../nn/metrics/metric.ts';
import { Optimizer } from '../nn/optimizers/optimizer.ts';
import { SeedGenerator, usedDefaultGenerator } from '../tensor/random.ts';
import { Variable } from '../tensor/variable.ts';
import { Model } from './model.ts';

/**
 * Everything that training changes, by a path that is the same for every model built by the same program:
 * weights, the memory of optimizers, metrics, and the state of random number generators. A model or layer of
 * one's own keeps them in properties (not in private fields), where they are found.
 */
export function stateOf(model: Model): Map<string, Variable> {
  const found = new Map<string, Variable>();
  const seen = new Set<unknown>();

  const addAll = (values: Iterable<unknown>, path: string): void => {
    let i = 0;
    for (const value of values) add(value, `${path}/${i++}`);
  };
  const addProperties = (object: object, path: string): void => {
    for (const [key, value] of Object.entries(object)) add(value, `${path}/${key}`);
  };
  function add(value: unknown, path: string): void {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Variable) {
      found.set(path, value);
    } else if (value instanceof Layer) {
      addAll(value.ownWeights, `${path}/weights`);
      addAll(value.sublayers(), `${path}/layers`);
      if (value instanceof Model && value.isCompiled) {
        add(value.optimizer, `${path}/optimizer`);
        addAll(value.metrics, `${path}/metrics`);
      }
      addProperties(value, path);
    } else if (value instanceof Optimizer || value instanceof Metric) {
      addAll(value.variables, path);
      addProperties(value, path);
    } else if (value instanceof SeedGenerator) {
      add(value.state, path);
    } else if (Array.isArray(value)) {
      addAll(value, path);
    } else if (isPlain(value)) {
      addProperties(value, path);
    }
  }

  add(model, 'model');
  const generator = usedDefaultGenerator();
  if (generator) add(generator, 'random');
  return found;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
