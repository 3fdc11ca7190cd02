import type { Tensor } from '../../tensor/tensor.ts';
import { expectTensor } from '../function-result.ts';
import { registries, type SerializedObject, serializeFunction } from '../registry.ts';
import { MeanOfFunction, type Metric, type MetricOptions } from './metric.ts';

/** A metric of your own: labels and predictions to one number a sample; the metric is their mean. */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

export interface MeanMetricWrapperOptions extends MetricOptions {
  readonly fn: MetricFunction;
}

/** A function as a metric: its mean over the samples. */
export class MeanMetricWrapper extends MeanOfFunction {
  static override readonly className = 'MeanMetricWrapper';
  readonly fn: MetricFunction;

  constructor({ fn, ...options }: MeanMetricWrapperOptions) {
    super({ ...options, name: options.name ?? (fn.name || 'metric') });
    this.fn = fn;
  }

  protected values(yTrue: Tensor, yPred: Tensor): Tensor {
    return expectTensor(`metric '${this.name}'`, this.fn(yTrue, yPred));
  }

  override getConfig() {
    return { ...super.getConfig(), fn: serializeFunction(registries.metrics.nameOf(this.fn)) };
  }

  /** Files name the function; one of Keras's own becomes its class, with the other options. */
  static fromConfig({ fn, ...options }: Record<string, any>): Metric {
    if (typeof fn === 'function') return new MeanMetricWrapper({ fn, ...options });
    const metric: Metric = registries.metrics.get(fn as SerializedObject | string);
    if (metric instanceof MeanMetricWrapper) {
      return new MeanMetricWrapper({ fn: metric.fn, ...options });
    }
    return new (metric.constructor as new (o: object) => Metric)({
      ...metric.getConfig(),
      ...options,
    });
  }
}

type MeanMetricClass = {
  new (options?: MetricOptions): MeanOfFunction;
  readonly className: string;
};

/** The mean of one of the loss functions, as a class. */
export function meanOf(className: string, name: string, fn: MetricFunction): MeanMetricClass {
  return class extends MeanOfFunction {
    static override readonly className = className;

    constructor(options: MetricOptions = {}) {
      super({ ...options, name: options.name ?? name });
    }

    protected values(yTrue: Tensor, yPred: Tensor): Tensor {
      return fn(yTrue, yPred);
    }
  };
}
