import { bind, type Node } from '../graph/node.ts';
import * as b from '../ops/build.ts';
import { elementwise } from '../ops/primitives/elementwise.ts';
import { type AttributesOf, nameOf, type PrimitiveName } from '../ops/primitives/index.ts';
import type { RewriteRule } from './rewrite.ts';

/**
 * Models keep channels last, kernels want them first, so a convolution is a transpose, a channels-first
 * convolution and a transpose back. Here transposes move towards the results, past everything that does
 * not care about the order of axes, until two of them meet and cancel: between the layers of a
 * convolutional network, and in its gradient, none is left.
 */

interface Moved {
  /** The value before the transpose. */
  readonly value: Node;
  readonly permutation: readonly number[];
}

function moved(node: Node): Moved | undefined {
  if (nameOf(node) !== 'transpose') return undefined;
  return {
    value: node.inputs[0],
    permutation: node.attributes.permutation as readonly number[],
  };
}

const inverse = (permutation: readonly number[]): number[] =>
  permutation.map((_, i) => permutation.indexOf(i));

const sizeOf = (shape: readonly number[]): number => Math.abs(shape.reduce((p, d) => p * d, 1));

/** A small operand with its axes in the order they have before the transpose. */
function withAxesBack(operand: Node, permutation: readonly number[]): Node {
  if (operand.shape.length === 0) return operand;
  const missing = permutation.length - operand.shape.length;
  const full = b.reshape(operand, [...new Array<number>(missing).fill(1), ...operand.shape]);
  return b.transpose(full, inverse(permutation));
}

/** Element by element: all large operands must be transposed alike; small ones follow. */
function pastElements(node: Node): Node | undefined {
  const first = node.inputs
    .map(moved)
    .find((m) => m !== undefined && m.permutation.length === node.shape.length);
  if (!first) return undefined;
  const key = String(first.permutation);
  const inputs: Node[] = [];
  for (const input of node.inputs) {
    const own = moved(input);
    if (own && String(own.permutation) === key) inputs.push(own.value);
    else if (sizeOf(input.shape) < sizeOf(node.shape)) {
      inputs.push(withAxesBack(input, first.permutation));
    } else return undefined;
  }
  return b.transpose(bind(node.primitive, inputs, node.attributes), first.permutation);
}

/** Reductions take the axes where they were; what is left of the order is put right on the small result. */
function pastReduction(node: Node): Node | undefined {
  const own = moved(node.inputs[0]);
  if (!own) return undefined;
  const { axes, keepDims } = node.attributes as AttributesOf<'sum'>;
  const before = axes.map((a) => own.permutation[a]).sort((x, y) => x - y);
  const reduced = bind(node.primitive, [own.value], { axes: before, keepDims });
  if (keepDims) return b.transpose(reduced, own.permutation);
  const kept = own.permutation.filter((_, i) => !axes.includes(i));
  const order = [...kept].sort((x, y) => x - y);
  return b.transpose(
    reduced,
    kept.map((axis) => order.indexOf(axis)),
  );
}

/** What works along one axis. */
function pastAxis(node: Node): Node | undefined {
  const own = moved(node.inputs[0]);
  if (!own) return undefined;
  const axis = own.permutation[node.attributes.axis as number];
  return b.transpose(
    bind(node.primitive, [own.value], { ...node.attributes, axis }),
    own.permutation,
  );
}

/** Attributes with one number an axis go back to the order before the transpose. */
const pastPerAxis =
  (...names: readonly string[]) =>
  (node: Node): Node | undefined => {
    const own = moved(node.inputs[0]);
    if (!own) return undefined;
    const back = inverse(own.permutation);
    const attributes: Record<string, any> = { ...node.attributes };
    for (const name of names) attributes[name] = back.map((i) => attributes[name][i]);
    return b.transpose(bind(node.primitive, [own.value], attributes), own.permutation);
  };

function pastConcatenate(node: Node): Node | undefined {
  const all = node.inputs.map(moved);
  const [first] = all;
  if (!first || all.some((m) => String(m?.permutation) !== String(first.permutation)))
    return undefined;
  const axis = first.permutation[node.attributes.axis as number];
  return b.transpose(
    bind(
      node.primitive,
      all.map((m) => m!.value),
      { axis },
    ),
    first.permutation,
  );
}

type Rule = (node: Node) => Node | undefined;

const rules: { [P in PrimitiveName]?: Rule } = {
  ...Object.fromEntries(Object.keys(elementwise).map((name) => [name, pastElements])),
  sum: pastReduction,
  prod: pastReduction,
  max: pastReduction,
  min: pastReduction,
  softmax: pastAxis,
  logSoftmax: pastAxis,
  cumSum: pastAxis,
  pad: pastPerAxis('low', 'high', 'interior'),
  slice: pastPerAxis('starts', 'limits', 'strides'),
  concatenate: pastConcatenate,
};

export const transposeRule: RewriteRule = (node) => rules[nameOf(node)]?.(node) ?? node;
