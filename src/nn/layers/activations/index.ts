import { registries } from '../../registry.ts';
import { ELU, LeakyReLU, PReLU, ReLU, ThresholdedReLU } from './relu.ts';
import { Softmax } from './softmax.ts';

export const activationLayers = {
  relu: ReLU,
  leakyRelu: LeakyReLU,
  prelu: PReLU,
  elu: ELU,
  thresholdedRelu: ThresholdedReLU,
  softmax: Softmax,
};

registries.layers.register(activationLayers);
