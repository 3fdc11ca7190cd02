import { registries } from '../../registry.ts';
import { Concatenate } from './concatenate.ts';
import { Dot } from './dot.ts';
import { Add, Average, Maximum, Minimum, Multiply, Subtract } from './merge.ts';

export const mergingLayers = {
  add: Add,
  subtract: Subtract,
  multiply: Multiply,
  average: Average,
  maximum: Maximum,
  minimum: Minimum,
  concatenate: Concatenate,
  dot: Dot,
};

registries.layers.register(mergingLayers);
