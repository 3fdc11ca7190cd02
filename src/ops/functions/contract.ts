import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { formatDim, multiplyDims, type Shape } from '../../graph/shape.ts';
import * as build from '../build.ts';

/**
 * Sums of products over named axes, the common ground of einsum, tensordot, inner and outer products. An
 * operand is a node with one label an axis, no label twice. Labels of both operands that are still
 * needed become the leading axes of a matrix product, labels that are not needed its inner axis; without
 * an inner axis the product is element-wise.
 */

export interface Labelled {
  readonly node: Node;
  readonly labels: readonly string[];
}

const product = (shape: Shape, operation: string): number =>
  shape.reduce((a, d) => multiplyDims(operation, a, d), 1);

/** The axes of `x` in the order of `labels`; a label that x lacks becomes an axis of size 1. */
export function arrange(x: Labelled, labels: readonly string[]): Node {
  const present = labels.filter((l) => x.labels.includes(l));
  const moved = build.transpose(
    x.node,
    present.map((l) => x.labels.indexOf(l)),
  );
  return build.reshape(
    moved,
    labels.map((l) => (x.labels.includes(l) ? x.node.shape[x.labels.indexOf(l)] : 1)),
  );
}

/** `x` summed over the labels that `keep` does not accept. */
export function sumOut(x: Labelled, keep: (label: string) => boolean): Labelled {
  const axes = x.labels.map((_, i) => i).filter((i) => !keep(x.labels[i]));
  return axes.length === 0 ? x : { node: build.sum(x.node, axes), labels: x.labels.filter(keep) };
}

/** The matrix [...batch, rows, columns] of an operand, turned round by an attribute where that saves a transpose. */
function matrix(
  operation: string,
  x: Labelled,
  batch: readonly string[],
  rows: readonly string[],
  columns: readonly string[],
): { node: Node; turned: boolean } {
  const size = (labels: readonly string[]) =>
    product(
      labels.map((l) => x.node.shape[x.labels.indexOf(l)]),
      operation,
    );
  const sizes = batch.map((l) => x.node.shape[x.labels.indexOf(l)]);
  const inOrder = (labels: readonly string[]) => labels.every((l, i) => l === x.labels[i]);
  if (!inOrder([...batch, ...rows, ...columns]) && inOrder([...batch, ...columns, ...rows])) {
    return { node: build.reshape(x.node, [...sizes, size(columns), size(rows)]), turned: true };
  }
  const arranged = arrange(x, [...batch, ...rows, ...columns]);
  return { node: build.reshape(arranged, [...sizes, size(rows), size(columns)]), turned: false };
}

/** The sum of products of two operands over every shared label that `needed` does not accept. */
export function contract(
  operation: string,
  first: Labelled,
  second: Labelled,
  needed: (label: string) => boolean,
): Labelled {
  const a = sumOut(first, (l) => needed(l) || second.labels.includes(l));
  const b = sumOut(second, (l) => needed(l) || first.labels.includes(l));
  const shared = a.labels.filter((l) => b.labels.includes(l));
  for (const label of shared) {
    const [left, right] = [a, b].map((x) => x.node.shape[x.labels.indexOf(label)]);
    if (left !== right) {
      fail(
        operation,
        `an axis of ${formatDim(left)} elements meets one of ${formatDim(right)}; axes that are summed or matched must have one size`,
      );
    }
  }
  const inner = shared.filter((l) => !needed(l));
  const batch = shared.filter(needed);
  const rows = a.labels.filter((l) => !shared.includes(l));
  const columns = b.labels.filter((l) => !shared.includes(l));
  const labels = [...batch, ...rows, ...columns];
  if (inner.length === 0) {
    return { node: build.mul(arrange(a, labels), arrange(b, labels)), labels };
  }
  const left = matrix(operation, a, batch, rows, inner);
  const right = matrix(operation, b, batch, inner, columns);
  const node = build.matMul(left.node, right.node, {
    transposeA: left.turned,
    transposeB: right.turned,
  });
  const sizes = [
    ...batch.map((l) => a.node.shape[a.labels.indexOf(l)]),
    ...rows.map((l) => a.node.shape[a.labels.indexOf(l)]),
    ...columns.map((l) => b.node.shape[b.labels.indexOf(l)]),
  ];
  return { node: build.reshape(node, sizes), labels };
}
