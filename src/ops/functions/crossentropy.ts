import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatShape, normalizeAxis, sameShape } from '../../graph/shape.ts';
import type { Operand } from '../build.ts';
import * as build from '../build.ts';
import type { CustomGradientRule } from '../primitives/source.ts';
import { floatOf, floatsOf } from './shared.ts';

/**
 * Cross-entropies, one number a sample (the binary one: an element), with Keras's conventions. From
 * probabilities they are clipped to [1e-7, 1 - 1e-7]; where the probabilities are themselves the result
 * of softmax or sigmoid, their logits are used instead, which is exact and cheaper.
 */

const EPSILON = 1e-7;

function clipped(probabilities: Node): Node {
  return build.minimum(build.maximum(probabilities, EPSILON), 1 - EPSILON);
}

/** The logits that `x` was computed from by `activation` (along `axis`, for softmax), if it was. */
function logitsOf(x: Node, activation: 'sigmoid' | 'softmax', axis?: number): Node | undefined {
  const matches = x.primitive.name === activation && x.attributes.axis === axis;
  return matches ? x.inputs[0] : undefined;
}

const binaryGradient: CustomGradientRule = (dy, [target, logits]) => [
  build.neg(build.mul(dy, logits)),
  build.mul(dy, build.sub(build.sigmoid(logits), target)),
];

/** max(x, 0) - x * target + log(1 + e^-|x|), with the gradient sigmoid(x) - target, also at x = 0. */
function binaryFromLogits(target: Node, logits: Node): Node {
  const value = build.add(
    build.sub(build.relu(logits), build.mul(logits, target)),
    build.softplus(build.neg(build.abs(logits))),
  );
  return build.customGradient(value, [target, logits], binaryGradient);
}

function expectSameShape(operation: string, target: Node, output: Node): void {
  if (!sameShape(target.shape, output.shape)) {
    fail(
      operation,
      `targets are ${formatShape(target.shape)} and predictions ${formatShape(output.shape)}; expected one shape`,
    );
  }
}

/**
 * -target * log(output) - (1 - target) * log(1 - output), element by element, of probabilities or, with
 * `fromLogits`, of logits. Targets and output have one shape.
 */
export function binaryCrossentropy(target: Operand, output: Operand, fromLogits = false): Node {
  const [labels, node] = floatsOf(target, output);
  expectSameShape('binaryCrossentropy', labels, node);
  const logits = fromLogits ? node : logitsOf(node, 'sigmoid');
  if (logits) return binaryFromLogits(labels, logits);
  const p = clipped(node);
  const positive = build.mul(labels, build.log(p));
  const negative = build.mul(build.sub(1, labels), build.log(build.sub(1, p)));
  return build.neg(build.add(positive, negative));
}

/** Log-probabilities along an axis; probabilities that do not sum to 1 are divided by their sum. */
function logProbabilities(output: Node, fromLogits: boolean, axis: number): Node {
  const logits = fromLogits ? output : logitsOf(output, 'softmax', axis);
  if (logits) return build.logSoftmax(logits, axis);
  return build.log(clipped(build.div(output, build.sum(output, axis, true))));
}

/**
 * -sum(target * log(output)) along `axis`, of probabilities or, with `fromLogits`, of logits. Targets
 * are distributions (one-hot vectors, for example) of the shape of the output; the result lacks `axis`.
 */
export function categoricalCrossentropy(
  target: Operand,
  output: Operand,
  fromLogits = false,
  axis = -1,
): Node {
  const [labels, node] = floatsOf(target, output);
  expectSameShape('categoricalCrossentropy', labels, node);
  const at = normalizeAxis('categoricalCrossentropy', axis, node.shape.length);
  return build.neg(build.sum(build.mul(labels, logProbabilities(node, fromLogits, at)), at));
}

/**
 * -log(output at the target class), of probabilities or, with `fromLogits`, of logits. Targets are class
 * numbers of the shape of the output without `axis` (or with size 1 there); a number outside the
 * classes gives 0.
 */
export function sparseCategoricalCrossentropy(
  target: Operand,
  output: Operand,
  fromLogits = false,
  axis = -1,
): Node {
  const operation = 'sparseCategoricalCrossentropy';
  const node = floatOf(output);
  const at = normalizeAxis(operation, axis, node.shape.length);
  const labels = build.cast(build.toNode(target, 'int32'), 'int32');
  const kept = node.shape.map((d, i) => (i === at ? 1 : d));
  const reduced = node.shape.filter((_, i) => i !== at);
  if (!sameShape(labels.shape, reduced) && !sameShape(labels.shape, kept)) {
    fail(
      operation,
      `targets are ${formatShape(labels.shape)} and predictions ${formatShape(node.shape)}; expected targets ${formatShape(reduced)} of class numbers; use categoricalCrossentropy for one-hot targets`,
    );
  }
  const classes = build.iota(
    node.shape.map((d, i) => (i === at ? d : 1)),
    at,
  );
  const hit = build.equal(build.reshape(labels, kept), classes);
  const logs = logProbabilities(node, fromLogits, at);
  return build.neg(build.sum(build.select(hit, logs, 0), at));
}
