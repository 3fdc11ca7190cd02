import type { Builder, Value } from '../builder.ts';

/**
 * Patterns that ONNX Runtime does not find by itself, as rules on values: a rule sees a value whose
 * inputs are already rewritten and returns what to put in its place. Passes repeat until nothing
 * changes. What each rule is worth was measured on the CPU provider; its comment says what it saves.
 */
export type Rule = (value: Value, context: RuleContext) => Value | undefined;

export interface RuleContext {
  readonly b: Builder;
  /** Whether nothing but the value at hand reads `value`. */
  readonly single: (value: Value) => boolean;
}
