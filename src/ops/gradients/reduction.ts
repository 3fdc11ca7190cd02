import type { Node } from '../../graph/node.ts';
import * as b from '../build.ts';
import type { ReductionAttributes, reductions } from '../primitives/reduction.ts';
import { reducedShape } from '../primitives/reduction.ts';
import { type GradientRules, none } from './rule.ts';

const { broadcastTo, cast, cumSum, div, equal, exp, mul, reshape, select, sub, sum } = b;

/** A reduced value with its axes back as size 1, so that it broadcasts against `x`. */
function kept(value: Node, x: Node, { axes }: ReductionAttributes): Node {
  return reshape(value, reducedShape(x.shape, axes, true));
}

/** Elements that tie for the extreme share its gradient equally. */
function extreme(dy: Node, [x]: readonly Node[], y: Node, attributes: ReductionAttributes): Node[] {
  const hit = cast(equal(x, kept(y, x, attributes)), x.dtype);
  const share = div(kept(dy, x, attributes), sum(hit, attributes.axes, true));
  return [mul(hit, share)];
}

export const reductionGradients: GradientRules<keyof typeof reductions> = {
  sum: (dy, [x], _, attributes) => [broadcastTo(kept(dy, x, attributes), x.shape)],
  // The product of all others: y / x, or without a division where exactly one factor is 0.
  prod: (dy, [x], _, attributes) => {
    const zero = equal(x, 0);
    const zeros = sum(cast(zero, x.dtype), attributes.axes, true);
    const safe = select(zero, 1, x);
    const rest = b.prod(safe, attributes.axes, true);
    const others = select(
      zero,
      select(equal(zeros, 1), rest, 0),
      select(equal(zeros, 0), div(rest, safe), 0),
    );
    return [mul(kept(dy, x, attributes), others)];
  },
  max: extreme,
  min: extreme,
  argMax: none,
  argMin: none,
  cumSum: (dy, _, __, { axis, exclusive, reverse }) => [
    cumSum(dy, axis, { exclusive, reverse: !reverse }),
  ],
  argSort: none,
  softmax: (dy, _, y, { axis }) => [mul(y, sub(dy, sum(mul(dy, y), axis, true)))],
  logSoftmax: (dy, _, y, { axis }) => [sub(dy, mul(exp(y), sum(dy, axis, true)))],
};
