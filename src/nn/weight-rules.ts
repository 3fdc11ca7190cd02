import type { Variable } from '../tensor/variable.ts';
import type { Constraint } from './constraints.ts';
import type { Regularizer } from './regularizers.ts';

/** What belongs to a weight besides its value: a penalty in the loss, a projection after updates. */
interface WeightRules {
  readonly regularizer?: Regularizer;
  readonly constraint?: Constraint;
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
