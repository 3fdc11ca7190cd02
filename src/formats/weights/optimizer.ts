import type { NDArray } from '../../graph/ndarray.ts';
import { sameShape } from '../../graph/shape.ts';
import type { Optimizer } from '../../nn/optimizers/optimizer.ts';
import type { Variable } from '../../tensor/variable.ts';
import type { Assignment } from './assign.ts';
import type { NamedValue } from './legacy.ts';
import { slotOf } from './names.ts';

/**
 * The state of an optimizer. Keras 3 stores its variables in a row: iteration, learning rate, then the
 * slots of each weight side by side. Keras 2 had no learning rate there and stored slot after slot, each
 * for all weights, at first without names.
 */

/** What older versions called a slot. */
const slotNames: Readonly<Record<string, readonly string[]>> = {
  momentum: ['m', 'momentum'],
  velocity: ['v', 'rms', 'velocity', 'accumulator'],
  velocity_hat: ['vhat', 'velocity_hat'],
  average_gradient: ['mg', 'average_gradient'],
  accumulator: ['accumulator'],
  accumulated_grad: ['accum_grad'],
  accumulated_delta_var: ['accum_var'],
  norm: ['v'],
};

type Pairs = (readonly [Variable, NDArray])[];

const isScalar = ({ shape, data }: NDArray): boolean => shape.length === 0 && data.length === 1;

/** Keras 3's order, which is also that of 2.11 and later. */
function inOrder(variables: readonly Variable[], values: readonly NamedValue[]): Pairs | undefined {
  if (values.length !== variables.length) return undefined;
  const fits = variables.every((v, i) => sameShape(v.shape, values[i].value.shape));
  return fits ? variables.map((v, i) => [v, values[i].value] as const) : undefined;
}

/** An optimizer that was saved before its first step has its counter and its rate, no slots. */
function beforeFirstStep(optimizer: Optimizer, values: readonly NamedValue[]): Pairs | undefined {
  const scalars = optimizer.variables.filter(
    (v) => v === optimizer.stepCounter || v.name === 'learning_rate',
  );
  if (values.length > scalars.length || !values.every((v) => isScalar(v.value))) return undefined;
  return values.map((v, i) => [scalars[i], v.value] as const);
}

/** Keras 2's order: iterations, then each slot for all weights. */
function slotBySlot(optimizer: Optimizer, values: readonly NamedValue[]): Pairs | undefined {
  const { variables, trainableVariables } = optimizer;
  const seen = new Map<string, number>();
  const slots = variables.map((v) => ({ variable: v, slot: slotOf(optimizer, v, seen) }));
  const kinds = [...new Set(slots.flatMap((s) => (s.slot ? [s.slot.name] : [])))];
  const count = trainableVariables.length;
  const pairs: Pairs = [];
  let rest = values;
  if (rest.length > 0 && isScalar(rest[0].value) && /iter|^Variable|training/.test(rest[0].name)) {
    pairs.push([optimizer.stepCounter, rest[0].value]);
    rest = rest.slice(1);
  }
  const others = slots.filter((s) => !s.slot && s.variable !== optimizer.stepCounter);
  // Only the learning rate may be missing; it is in the configuration.
  if (others.some((s) => s.variable.name !== 'learning_rate')) return undefined;
  // Without amsgrad, Keras kept placeholders of one element in the third slot.
  const needed = kinds.length * count;
  const extra = rest.slice(needed);
  if (rest.length < needed || extra.some((v) => v.value.data.length > 1)) return undefined;
  kinds.forEach((kind, k) => {
    const named = rest.filter((v) => {
      const last = v.name.replace(/:\d+$/, '').split('/').at(-1)!;
      return slotNames[kind]?.includes(last);
    });
    const list = named.length === count ? named : rest.slice(k * count, (k + 1) * count);
    trainableVariables.forEach((trained, i) => {
      const target = slots.find((s) => s.slot?.of === trained && s.slot.name === kind);
      if (target) pairs.push([target.variable, list[i].value]);
    });
  });
  return pairs.every(([v, a]) => sameShape(v.shape, a.shape)) ? pairs : undefined;
}

/** The assignments for an optimizer that is built for its model; undefined where the file does not fit. */
export function readOptimizerState(
  optimizer: Optimizer,
  values: readonly NamedValue[],
): Assignment[] | undefined {
  const pairs =
    inOrder(optimizer.variables, values) ??
    beforeFirstStep(optimizer, values) ??
    slotBySlot(optimizer, values);
  return pairs?.map(([variable, value]) => ({
    variable,
    value,
    where: `the optimizer's variable '${variable.name}'`,
  }));
}
