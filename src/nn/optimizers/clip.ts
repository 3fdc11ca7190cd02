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

/** `g * limit / max(norm, limit)`: shorter gradients stay as they are. */
function limitNorm(g: Tensor, norm: Tensor, limit: number): Tensor {
  return g.mul(ops.divide(limit, ops.maximum(norm, limit)));
}

const squaredNorm = (g: Tensor): Tensor => g.square().sum();

/** Limits the size of gradients (Pascanu et al. 2013). */
export function clipGradients(
  gradients: readonly Tensor[],
  { clipnorm, globalClipnorm, clipvalue }: ClipOptions,
): readonly Tensor[] {
  if (clipnorm) return gradients.map((g) => limitNorm(g, squaredNorm(g).sqrt(), clipnorm));
  if (globalClipnorm) {
    const total = gradients.map(squaredNorm).reduce((a, b) => a.add(b));
    const norm = total.sqrt();
    return gradients.map((g) => limitNorm(g, norm, globalClipnorm));
  }
  if (clipvalue) return gradients.map((g) => ops.clip(g, -clipvalue, clipvalue));
  return gradients;
}
