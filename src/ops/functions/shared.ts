import { isFloat } from '../../graph/dtype.ts';
import { fail } from '../../graph/errors.ts';
import type { Node } from '../../graph/node.ts';
import { normalizeAxes, type Shape } from '../../graph/shape.ts';
import type { Axes, Operand } from '../build.ts';
import * as build from '../build.ts';

/** What several families need and users do not: operands as nodes, guarded roots, axes out of the way. */

/** An operand as a node that counts: booleans become int32 0 and 1. */
export function numberOf(x: Operand): Node {
  const node = build.toNode(x);
  return node.dtype === 'bool' ? build.cast(node, 'int32') : node;
}

/** An operand as a floating-point node: integers and booleans become float32. */
export function floatOf(x: Operand): Node {
  const node = build.toNode(x);
  return isFloat(node.dtype) ? node : build.cast(node, 'float32');
}

/** Both operands as floating-point nodes of one dtype. */
export function floatsOf(a: Operand, b: Operand): [Node, Node] {
  const [x, y] = build.promote(a, b);
  return [floatOf(x), floatOf(y)];
}

export function boolOf(x: Operand): Node {
  return build.cast(build.toNode(x, typeof x === 'boolean' ? 'bool' : 'float32'), 'bool');
}

/** Numbers that one table may have. */
const TABLE_LIMIT = 1 << 23;

/**
 * Guards a table that is made while a graph is built, such as the weights of a resizing: a size in an
 * option, perhaps of a model from a file, must not claim all memory.
 */
export function expectTable(operation: string, entries: number): void {
  if (entries <= TABLE_LIMIT) return;
  fail(
    operation,
    `these sizes need a table of ${entries} numbers; expected at most ${TABLE_LIMIT}; choose smaller sizes`,
  );
}

/**
 * The square root whose gradient at 0 is 0 instead of infinite: the root is taken of 1 there and left
 * out, so that no infinity meets a zero on the way back.
 */
export function guardedSqrt(x: Node): Node {
  const zero = build.equal(x, 0);
  return build.select(zero, 0, build.sqrt(build.select(zero, 1, x)));
}

/** x to the power `exponent` of a node that is not negative, with gradient 0 at 0. */
export function guardedPower(x: Node, exponent: number): Node {
  const zero = build.equal(x, 0);
  return build.select(zero, 0, build.pow(build.select(zero, 1, x), exponent));
}

/** Every axis of size 1 that `axes` had, back in its place. */
export function keptShape(shape: Shape, axes: Axes, operation: string): Shape {
  const reduced = normalizeAxes(operation, axes, shape.length);
  return shape.map((d, i) => (reduced.includes(i) ? 1 : d));
}

/** All elements in one axis. */
export function flat(x: Node, operation: string): Node {
  return build.reshape(x, [build.sizeOf(x.shape, operation)]);
}

/** The permutation that moves `axes` behind all others. */
export function axesLast(rank: number, axes: readonly number[]): number[] {
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i));
  return [...others, ...axes];
}

export function inversePermutation(permutation: readonly number[]): number[] {
  const inverse = new Array<number>(permutation.length);
  for (const [i, p] of permutation.entries()) inverse[p] = i;
  return inverse;
}

/** The axes moved behind all others and joined into one: the form in which a function of one axis sees several. */
export function joinAxes(x: Node, axes: Axes, operation: string): Node {
  const joined = normalizeAxes(operation, axes, x.shape.length);
  const moved = build.transpose(x, axesLast(x.shape.length, joined));
  const kept = moved.shape.slice(0, x.shape.length - joined.length);
  const size = build.sizeOf(moved.shape.slice(kept.length), operation);
  return build.reshape(moved, [...kept, size]);
}

/** A size that has to be known when the graph is built. */
export function staticSize(operation: string, size: number, what: string): number {
  if (size < 0) {
    fail(
      operation,
      `${what} depends on the batch size; expected a fixed size; reshape or slice first`,
    );
  }
  return size;
}

export function expectInteger(operation: string, name: string, value: number, least = 0): number {
  if (!Number.isInteger(value) || value < least) {
    fail(operation, `${name} is ${value}; expected an integer of ${least} or more`);
  }
  return value;
}
