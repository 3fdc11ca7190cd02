import { type Builder, orderValues, type Target, type Value } from './builder.ts';
import { maskByProduct } from './rules/masks.ts';
import { productRules, threadedRules } from './rules/products.ts';
import type { Rule, RuleContext } from './rules/rule.ts';
import { addRows } from './rules/scatter.ts';
import { rowSumByProduct } from './rules/sums.ts';

function countUses(order: readonly Value[], roots: readonly Value[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  const add = (v: Value) => uses.set(v, (uses.get(v) ?? 0) + 1);
  for (const value of order) for (const input of value.inputs) if (input) add(input);
  for (const root of roots) add(root);
  return uses;
}

/** One pass of all rules over the values that `roots` depend on. */
function rewriteOnce(b: Builder, roots: readonly Value[], rules: readonly Rule[]): Value[] {
  const order = orderValues(roots);
  const before = countUses(order, roots);
  const replaced = new Map<Value, Value>();
  // A rewritten value is read as often as what it stands for, all of that taken together.
  const after = new Map<Value, number>();
  const context: RuleContext = { b, single: (v) => (after.get(v) ?? 1) === 1 };
  for (const value of order) {
    const inputs = value.inputs.map((i) => i && replaced.get(i)!);
    const same = inputs.every((input, i) => input === value.inputs[i]);
    let result = same ? value : b.op(value.op, inputs, value.attributes, value, value);
    for (const rule of rules) result = rule(result, context) ?? result;
    replaced.set(value, result);
    after.set(result, (after.get(result) ?? 0) + before.get(value)!);
  }
  return roots.map((r) => replaced.get(r)!);
}

export function rewrite(b: Builder, roots: readonly Value[], rules: readonly Rule[]): Value[] {
  const LIMIT = 8;
  let current = [...roots];
  for (let pass = 0; pass < LIMIT; pass++) {
    const next = rewriteOnce(b, current, rules);
    if (next.every((v, i) => v === current[i])) return current;
    current = next;
  }
  return current;
}

/** Before the layout is chosen: what these make of a value can be in any. */
const earlyRules: readonly Rule[] = [maskByProduct];
const processorRules = [...threadedRules, ...productRules, rowSumByProduct, addRows];

const rules: Readonly<Record<Target, readonly Rule[]>> = {
  cpu: processorRules,
  wasm: processorRules,
  webgpu: productRules,
  cuda: productRules,
  portable: productRules,
};

export function rulesFor(target: Target): { early: readonly Rule[]; late: readonly Rule[] } {
  const early = target === 'cpu' || target === 'wasm' ? earlyRules : [];
  return { early, late: rules[target] };
}
