import { fail } from '../../graph/errors.ts';
import { formatShape } from '../../graph/shape.ts';
import { ops } from '../../tensor/lift.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { Loss } from './loss.ts';

/** The logarithm of an impossible path: exp of it is 0, and sums of several stay finite. */
const NEVER = -1e30;

/** log(sum(e^x)) of tensors of one shape, element by element. */
function logAddExp(...terms: Tensor[]): Tensor {
  const largest = ops.stopGradient(terms.reduce((a, b) => ops.maximum(a, b)));
  const sum = terms.map((t) => t.sub(largest).exp()).reduce((a, b) => a.add(b));
  return sum.log().add(largest);
}

/** x moved `by` places to the right along its last axis. */
function shift(x: Tensor, by: number): Tensor {
  const length = x.node.shape.at(-1)!;
  if (by >= length) return ops.fullLike(x, NEVER);
  const [kept] = ops.split(x, [length - by], -1);
  return ops.pad(
    kept,
    [
      [0, 0],
      [by, 0],
    ],
    'constant',
    NEVER,
  );
}

/**
 * Connectionist temporal classification (Graves et al. 2006): minus the log-probability that a sequence
 * of scores spells the labels, blanks and repetitions left out. Labels are class numbers [batch, labels]
 * with 0 for the blank, which also fills up short rows; predictions are logits [batch, steps, classes].
 * The steps are laid out in the graph one by one.
 */
export function ctc(yTrue: Tensor, yPred: Tensor): Tensor {
  if (yTrue.rank !== 2 || yPred.rank !== 3) {
    fail(
      'ctc',
      `labels are ${formatShape(yTrue.node.shape)}, predictions ${formatShape(yPred.node.shape)}; expected [batch, labels] and [batch, steps, classes]`,
    );
  }
  const labels = yTrue.cast('int32');
  const [, count] = labels.node.shape;
  const [, steps] = yPred.node.shape;
  // Paths run through blank, label, blank, label, ..., blank.
  const places = 2 * count + 1;
  const blanks = ops.zerosLike(labels);
  const woven = ops.reshape(ops.stack([blanks, labels], 2), [-1, 2 * count]);
  const path = ops.pad(woven, [
    [0, 0],
    [0, 1],
  ]);
  // A label may be entered from the label before it, past the blank, unless both are the same.
  const differs = ops.notEqual(
    path,
    ops.pad(shiftLabels(path, places), [
      [0, 0],
      [2, 0],
    ]),
  );
  const isLabel = ops.equal(ops.mod(ops.arange(places), 2), 1);
  const skips = ops.logicalAnd(
    ops.logicalAnd(differs, isLabel),
    ops.greater(ops.arange(places), 1),
  );

  const logs = ops.logSoftmax(yPred);
  const scores = ops.takeAlongAxis(logs, ops.expandDims(path, 1), 2);
  const at = (t: number): Tensor => ops.squeeze(ops.take(scores, [t], 1), 1);
  let reached: Tensor = ops.where(ops.less(ops.arange(places), 2), at(0), NEVER);
  for (let t = 1; t < steps; t++) {
    const skipped = ops.where(skips, shift(reached, 2), NEVER);
    reached = logAddExp(reached, shift(reached, 1), skipped).add(at(t));
  }
  // A path ends on the last label or on the blank behind it.
  const length = ops.sum(ops.notEqual(labels, 0).cast('int32'), -1, true);
  const last = ops.takeAlongAxis(reached, length.mul(2), 1);
  const beforeLast = ops.takeAlongAxis(reached, ops.maximum(length.mul(2).sub(1), 0), 1);
  const none = ops.equal(length, 0);
  const total = logAddExp(last, ops.where(none, NEVER, beforeLast));
  const loss = ops.squeeze(total, -1).neg();
  return ops.where(ops.greater(loss, -NEVER / 2), Number.POSITIVE_INFINITY, loss);
}

function shiftLabels(path: Tensor, places: number): Tensor {
  const [kept] = ops.split(path, [Math.max(places - 2, 0)], -1);
  return kept;
}

/** {@link ctc} */
export class CTC extends Loss {
  static readonly className = 'CTC';
  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    return ctc(yTrue, yPred);
  }
}
