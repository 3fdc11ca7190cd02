import { fail } from '../graph/errors.ts';
import * as build from '../ops/build.ts';
import { arange, concatenate, flip, moveaxis, where } from '../ops/functions/index.ts';
import * as loop from '../ops/loop.ts';
import { isTensor, Tensor, tensor } from './tensor.ts';
import { leavesOf, mapTree } from './tree.ts';

/**
 * Loops and choices within a graph, under Keras's names. The function of a loop runs once, on tensors that
 * stand for those of any step; the number of steps is known when the graph is built. A choice that depends
 * on values computes both sides and keeps one.
 */

/** Tensors in arrays and plain objects; numbers among them become scalars. */
type Tree = any;

const isLeaf = (value: unknown): value is Tensor | number =>
  isTensor(value) || typeof value === 'number';

const asTensors = (tree: Tree): Tree =>
  mapTree(tree, isLeaf, (leaf) => (isTensor(leaf) ? leaf : tensor(leaf)));

const nodesOf = (tree: Tree) => leavesOf(tree, isTensor).map((t) => t.node);

/** The tree with the tensors of other nodes, in order. */
function withNodes(tree: Tree, nodes: readonly Tensor['node'][]): Tree {
  let next = 0;
  return mapTree(tree, isTensor, () => new Tensor(nodes[next++]));
}

export interface ScanOptions {
  /** The number of steps, where there are no `xs` to tell it. */
  readonly length?: number;
  /** Whether the last slice comes first; results stay in the order of the slices. */
  readonly reverse?: boolean;
}

/**
 * Goes through the first axis of `xs` with a state: `step` gets the state and a slice, and returns the next
 * state, of the same shapes, and a result. Returns the last state and the results stacked.
 */
export function scan<C, Y>(
  step: (carry: C, x: any) => readonly [carry: C, result: Y],
  init: C,
  xs?: Tree,
  { length, reverse = false }: ScanOptions = {},
): [carry: C, results: Y] {
  const start = asTensors(init);
  const given = asTensors(xs);
  const sequences = leavesOf(given, isTensor);
  const steps = sequences[0]?.shape[0] ?? length;
  if (steps === undefined || !Number.isInteger(steps) || steps < 1) {
    fail('scan', `the number of steps is ${steps}; pass xs [steps, ...], or length of 1 or more`);
  }
  if (sequences.some((s) => s.shape[0] !== steps)) {
    const lengths = sequences.map((s) => s.shape[0]).join(', ');
    fail('scan', `the sequences have ${lengths} steps; expected the same number of each`);
  }
  let outcome: readonly [C, Y] | undefined;
  const result = loop.scan(
    (carries, slices) => {
      const x = sequences.length > 0 ? withNodes(given, slices) : undefined;
      outcome = step(withNodes(start, carries), x);
      if (!Array.isArray(outcome) || outcome.length !== 2) {
        fail('scan', 'the function returned no pair; expected [state, result], undefined for none');
      }
      outcome = [asTensors(outcome[0]), asTensors(outcome[1])];
      const next = nodesOf(outcome[0]);
      const fits = next.every(
        (n, i) => n.dtype === carries[i]?.dtype && n.shape.join() === carries[i].shape.join(),
      );
      if (next.length !== carries.length || !fits) {
        const text = (list: readonly Tensor['node'][]) =>
          list.map((n) => `${n.dtype} [${n.shape.join(', ')}]`).join('; ');
        fail(
          'scan',
          `the state was ${text(carries)} and became ${text(next)}; expected the same shapes and dtypes`,
        );
      }
      return { carries: next, results: nodesOf(outcome[1]) };
    },
    {
      carries: nodesOf(start),
      sequences: sequences.length > 0 ? sequences.map((s) => s.node) : [arange(steps)],
      reverse,
    },
  );
  const [carry, y] = outcome!;
  return [withNodes(carry, result.carries), withNodes(y, result.results)];
}

/** Both trees, of the same structure, with the first's values where the condition holds. */
function choose<T>(operation: string, condition: Tensor, a: T, b: T): T {
  const [first, second] = [asTensors(a), asTensors(b)];
  const others = nodesOf(second);
  if (leavesOf(first, isTensor).length !== others.length) {
    fail(operation, 'the functions return different structures; expected the same of both');
  }
  let next = 0;
  return mapTree(
    first,
    isTensor,
    (t) => new Tensor(where(condition.node, t.node, others[next++])),
  ) as T;
}

