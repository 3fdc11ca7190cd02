import { registries } from '../../registry.ts';
import type { LayerOptions } from '../layer.ts';
import { Concatenate, type ConcatenateOptions } from './concatenate.ts';
import { Dot, type DotOptions } from './dot.ts';
import { Add, Average, Maximum, Minimum, Multiply, Subtract } from './merge.ts';

registries.layers.register({
  Add,
  Subtract,
  Multiply,
  Average,
  Maximum,
  Minimum,
  Concatenate,
  Dot,
});

export const mergingLayers = {
  add: (options?: LayerOptions) => new Add(options),
  subtract: (options?: LayerOptions) => new Subtract(options),
  multiply: (options?: LayerOptions) => new Multiply(options),
  average: (options?: LayerOptions) => new Average(options),
  maximum: (options?: LayerOptions) => new Maximum(options),
  minimum: (options?: LayerOptions) => new Minimum(options),
  concatenate: (options?: ConcatenateOptions) => new Concatenate(options),
  dot: (options: DotOptions) => new Dot(options),
};
