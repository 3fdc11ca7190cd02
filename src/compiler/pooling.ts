import type { Node } from '../graph/node.ts';
import * as b from '../ops/build.ts';
import { type AttributesOf, nameOf, type PrimitiveName } from '../ops/primitives/index.ts';
import type { RewriteRule } from './rewrite.ts';

/**
 * The gradient of max pooling sends every element of dy to one place of an image several times as large.
 * What only masks or sums the image can be done to dy instead: the relu before the pooling, whose mask at
 * the place of the largest is a mask of the largest itself, and the bias before the relu.
 */

const is = (node: Node, name: PrimitiveName): boolean => nameOf(node) === name;

const isZero = (node: Node): boolean =>
  is(node, 'constant') &&
  node.attributes.data instanceof Float32Array &&
  node.attributes.data.length === 1 &&
  node.attributes.data[0] === 0;

const permutationOf = (node: Node): readonly number[] =>
  (node.attributes as AttributesOf<'transpose'>).permutation;

/** Whether two transposes undo each other. */
function undo(outer: readonly number[], inner: readonly number[]): boolean {
  return outer.every((p, i) => inner[p] === i);
}

/** `h > 0 ? gradient of pooling h : 0`, transposed or not. */
function maskBeforePooling(node: Node): Node | undefined {
  const [condition, gradient, other] = node.inputs;
  if (!is(condition, 'greater') || !isZero(other) || !isZero(condition.inputs[1])) return undefined;
  const [h] = condition.inputs;
  const turned = is(gradient, 'transpose');
  const pooled = turned ? gradient.inputs[0] : gradient;
  if (!is(pooled, 'maxPoolGrad')) return undefined;
  const [x, y, dy] = pooled.inputs;
  const same = turned
    ? is(x, 'transpose') && x.inputs[0] === h && undo(permutationOf(gradient), permutationOf(x))
    : x === h;
  if (!same) return undefined;
  const masked = b.select(b.greater(y, 0), dy, 0);
  const result = b.maxPoolGrad(x, y, masked, pooled.attributes as AttributesOf<'maxPoolGrad'>);
  return turned ? b.transpose(result, permutationOf(gradient)) : result;
}

/** A sum over all places of an image, through transposes and pooling gradients. */
function sumBeforePooling(node: Node): Node | undefined {
  const [x] = node.inputs;
  const { axes, keepDims } = node.attributes as AttributesOf<'sum'>;
  if (is(x, 'transpose') && !keepDims) {
    const permutation = permutationOf(x);
    const kept = permutation.filter((_, i) => !axes.includes(i));
    if (kept.some((p, i) => i > 0 && p < kept[i - 1])) return undefined;
    return b.sum(
      x.inputs[0],
      axes.map((axis) => permutation[axis]),
    );
  }
  const places = x.shape.length - 2;
  const allPlaces = axes.filter((axis) => axis >= 2).length === places;
  if (is(x, 'maxPoolGrad') && allPlaces) return b.sum(x.inputs[2], axes, keepDims);
  return undefined;
}

export const poolingRule: RewriteRule = (node) => {
  if (is(node, 'select')) return maskBeforePooling(node) ?? node;
  let current = node;
  while (is(current, 'sum')) {
    const next = sumBeforePooling(current);
    if (!next) return current;
    current = next;
  }
  return current;
};
