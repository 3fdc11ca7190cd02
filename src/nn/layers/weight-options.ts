import { type Constraint, type ConstraintSpec, constraints } from '../constraints.ts';
import { type InitializerSpec, initializers } from '../initializers/index.ts';
import type { Initializer } from '../initializers/initializer.ts';
import { type Regularizer, type RegularizerSpec, regularizers } from '../regularizers.ts';

/** The three options that a layer has for each of its weights: how it starts, and what holds it. */

export interface KernelOptions {
  /** First values of the kernel. */
  readonly kernelInitializer?: InitializerSpec;
  /** Penalty on the kernel; none by default. */
  readonly kernelRegularizer?: RegularizerSpec | null;
  /** Projection of the kernel after each update; none by default. */
  readonly kernelConstraint?: ConstraintSpec | null;
}

export interface BiasOptions {
  /** Whether there is a bias; true by default. */
  readonly useBias?: boolean;
  /** First values of the bias; zeros by default. */
  readonly biasInitializer?: InitializerSpec;
  /** Penalty on the bias; none by default. */
  readonly biasRegularizer?: RegularizerSpec | null;
  /** Projection of the bias after each update; none by default. */
  readonly biasConstraint?: ConstraintSpec | null;
}

/** `kernelInitializer`, `kernelRegularizer` and `kernelConstraint` for the weight 'kernel'. */
type OptionsOf<W extends string> = {
  readonly [K in `${W}Initializer`]?: InitializerSpec;
} & { readonly [K in `${W}Regularizer`]?: RegularizerSpec | null } & {
  readonly [K in `${W}Constraint`]?: ConstraintSpec | null;
};

/** What {@link Layer.addWeight} takes of them. */
export interface WeightRules {
  readonly initializer: Initializer;
  readonly regularizer: Regularizer | undefined;
  readonly constraint: Constraint | undefined;
}

/** What the options say of a weight; `initializer` where they do not say how it starts. */
export function weightRules<W extends string>(
  weight: W,
  options: OptionsOf<NoInfer<W>>,
  initializer: InitializerSpec = 'glorotUniform',
): WeightRules {
  const given = options as OptionsOf<string>;
  return {
    initializer: initializers.get(given[`${weight}Initializer`] ?? initializer),
    regularizer: regularizers.get(given[`${weight}Regularizer`]),
    constraint: constraints.get(given[`${weight}Constraint`]),
  };
}

/** The options that the rules came from, for `getConfig`. */
export function rulesConfig(weight: string, rules: WeightRules): Record<string, unknown> {
  return {
    [`${weight}Initializer`]: rules.initializer,
    [`${weight}Regularizer`]: rules.regularizer,
    [`${weight}Constraint`]: rules.constraint,
  };
}
