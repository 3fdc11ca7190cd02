import type { Variable } from '../tensor/variable.ts';
import type { Constraint } from './constraints.ts';
import type { Regularizer } from './regularizers.ts';

/** What belongs to a weight besides its value: a penalty in the loss, a projection after updates, a layer. */
interface WeightRules {
  readonly regularizer?: Regularizer;
  readonly constraint?: Constraint;
  /** The layer that the weight is part of. */
  readonly owner?: { readonly name: string };
}

const rules = new WeakMap<Variable, WeightRules>();

export function setWeightRules(variable: Variable, weightRules: WeightRules): void {
  rules.set(variable, weightRules);
}

export function regularizerOf(variable: Variable): Regularizer | undefined {
  return rules.get(variable)?.regularizer;
}

export function constraintOf(variable: Variable): Constraint | undefined {
  return rules.get(variable)?.constraint;
}

/** `layer/weight`, or the name alone of a variable without a layer. */
export function pathOf(variable: Variable): string {
  const owner = rules.get(variable)?.owner;
  return owner ? `${owner.name}/${variable.name}` : variable.name;
}
