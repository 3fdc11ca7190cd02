import type { Node } from '../../../graph/node.ts';
import * as b from '../../../ops/build.ts';
import { scan } from '../../../ops/loop.ts';
import type { StepPart } from '../../../ops/primitives/loop.ts';

/**
 * A recurrence over a whole sequence with its gradient written out by hand, as a loop or step by step.
 * Differentiating the steps as they stand would give the same numbers, with more operations: here a step
 * on the way back is as short as on the way there, and reads what the way there has kept.
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
  /** Whether every step is a part of the graph of its own, or the graph holds a loop. */
  readonly unroll: boolean;
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
}

export function runSequence(rule: StepRule, inputs: SequenceInputs): SequenceResult {
  return inputs.unroll ? unrolled(rule, inputs) : looped(rule, inputs);
}

/** The graph holds one step, and one of its gradient, whatever their number. */
function looped(rule: StepRule, inputs: SequenceInputs): SequenceResult {
  const { projected, weights, states: initial, mask, backwards, all } = inputs;
  const sequences = mask ? [...projected, b.reshape(mask, [...mask.shape, 1])] : projected;
  const { carries, results } = scan(
    (before, slices, own) => {
      const x = slices.slice(0, projected.length);
      const real: Node | undefined = slices[projected.length];
      const step = rule.forward(x, before, own);
      const after = real ? step.states.map((s, i) => b.select(real, s, before[i])) : step.states;
      const kept = all ? [after[0]] : [];
      const saved = step.saved.map((node): StepPart => {
        if (before.includes(node)) return { of: 'carries', at: before.indexOf(node) };
        if (slices.includes(node)) return { of: 'slices', at: slices.indexOf(node) };
        const at = kept.includes(node) ? kept.indexOf(node) : kept.push(node) - 1;
        return { of: 'results', at };
      });
      const parts: StepPart[] = real ? [...saved, { of: 'slices', at: projected.length }] : saved;
      return {
        carries: after,
        results: kept,
        adjoint: {
          saved: parts,
          results: all ? [0] : [],
          step: (values, dys, constants) => {
            const [dy] = dys.results;
            const dStates = dys.carries.map((g, i) => (i === 0 && dy ? b.add(g!, dy) : g));
            const back = stepBack(rule, values, real !== undefined, dStates, constants);
            return {
              slices: real ? [...back.x, undefined] : back.x,
              carries: back.states,
              constants: back.weights.map(({ left, right }) =>
                left ? b.matMul(left, right, { transposeA: true }) : b.sum(right, [0]),
              ),
            };
          },
        },
      };
    },
    { carries: initial, sequences, constants: weights, reverse: backwards },
  );
  const outputs = all ? (backwards ? b.reverse(results[0], [0]) : results[0]) : undefined;
  return { outputs, states: carries };
}

/** The gradient of one step; where it was masked, the gradients of the states pass it by. */
function stepBack(
  rule: StepRule,
  saved: readonly Node[],
  masked: boolean,
  gradients: readonly (Node | undefined)[],
  weights: readonly Node[],
): ReturnType<StepRule['backward']> {
  if (!masked) return rule.backward(saved, gradients, weights);
  const real = saved.at(-1)!;
  const step = rule.backward(
    saved.slice(0, -1),
    gradients.map((g) => g && b.select(real, g, 0)),
    weights,
  );
  const states = step.states.map((g, i) => {
    const past = gradients[i];
    return past ? plus(g, b.select(real, 0, past)) : g;
  });
  return { ...step, states };
}

/** Every step has its nodes; the gradients of the weights are products over all steps here too. */
function unrolled(rule: StepRule, inputs: SequenceInputs): SequenceResult {
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
    const real = realOf?.(t);
    kept.push(...step.saved, ...(real ? [real] : []));
    taken.push({ t, saved: [from, parameters.length + kept.length] });
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
      const { t, saved } = taken[k];
      if (all) gradients[0] = plus(gradients[0], dyOf(k));
      const step = stepBack(rule, args.slice(...saved), mask !== undefined, gradients, own);
      step.x.forEach((g, i) => {
        dx[i][t] = g;
      });
      step.weights.forEach(({ left, right }, i) => {
        if (left) factors[i].left.push(left);
        factors[i].right.push(right);
      });
      gradients = [...step.states];
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
