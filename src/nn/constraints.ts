import { ops } from '../tensor/lift.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { NameOf } from './names.ts';
import {
  type Configurable,
  type ConfigurableClass,
  factories,
  registries,
  type SerializedObject,
  serializeFunction,
} from './registry.ts';

/** Projections that a weight goes through after each update. */
export abstract class Constraint implements Configurable {
  /** The weight as it may be: the same shape, nearest to what it is. */
  abstract project(w: Tensor): Tensor;
  abstract getConfig(): Record<string, unknown>;
}

const EPSILON = 1e-7;

const norms = (w: Tensor, axis: number | readonly number[]): Tensor =>
  w.square().sum(axis, true).sqrt();

interface NormOptions {
  /** Axes along which a norm is taken: 0 for the incoming weights of a dense unit. */
  readonly axis?: number | readonly number[];
}

interface MaxNormOptions extends NormOptions {
  readonly maxValue?: number;
}

/** Norms of at most `maxValue` (Srivastava et al. 2014). */
class MaxNorm extends Constraint {
  static readonly className = 'MaxNorm';
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
class NonNeg extends Constraint {
  static readonly className = 'NonNeg';
  project(w: Tensor): Tensor {
    return ops.maximum(w, 0);
  }

  getConfig() {
    return {};
  }
}

/** Norms of exactly 1. */
class UnitNorm extends Constraint {
  static readonly className = 'UnitNorm';
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

interface MinMaxNormOptions extends NormOptions {
  readonly minValue?: number;
  readonly maxValue?: number;
  /** 1 enforces the range at once, smaller values move towards it. */
  readonly rate?: number;
}

/** Norms between two values. */
class MinMaxNorm extends Constraint {
  static readonly className = 'MinMaxNorm';
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

/** A projection of your own: a weight to one of the same shape. */
export type ConstraintFunction = (w: Tensor) => Tensor;

class FunctionConstraint extends Constraint {
  readonly fn: ConstraintFunction;

  constructor(fn: ConstraintFunction) {
    super();
    this.fn = fn;
  }

  project(w: Tensor): Tensor {
    return this.fn(w);
  }

  getConfig() {
    return {};
  }

  get serialized(): SerializedObject {
    return serializeFunction(registries.constraints.nameOf(this.fn));
  }
}

const classes = { maxNorm: MaxNorm, nonNeg: NonNeg, unitNorm: UnitNorm, minMaxNorm: MinMaxNorm };

registries.constraints.register(classes);
registries.constraints.base = Constraint;
registries.constraints.wrap = (fn: ConstraintFunction) => new FunctionConstraint(fn);

/** The constraints that are known by name. */
export type ConstraintName = NameOf<keyof typeof classes>;
/** Wherever a layer takes a constraint: an object, its class, a name, a function, or a configuration. */
export type ConstraintSpec =
  | Constraint
  | ConstraintName
  | ConstraintFunction
  | ConfigurableClass<Constraint>
  | SerializedObject;

/**
 * Projections of weights after each update, as Keras has them: `constraints.maxNorm({ maxValue: 2 })`.
 * @namespace
 */
export const constraints = {
  ...factories(classes),
  get: (spec: ConstraintSpec | null | undefined): Constraint | undefined =>
    spec === null || spec === undefined ? undefined : registries.constraints.get(spec),
  deserialize: (spec: SerializedObject): Constraint => registries.constraints.deserialize(spec),
  serialize: (constraint: Constraint) => registries.constraints.serialize(constraint),
};
