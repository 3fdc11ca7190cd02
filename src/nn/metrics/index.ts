import type { Tensor } from '../../tensor/tensor.ts';
import { registries, type SerializedObject } from '../registry.ts';
import {
  Accuracy,
  BinaryAccuracy,
  type BinaryAccuracyOptions,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
} from './accuracy.ts';
import { Mean, MeanOfFunction, type Metric, type MetricOptions } from './metric.ts';

registries.metrics.register({
  Mean,
  Accuracy,
  BinaryAccuracy,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
});

export type MetricName =
  | 'accuracy'
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy';

/** A metric of your own: labels and predictions to one number a sample; the metric is their mean. */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;
export type MetricSpec = Metric | MetricName | MetricFunction | SerializedObject;

class FunctionMetric extends MeanOfFunction {
  readonly #fn: MetricFunction;

  constructor(fn: MetricFunction) {
    super({ name: fn.name || 'metric' });
    this.#fn = fn;
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.#fn(yTrue, yPred);
  }
}

export const metrics = {
  mean: (options?: MetricOptions) => new Mean(options),
  accuracy: (options?: MetricOptions) => new Accuracy(options),
  binaryAccuracy: (options?: BinaryAccuracyOptions) => new BinaryAccuracy(options),
  categoricalAccuracy: (options?: MetricOptions) => new CategoricalAccuracy(options),
  sparseCategoricalAccuracy: (options?: MetricOptions) => new SparseCategoricalAccuracy(options),
  get: (spec: MetricSpec): Metric =>
    typeof spec === 'function' ? new FunctionMetric(spec) : registries.metrics.get(spec),
  deserialize: (spec: SerializedObject): Metric => registries.metrics.deserialize(spec),
  serialize: (metric: Metric) => registries.metrics.serialize(metric),
};
