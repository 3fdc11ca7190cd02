import { fail } from '../graph/errors.ts';
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

/** Penalties on weights or outputs, added to the loss. */
export abstract class Regularizer implements Configurable {
  /** A scalar. */
  abstract penalty(x: Tensor): Tensor;
  abstract getConfig(): Record<string, unknown>;
}

/** Finite and not negative; null, as files may have it, is the default. */
function expectStrength(name: string, given: number, fallback: number): number {
  const value = given ?? fallback;
  if (!(Number.isFinite(value) && value >= 0)) {
    fail(name, `the strength is ${value}; expected a finite number of 0 or more`);
  }
  return value;
}

export interface L1Options {
  readonly l1?: number;
}
export interface L2Options {
  readonly l2?: number;
}

/** `l1 * sum |w|`: drives weights to exactly zero (Lasso, Tibshirani 1996). */
class L1 extends Regularizer {
  static readonly className = 'L1';
  readonly l1: number;

  constructor({ l1 = 0.01 }: L1Options = {}) {
    super();
    this.l1 = expectStrength('L1', l1, 0.01);
  }

  penalty(x: Tensor): Tensor {
    return x.abs().sum().mul(this.l1);
  }

  getConfig() {
    return { l1: this.l1 };
  }
}

/** `l2 * sum w^2`: keeps weights small (ridge; weight decay under plain SGD). */
class L2 extends Regularizer {
  static readonly className = 'L2';
  readonly l2: number;

  constructor({ l2 = 0.01 }: L2Options = {}) {
    super();
    this.l2 = expectStrength('L2', l2, 0.01);
  }

  penalty(x: Tensor): Tensor {
    return x.square().sum().mul(this.l2);
  }

  getConfig() {
    return { l2: this.l2 };
  }
}

/** Both penalties together (ElasticNet, Zou and Hastie 2005). */
export class L1L2 extends Regularizer {
  static readonly className = 'L1L2';
  readonly l1: number;
  readonly l2: number;

  constructor({ l1 = 0, l2 = 0 }: L1Options & L2Options = {}) {
    super();
    this.l1 = expectStrength('L1L2', l1, 0);
    this.l2 = expectStrength('L1L2', l2, 0);
  }

  penalty(x: Tensor): Tensor {
    const terms: Tensor[] = [];
    if (this.l1) terms.push(x.abs().sum().mul(this.l1));
    if (this.l2) terms.push(x.square().sum().mul(this.l2));
    return terms.length > 0 ? terms.reduce((a, b) => a.add(b)) : ops.zeros([]);
  }

  getConfig() {
    return { l1: this.l1, l2: this.l2 };
  }
}

interface OrthogonalRegularizerOptions {
  readonly factor?: number;
  /** Which vectors are to be orthogonal to each other. */
  readonly mode?: 'rows' | 'columns';
}

/**
 * `factor` times the mean size of the cosine between two rows (or columns) of a matrix: 0 when all are
 * orthogonal, `factor` when all are parallel.
 */
class OrthogonalRegularizer extends Regularizer {
  static readonly className = 'OrthogonalRegularizer';
  readonly factor: number;
  readonly mode: 'rows' | 'columns';

  constructor({ factor = 0.01, mode = 'rows' }: OrthogonalRegularizerOptions = {}) {
    super();
    this.factor = expectStrength('OrthogonalRegularizer', factor, 0.01);
    this.mode = mode;
    if (mode !== 'rows' && mode !== 'columns') {
      fail('OrthogonalRegularizer', `mode is '${mode}'; expected 'rows' or 'columns'`);
    }
  }

  penalty(x: Tensor): Tensor {
    if (x.rank !== 2) {
      fail('OrthogonalRegularizer', `received ${x.rank} axes; expected a matrix`);
    }
    const byRows = this.mode === 'rows';
    const unit = ops.normalize(x, byRows ? 1 : 0);
    const turned = ops.transpose(unit);
    const cosines = byRows ? ops.matmul(unit, turned) : ops.matmul(turned, unit);
    const size = x.node.shape[byRows ? 0 : 1];
    // A single vector has no pair: 0, where a mean over no pairs would be NaN.
    if (size < 2) return ops.zeros([]);
    const others = cosines.mul(ops.subtract(1, ops.eye(size)));
    return others
      .abs()
      .sum()
      .mul(this.factor / (size * (size - 1)));
  }

  getConfig() {
    return { factor: this.factor, mode: this.mode };
  }
}

/** A penalty of your own: a tensor to a scalar. */
export type RegularizerFunction = (x: Tensor) => Tensor;

class FunctionRegularizer extends Regularizer {
  readonly fn: RegularizerFunction;

  constructor(fn: RegularizerFunction) {
    super();
    this.fn = fn;
  }

  penalty(x: Tensor): Tensor {
    return this.fn(x);
  }

  getConfig() {
    return {};
  }

  get serialized(): SerializedObject {
    return serializeFunction(registries.regularizers.nameOf(this.fn));
  }
}

const classes = { l1: L1, l2: L2, l1l2: L1L2, orthogonalRegularizer: OrthogonalRegularizer };

registries.regularizers.register({ ...classes, orthogonal: OrthogonalRegularizer });
registries.regularizers.base = Regularizer;
registries.regularizers.wrap = (fn: RegularizerFunction) => new FunctionRegularizer(fn);

/** The regularizers that are known by name. */
export type RegularizerName = NameOf<keyof typeof classes | 'orthogonal'> | 'l1_l2';
/** Wherever a layer takes a regularizer: an object, its class, a name, a function, or a configuration. */
export type RegularizerSpec =
  | Regularizer
  | RegularizerName
  | RegularizerFunction
  | ConfigurableClass<Regularizer>
  | SerializedObject;

/**
 * Penalties on weights and outputs that add to the loss, as Keras has them: `regularizers.l2({ l2: 0.01
 * })`.
 * @namespace
 */
export const regularizers = {
  ...factories(classes),
  get: (spec: RegularizerSpec | null | undefined): Regularizer | undefined => {
    if (spec === null || spec === undefined) return undefined;
    // By name it has Keras's strengths of 0.01 each; the class's own are 0.
    if (spec === 'l1l2' || spec === 'l1_l2') return new L1L2({ l1: 0.01, l2: 0.01 });
    return registries.regularizers.get(spec);
  },
  deserialize: (spec: SerializedObject): Regularizer => registries.regularizers.deserialize(spec),
  serialize: (regularizer: Regularizer) => registries.regularizers.serialize(regularizer),
};
