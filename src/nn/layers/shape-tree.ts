import type { DType } from '../../graph/dtype.ts';
import { BATCH } from '../../graph/shape.ts';
import { placeholder } from '../../ops/build.ts';
import { isTensor, Tensor } from '../../tensor/tensor.ts';

/** Shapes of one tensor, of several in order or of several by name, with null for a batch of any size. */

/** The shapes of a tree of tensors; for a single tensor its shape. */
export function shapeTree(inputs: any): any {
  if (isTensor(inputs)) return inputs.shape;
  if (Array.isArray(inputs)) return inputs.map(shapeTree);
  return Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, shapeTree(v)]));
}

/** Shapes with null for their first axis. */
export function batchless(shape: any): any {
  if (!Array.isArray(shape)) {
    return Object.fromEntries(Object.entries(shape).map(([k, v]) => [k, batchless(v)]));
  }
  const single = shape.every((d) => d === null || typeof d === 'number');
  return single ? shape.map((d, i) => (i === 0 ? null : d)) : shape.map(batchless);
}

/** Tensors without values of a shape (null for the batch), or of each in an array or object. */
export function placeholders(shape: any, dtype: DType): any {
  if (!Array.isArray(shape)) {
    return Object.fromEntries(
      Object.entries(shape).map(([name, s]) => [name, placeholders(s, dtype)]),
    );
  }
  if (shape.some((d) => typeof d === 'object' && d !== null)) {
    return shape.map((s) => placeholders(s, dtype));
  }
  const sizes = shape.map((d: number | null) => d ?? BATCH);
  return new Tensor(placeholder(sizes, dtype));
}
