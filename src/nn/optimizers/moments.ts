import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Variable } from '../../tensor/variable.ts';

/**
 * Moving averages of the gradients and of their squares, `m = b1 m + (1 - b1) g` and
 * `v = b2 v + (1 - b2) g^2`; what Adam and its kin share. Both are written to their slots.
 *
 * The gradient enters through `(1 - b1) g` alone: where it is a matrix product, the engine takes the
 * factor into the product, and one pass over memory is saved.
 */
export function updateMoments(
  gradient: Tensor,
  momentum: Variable,
  velocity: Variable,
  beta1: number,
  beta2: number,
): { m: Tensor; v: Tensor } {
  const share = gradient.mul(1 - beta1);
  const m: Tensor = momentum.value.mul(beta1).add(share);
  const v: Tensor = velocity.value
    .mul(beta2)
    .add(share.square().mul((1 - beta2) / (1 - beta1) ** 2));
  momentum.assign(m);
  velocity.assign(v);
  return { m, v };
}

/** `1 - beta^t`: how much of a moving average that started at 0 is filled after t steps. */
export function filled(beta: number, step: Tensor): Tensor {
  return ops.subtract(1, ops.power(beta, step));
}
