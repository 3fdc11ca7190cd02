import type { Tensor } from '../../tensor/tensor.ts';

/** Which steps of a sequence are real and which are padding: a bool tensor that travels with its tensor. */
const masks = new WeakMap<Tensor, Tensor>();

export function getMask(tensor: Tensor): Tensor | undefined {
  return masks.get(tensor);
}

export function setMask(tensor: Tensor, mask: Tensor): void {
  masks.set(tensor, mask);
}
