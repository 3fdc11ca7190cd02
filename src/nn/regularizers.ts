import { fail } from '../graph/errors.ts';
import { ops } from '../tensor/lift.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Configurable, registries, type SerializedObject } from './registry.ts';

/** Penalties on weights or outputs, added to the loss. */
export abstract class Regularizer implements Configurable {
  /** A scalar. */
  abstract penalty(x: Tensor): Tensor;
  abstract getConfig(): Record<string, unknown>;
}

function expectStrength(name: string, value: number): number {
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
export class L1 extends Regularizer {
  readonly l1: number;

  constructor({ l1 = 0.01 }: L1Options = {}) {
    super();
    this.l1 = expectStrength('L1', l1);
  }

  penalty(x: Tensor): Tensor {
    return x.abs().sum().mul(this.l1);
  }

  getConfig() {
    return { l1: this.l1 };
  }
}

/** `l2 * sum w^2`: keeps weights small (ridge; weight decay under plain SGD). */
export class L2 extends Regularizer {
  readonly l2: number;

  constructor({ l2 = 0.01 }: L2Options = {}) {
    super();
    this.l2 = expectStrength('L2', l2);
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
  readonly l1: number;
  readonly l2: number;

  constructor({ l1 = 0, l2 = 0 }: L1Options & L2Options = {}) {
    super();
    this.l1 = expectStrength('L1L2', l1);
    this.l2 = expectStrength('L1L2', l2);
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

/** `l1l2` by name has Keras's strengths of 0.01 each. */
const byName = {
  l1: () => new L1(),
  l2: () => new L2(),
  l1l2: () => new L1L2({ l1: 0.01, l2: 0.01 }),
};

registries.regularizers.register({ L1, L2, L1L2 });

export type RegularizerName = 'l1' | 'l2' | 'l1l2';
export type RegularizerSpec = Regularizer | RegularizerName | SerializedObject;

export const regularizers = {
  l1: (options?: L1Options) => new L1(options),
  l2: (options?: L2Options) => new L2(options),
  l1l2: (options?: L1Options & L2Options) => new L1L2(options),
  get: (spec: RegularizerSpec | null | undefined): Regularizer | undefined => {
    if (spec === null || spec === undefined) return undefined;
    if (typeof spec === 'string' && Object.hasOwn(byName, spec)) {
      return byName[spec as keyof typeof byName]();
    }
    return registries.regularizers.get(spec);
  },
  deserialize: (spec: SerializedObject): Regularizer => registries.regularizers.deserialize(spec),
  serialize: (regularizer: Regularizer) => registries.regularizers.serialize(regularizer),
};
