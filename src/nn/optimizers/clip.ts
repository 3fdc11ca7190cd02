import { fail } from '../../graph/errors.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';

export interface ClipOptions {
  /** Each gradient is scaled down to at most this norm. */
  readonly clipnorm?: number | null;
  /** All gradients are scaled down together to at most this norm. */
  readonly globalClipnorm?: number | null;
  /** Each element is cut to at most this size. */
  readonly clipvalue?: number | null;
}

/** The limits, checked: at most one, and positive. */
export function checkedClip(optimizer: string, options: ClipOptions): ClipOptions {
  const { clipnorm = null, clipvalue = null, globalClipnorm = null } = options;
  const given = [clipnorm, clipvalue, globalClipnorm].filter((c) => c !== null);
  if (given.length > 1) {
    fail(optimizer, 'at most one of clipnorm, clipvalue and globalClipnorm can be set; choose one');
  }
  if (given.some((c) => !(c > 0))) {
    fail(optimizer, `the clipping limit is ${given[0]}; expected a positive number`);
  }
  return { clipnorm, clipvalue, globalClipnorm };
}

/** `limit / max(norm, limit)`: 1 for gradients that are short enough. */
function shrinkage(norm: Tensor, limit: number): Tensor {
  return ops.divide(limit, ops.maximum(norm, limit));
}

const squaredNorm = (g: Tensor): Tensor => g.square().sum();

/** Limits the size of gradients (Pascanu et al. 2013). */
export function clipGradients(
  gradients: readonly Tensor[],
  { clipnorm, globalClipnorm, clipvalue }: ClipOptions,
): readonly Tensor[] {
  if (clipnorm) return gradients.map((g) => g.mul(shrinkage(squaredNorm(g).sqrt(), clipnorm)));
  if (globalClipnorm) {
    const norm = gradients
      .map(squaredNorm)
      .reduce((a, b) => a.add(b))
      .sqrt();
    // An infinite norm makes all gradients NaN, rather than 0 where they are finite.
    const scale = shrinkage(norm, globalClipnorm).add(norm.sub(norm));
    return gradients.map((g) => g.mul(scale));
  }
  if (clipvalue) return gradients.map((g) => ops.clip(g, -clipvalue, clipvalue));
  return gradients;
}