/** What one of two functions returns, by a scalar condition. */
export function cond<T>(condition: Tensor | boolean, whenTrue: () => T, whenFalse: () => T): T {
  if (!isTensor(condition)) return asTensors(condition ? whenTrue() : whenFalse());
  return choose('cond', condition, whenTrue(), whenFalse());
}

/** What the function of a position (int32 scalar, kept within the list) returns for the operands. */
function switchCase<A extends readonly unknown[], T>(
  index: Tensor | number,
  branches: readonly ((...operands: A) => T)[],
  ...operands: A
): T {
  if (branches.length === 0) fail('switch', 'received no functions; expected one or more');
  if (typeof index === 'number') {
    const at = Math.min(Math.max(Math.trunc(index), 0), branches.length - 1);
    return asTensors(branches[at](...operands));
  }
  const results = branches.map((branch) => branch(...operands));
  // The last one remains where the position is that or beyond.
  return results
    .slice(0, -1)
    .map((value, i) => ({ value, i }))
    .reduceRight<T>(
      (rest, { value, i }) =>
        choose(
          'switch',
          index
            .sub(i + 0.5)
            .neg()
            .relu()
            .cast('bool'),
          value,
          rest,
        ),
      asTensors(results.at(-1)!),
    );
}

/** `state = body(i, state)` for the whole numbers from `lower` below `upper`. */
export function foriLoop<S>(
  lower: number,
  upper: number,
  body: (i: Tensor, state: S) => S,
  init: S,
): S {
  if (!(Number.isInteger(lower) && Number.isInteger(upper))) {
    fail('foriLoop', `received ${lower} and ${upper}; expected whole numbers`);
  }
  if (upper <= lower) return asTensors(init);
  const numbers = new Tensor(arange(lower, upper));
  return scan((state: S, i: Tensor) => [body(i, state), undefined], init, numbers)[0];
}

export interface WhileLoopOptions {
  /** The number of steps that the graph has; the state stays as it is once the condition fails. */
  readonly maximumIterations: number;
}

/**
 * `state = body(...state)` as long as `condition(...state)` holds, but no more often than
 * `maximumIterations`: a graph has a fixed number of steps, which are all computed.
 */
export function whileLoop<S extends readonly unknown[]>(
  condition: (...state: S) => Tensor,
  body: (...state: S) => S,
  init: S,
  options: WhileLoopOptions,
): S {
  const most = options?.maximumIterations;
  if (!(Number.isInteger(most) && most >= 0)) {
    fail(
      'whileLoop',
      `maximumIterations is ${most}; expected a whole number: a graph has a fixed number of steps`,
    );
  }
  const next = (_: Tensor, state: S): S =>
    choose('whileLoop', condition(...state), body(...state), state);
  return foriLoop(0, most, next, init);
}

/** A function of each slice along the first axis, results stacked. */
export function map<Y>(fn: (x: any) => Y, xs: Tree): Y {
  return scan((none: readonly [], x: any) => [none, fn(x)], [], xs)[1];
}

/**
 * The running results of an associative function along the first axis: `x0`, `fn(x0, x1)`,
 * `fn(fn(x0, x1), x2)`, and so on. They are computed one after the other.
 */
export function associativeScan<T>(
  fn: (a: T, b: T) => T,
  elements: T,
  { reverse = false, axis = 0 }: { readonly reverse?: boolean; readonly axis?: number } = {},
): T {
  const turned = mapTree(asTensors(elements), isTensor, (t) => {
    const front = moveaxis(t.node, axis, 0);
    return new Tensor(reverse ? flip(front, 0) : front);
  });
  const part = (from: number, to: number | null) =>
    mapTree(turned, isTensor, (t) => {
      const end = to ?? t.shape[0]!;
      return new Tensor(build.sliceAxis(t.node, 0, from, end));
    });
  const count = leavesOf(turned, isTensor)[0]?.shape[0];
  if (!count) fail('associativeScan', `the axis ${axis} has ${count} elements; expected 1 or more`);
  const first = part(0, 1);
  const rest =
    count === 1
      ? undefined
      : scan(
          (carry: T, x: T) => {
            const next = fn(carry, x);
            return [next, next];
          },
          mapTree(first, isTensor, (t) => t.reshape(t.shape.slice(1) as number[])) as T,
          part(1, null),
        )[1];
  const rests = nodesOf(rest);
  let next = 0;
  return mapTree(first, isTensor, (t) => {
    const all = rests.length > 0 ? concatenate([t.node, rests[next++]], 0) : t.node;
    return new Tensor(moveaxis(reverse ? flip(all, 0) : all, 0, axis));
  }) as T;
}

export { map as vectorizedMap, switchCase as switch };
