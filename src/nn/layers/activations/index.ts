import { registries } from '../../registry.ts';
import {
  ELU,
  type ELUOptions,
  LeakyReLU,
  type LeakyReLUOptions,
  PReLU,
  type PReLUOptions,
  ReLU,
  type ReLUOptions,
  ThresholdedReLU,
  type ThresholdedReLUOptions,
} from './relu.ts';
import { Softmax, type SoftmaxOptions } from './softmax.ts';

registries.layers.register({ ReLU, LeakyReLU, PReLU, ELU, ThresholdedReLU, Softmax });

export const activationLayers = {
  relu: (options?: ReLUOptions) => new ReLU(options),
  leakyRelu: (options?: LeakyReLUOptions) => new LeakyReLU(options),
  prelu: (options?: PReLUOptions) => new PReLU(options),
  elu: (options?: ELUOptions) => new ELU(options),
  thresholdedRelu: (options?: ThresholdedReLUOptions) => new ThresholdedReLU(options),
  softmax: (options?: SoftmaxOptions) => new Softmax(options),
};
