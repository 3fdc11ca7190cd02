import type { DType } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import { ops } from './lift.ts';
import { defaultGenerator, SeedGenerator } from './random.ts';
import type { Tensor, TensorLike } from './tensor.ts';

/** What every random function takes. */
export interface RandomOptions {
  /** A number, a generator, or none for the global generator (see `setRandomSeed`). */
  readonly seed?: number | SeedGenerator;
  readonly dtype?: DType;
}

type Shape = readonly number[];

function key({ seed }: RandomOptions, shape?: Shape): Tensor {
  if (shape?.some((d) => !Number.isInteger(d) || d < 0)) {
    fail('random', `the shape is [${shape.join(', ')}]; expected whole numbers of 0 or more`);
  }
  if (seed instanceof SeedGenerator) return seed.next();
  return (seed === undefined ? defaultGenerator() : new SeedGenerator(seed)).next();
}

/**
 * Random tensors, as keras.random. Each call gives new numbers; with a number as `seed` it gives the
 * same numbers every time, with a generator the generator's next ones.
 * @namespace
 */
export const random = {
  /** Evenly distributed in [minval, maxval). */
  uniform: (
    shape: Shape,
    {
      minval = 0,
      maxval = 1,
      ...options
    }: RandomOptions & { minval?: number; maxval?: number } = {},
  ): Tensor => ops.uniform(key(options, shape), [...shape], minval, maxval, options.dtype),

  /** Normally distributed. */
  normal: (
    shape: Shape,
    { mean = 0, stddev = 1, ...options }: RandomOptions & { mean?: number; stddev?: number } = {},
  ): Tensor => ops.normal(key(options, shape), [...shape], mean, stddev, options.dtype),

  /** Normally distributed, cut off at two standard deviations. */
  truncatedNormal: (
    shape: Shape,
    { mean = 0, stddev = 1, ...options }: RandomOptions & { mean?: number; stddev?: number } = {},
  ): Tensor => ops.truncatedNormal(key(options, shape), [...shape], mean, stddev, options.dtype),

  /** 1 with a probability, else 0. */
  bernoulli: (
    shape: Shape,
    { probability = 0.5, ...options }: RandomOptions & { probability?: number } = {},
  ): Tensor => ops.bernoulli(key(options, shape), [...shape], probability, options.dtype),

  /** Whole numbers (int32) in [minval, maxval). */
  randint: (shape: Shape, minval: number, maxval: number, options: RandomOptions = {}): Tensor =>
    ops.randint(key(options, shape), [...shape], minval, maxval),

  /** Class numbers (int32 [batch, numSamples]) drawn with the probabilities softmax(logits). */
  categorical: (logits: TensorLike, numSamples: number, options: RandomOptions = {}): Tensor =>
    ops.categorical(key(options), logits, numSamples),

  /** The elements along an axis in a random order. */
  shuffle: (x: Tensor, axis = 0, options: RandomOptions = {}): Tensor =>
    ops.shuffle(key(options), x, axis),

  /** A share of the elements set to zero, the others scaled up. */
  dropout: (x: Tensor, rate: number, options: RandomOptions = {}): Tensor =>
    ops.dropout(key(options), x, rate),

  /** Gamma distributed with the shape parameter `alpha` (above 0) and the scale 1. */
  gamma: (shape: Shape, alpha: TensorLike, options: RandomOptions = {}): Tensor =>
    ops.gamma(key(options, shape), [...shape], alpha),

  /** Beta distributed in (0, 1), with parameters above 0. */
  beta: (shape: Shape, alpha: TensorLike, beta: TensorLike, options: RandomOptions = {}): Tensor =>
    ops.beta(key(options, shape), [...shape], alpha, beta),

  /** How many of `counts` trials succeed that each do so with a probability. */
  binomial: (
    shape: Shape,
    counts: number,
    probability: TensorLike,
    options: RandomOptions = {},
  ): Tensor => ops.binomial(key(options, shape), [...shape], counts, probability),
};
