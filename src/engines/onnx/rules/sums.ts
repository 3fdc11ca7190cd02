import { sizeOf } from '../../../graph/shape.ts';
import type { Rule } from './rule.ts';

/**
 * The sum over leading axes, the gradient of every bias, as a product with a row of ones: products run on
 * all threads and in vectors, sums over the first axes do not (up to thirty times slower where rows are
 * short).
 */
export const rowSumByProduct: Rule = (value, { b }) => {
  if (value.op !== 'ReduceSum' || value.type !== 'float32') return undefined;
  const [x, axes] = value.inputs;
  if (!x || !axes?.data || value.attributes.keepdims !== 0) return undefined;
  const summed = [...axes.data].map(Number).sort((m, n) => m - n);
  if (!summed.every((axis, i) => axis === i) || summed.length === x.shape.length) return undefined;
  if (x.shape.some((d) => d < 1)) return undefined;
  const rows = sizeOf(x.shape.slice(0, summed.length));
  const columns = sizeOf(value.shape);
  if (rows < 2) return undefined;
  const ones = b.expand(b.scalar(1, 'float32'), [rows]);
  const sums = b.op(
    'MatMul',
    [ones, b.reshape(x, [rows, columns])],
    {},
    { ...value, shape: [columns] },
  );
  return b.reshape(sums, value.shape);
};
