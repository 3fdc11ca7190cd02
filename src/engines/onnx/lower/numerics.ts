import type { Builder, Value } from '../builder.ts';

/**
 * log(1 + x), also where 1 + x rounds: the rounded sum's logarithm, corrected by the ratio of the x that
 * was meant to the x that was added (Higham, Accuracy and Stability of Numerical Algorithms, 1.14.1).
 */
export function log1p(b: Builder, x: Value): Value {
  const sum = b.with('Add', x, 1);
  const added = b.with('Sub', sum, 1);
  const log = b.log(sum);
  const corrected = b.mul(log, b.div(x, added));
  const small = b.where(b.compare('Equal', added, b.scalar(0, x.type)), x, corrected);
  return b.where(b.compare('Equal', added, x), log, small);
}

/** e^x - 1 = tanh(x / 2) (e^x + 1): no cancellation near 0, no overflow before e^x itself. */
export function expm1(b: Builder, x: Value): Value {
  return b.mul(b.unary('Tanh', b.with('Mul', x, 0.5)), b.with('Add', b.exp(x), 1));
}
