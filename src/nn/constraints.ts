import { ops } from '../tensor/lift.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Configurable, registries, type SerializedObject } from './registry.ts';

/** Projections that a weight goes through after each update. */
export abstract class Constraint implements Configurable {
  abstract project(w: Tensor): Tensor;
  abstract getConfig(): Record<string, unknown>;
}

const EPSILON = 1e-7;

const norms = (w: Tensor, axis: number | readonly number[]): Tensor =>
  w.square().sum(axis, true).sqrt();

export interface NormOptions {
  /** Axes along which a norm is taken: 0 for the incoming weights of a dense unit. */
  readonly axis?: number | readonly number[];
}

export interface MaxNormOptions extends NormOptions {
  readonly maxValue?: number;
}

/** Norms of at most `maxValue` (Srivastava et al. 2014). */
export class MaxNorm extends Constraint {
  readonly maxValue: number;
  readonly axis: number | readonly number[];

  constructor({ maxValue = 2, axis = 0 }: MaxNormOptions = {}) {
    super();
    this.maxValue = maxValue;
    this.axis = axis;
  }

  project(w: Tensor): Tensor {
    const norm = norms(w, this.axis);
    const desired = ops.clip(norm, 0, this.maxValue);
    return w.mul(desired.div(norm.add(EPSILON)));
  }

  getConfig() {
    return { maxValue: this.maxValue, axis: this.axis };
  }
}

/** No negative weights. */
export class NonNeg extends Constraint {
  project(w: Tensor): Tensor {
    return w.mul(ops.cast(ops.greaterEqual(w, 0), w.dtype));
  }

  getConfig() {
    return {};
  }
}

/** Norms of exactly 1. */
export class UnitNorm extends Constraint {
  readonly axis: number | readonly number[];

  constructor({ axis = 0 }: NormOptions = {}) {
    super();
    this.axis = axis;
  }

  project(w: Tensor): Tensor {
    return w.div(norms(w, this.axis).add(EPSILON));
  }

  getConfig() {
    return { axis: this.axis };
  }
}

export interface MinMaxNormOptions extends NormOptions {
  readonly minValue?: number;
  readonly maxValue?: number;
  /** 1 enforces the range at once, smaller values move towards it. */
  readonly rate?: number;
}

/** Norms between two values. */
export class MinMaxNorm extends Constraint {
  readonly minValue: number;
  readonly maxValue: number;
  readonly rate: number;
  readonly axis: number | readonly number[];

  constructor({ minValue = 0, maxValue = 1, rate = 1, axis = 0 }: MinMaxNormOptions = {}) {
    super();
    this.minValue = minValue;
    this.maxValue = maxValue;
    this.rate = rate;
    this.axis = axis;
  }

  project(w: Tensor): Tensor {
    const norm = norms(w, this.axis);
    const desired = ops
      .clip(norm, this.minValue, this.maxValue)
      .mul(this.rate)
      .add(norm.mul(1 - this.rate));
    return w.mul(desired.div(norm.add(EPSILON)));
  }

  getConfig() {
    return { minValue: this.minValue, maxValue: this.maxValue, rate: this.rate, axis: this.axis };
  }
}

registries.constraints.register({ MaxNorm, NonNeg, UnitNorm, MinMaxNorm });

export type ConstraintName = 'maxNorm' | 'nonNeg' | 'unitNorm' | 'minMaxNorm';
export type ConstraintSpec = Constraint | ConstraintName | SerializedObject;

export const constraints = {
  maxNorm: (options?: MaxNormOptions) => new MaxNorm(options),
  nonNeg: () => new NonNeg(),
  unitNorm: (options?: NormOptions) => new UnitNorm(options),
  minMaxNorm: (options?: MinMaxNormOptions) => new MinMaxNorm(options),
  get: (spec: ConstraintSpec | null | undefined): Constraint | undefined =>
    spec === null || spec === undefined ? undefined : registries.constraints.get(spec),
  deserialize: (spec: SerializedObject): Constraint => registries.constraints.deserialize(spec),
  serialize: (constraint: Constraint) => registries.constraints.serialize(constraint),
};
