import type { Node } from '../../../graph/node.ts';
import * as b from '../../../ops/build.ts';

/**
 * A recurrence over a whole sequence with its gradient written out by hand. Differentiating the unrolled
 * steps would give the same numbers, but with a product for the gradient of the kernel in every step; here
 * all steps share one, and a step on the way back is as short as on the way there.
 */

/** One step of a recurrence and of its gradient, on nodes. */
export interface StepRule {
  /**
   * From the step's slices of the projected inputs and the states before it: the states after it, the
   * first of which is the output, and whatever the way back needs.
   */
  forward(
    x: readonly Node[],
    states: readonly Node[],
    weights: readonly Node[],
  ): { states: readonly Node[]; saved: readonly Node[] };
  /**
   * From the gradients of the states after the step: those of its slices, of the states before it, and
   * for each weight the two factors whose product, summed over all steps, is its gradient (`left`^T
   * `right`; the sum of `right` for a bias).
   */
  backward(
    saved: readonly Node[],
    gradients: readonly (Node | undefined)[],
    weights: readonly Node[],
  ): {
    x: readonly Node[];
    states: readonly Node[];
    weights: readonly { readonly left?: Node; readonly right: Node }[];
  };
}

export interface SequenceInputs {
  /** What does not depend on the states, for all steps: [steps, batch, n] each. */
  readonly projected: readonly Node[];
  /** Recurrent kernels and biases. */
  readonly weights: readonly Node[];
  /** The states before the first step, all [batch, units]. */
  readonly states: readonly Node[];
  /** bool [steps, batch], false where the states stay as they are. */
  readonly mask?: Node;
  readonly backwards: boolean;
  /** Whether the outputs of all steps are wanted, or those of the last only. */
  readonly all: boolean;
}

export interface SequenceResult {
  /** [steps, batch, units], in the order in which the steps were taken. */
  readonly outputs: Node | undefined;
  readonly states: readonly Node[];
}

/** A step as it was taken; its nodes are remembered by their places among the arguments of the rule. */
interface Taken {
  readonly t: number;
  readonly saved: readonly [from: number, to: number];
  readonly mask: number | undefined;
}

export function runSequence(rule: StepRule, inputs: SequenceInputs): SequenceResult {
  const { projected, weights, states: initial, mask, backwards, all } = inputs;
  const [steps, batch] = projected[0].shape;
  const slices = projected.map(slicesOf);
  const realOf = mask && slicesOf(b.reshape(mask, [...mask.shape, 1]));
  const parameters = [...projected, ...weights, ...initial];
  const kept: Node[] = [];
  const taken: Taken[] = [];
  const outputs: Node[] = [];
  let states = initial;
  for (let k = 0; k < steps; k++) {
    const t = backwards ? steps - 1 - k : k;
    const from = parameters.length + kept.length;
    const step = rule.forward(
      slices.map((slice) => slice(t)),
      states,
      weights,
    );
    kept.push(...step.saved);
    const saved = [from, from + step.saved.length] as const;
    const real = realOf?.(t);
    if (real) kept.push(real);
    taken.push({ t, saved, mask: real && saved[1] });
    const before = states;
    states = real ? step.states.map((s, i) => b.select(real, s, before[i])) : step.states;
    outputs.push(states[0]);
  }

  const backward = (dy: Node, args: readonly Node[]): (Node | undefined)[] => {
    const own = args.slice(projected.length, projected.length + weights.length);
    const dyOf = slicesOf(dy);
    const dx: Node[][] = projected.map(() => new Array<Node>(steps));
    const factors = weights.map((): { left: Node[]; right: Node[] } => ({ left: [], right: [] }));
    let gradients: (Node | undefined)[] = initial.map((_, i) => {
      if (i === 0) return all ? undefined : dyOf(0);
      return dyOf(all ? steps + i - 1 : i);
    });
    for (let k = steps - 1; k >= 0; k--) {
      const { t, saved, mask: at } = taken[k];
      if (all) gradients[0] = plus(gradients[0], dyOf(k));
      const real = at === undefined ? undefined : args[at];
      const skipped = real ? gradients.map((g) => g && b.select(real, 0, g)) : [];
      if (real) gradients = gradients.map((g) => g && b.select(real, g, 0));
      const step = rule.backward(args.slice(...saved), gradients, own);
      step.x.forEach((g, i) => {
        dx[i][t] = g;
      });
      step.weights.forEach(({ left, right }, i) => {
        if (left) factors[i].left.push(left);
        factors[i].right.push(right);
      });
      gradients = step.states.map((g, i) => plus(g, skipped[i]));
    }
    return [
      ...dx.map((list, i) => stack(list, projected[i].shape)),
      ...factors.map(({ left, right }, i) => {
        const all = b.concatenate(right, 0);
        return left.length > 0
          ? b.matMul(b.concatenate(left, 0), all, { transposeA: true })
          : b.sumTo(all, weights[i].shape);
      }),
      ...gradients,
    ];
  };
  // The nodes that the way back needs are arguments, so that it finds them if the graph is rewritten.
  const results = all ? [...outputs, ...states.slice(1)] : states;
  const value = b.customGradient(
    stack(results, [results.length, batch, initial[0].shape[1]]),
    [...parameters, ...kept],
    backward,
  );
  const resultOf = slicesOf(value);
  if (!all) return { outputs: undefined, states: states.map((_, i) => resultOf(i)) };
  return {
    outputs: b.sliceAxis(value, 0, 0, steps),
    states: states.map((_, i) => resultOf(steps + i - 1)),
  };
}

/** The slices along the first axis of [steps, batch, n], each [batch, n]. */
function slicesOf(x: Node): (t: number) => Node {
  const [steps, batch, size] = x.shape;
  if (batch < 0) return (t) => b.reshape(b.sliceAxis(x, 0, t, t + 1), [batch, size]);
  // Rows of a matrix: no reshape for every step.
  const rows = b.reshape(x, [steps * batch, size]);
  return (t) => b.sliceAxis(rows, 0, t * batch, (t + 1) * batch);
}

function stack(list: readonly Node[], shape: readonly number[]): Node {
  return b.reshape(b.concatenate(list, 0), shape);
}

function plus(x: Node | undefined, y: Node | undefined): Node {
  return x && y ? b.add(x, y) : (x ?? y)!;
}
