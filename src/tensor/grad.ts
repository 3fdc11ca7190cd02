import { gradients } from '../autodiff/grad.ts';
import { substitute } from '../compiler/rewrite.ts';
import { fail } from '../graph/errors.ts';
import type { Node } from '../graph/node.ts';
import { formatShape } from '../graph/shape.ts';
import * as b from '../ops/build.ts';
import { isTensor, Tensor } from './tensor.ts';
import { traced } from './trace.ts';
import { mapTree } from './tree.ts';
import type { Variable } from './variable.ts';

/**
 * Differentiation of functions on tensors. Everything here is lazy and builds graphs, so it may be used
 * eagerly, inside `jit`, and inside itself for higher derivatives.
 */

/** The same value as a new node, so that only what the function does with it is differentiated. */
const mark = (x: Node): Node => b.customGradient(x, [x], (dy) => [dy]);

function scalarNode(context: string, value: unknown): Node {
  if (!isTensor(value)) {
    fail(
      context,
      `the function returned ${typeof value}; expected a scalar tensor, such as a mean loss`,
    );
  }
  if (value.node.shape.length > 0) {
    fail(
      context,
      `the function returned ${formatShape(value.node.shape)}; expected a scalar; reduce it, for example with mean()`,
    );
  }
  return value.origin;
}

/**
 * For a function whose result is a scalar tensor, a function that returns the value and the gradient
 * with respect to the first argument: one tensor for a tensor, the same tree for a tree of tensors.
 */
export function valueAndGrad<A extends [any, ...any[]]>(
  fn: (...args: A) => Tensor,
): (...args: A) => { value: Tensor; grad: A[0] } {
  return (...args) => {
    const marked: Node[] = [];
    const first = mapTree(args[0], isTensor, (t) => {
      const node = mark(t.node);
      marked.push(node);
      return new Tensor(node);
    });
    const value = fn(...([first, ...args.slice(1)] as A));
    const found = gradients([scalarNode('grad', value)], marked);
    let i = 0;
    const grad = mapTree(args[0], isTensor, () => {
      const x = marked[i];
      return new Tensor(found[i++] ?? b.filled(x.shape, 0, x.dtype));
    });
    return { value, grad: grad as A[0] };
  };
}

/** The gradient of a scalar function with respect to its first argument. */
export function grad<A extends [any, ...any[]]>(fn: (...args: A) => Tensor): (...args: A) => A[0] {
  const both = valueAndGrad(fn);
  return (...args) => both(...args).grad;
}

/**
 * The value of a scalar function and its gradients with respect to variables that it reads; zeros for a
 * variable that it does not read. What the function assigns stays assigned.
 */
export function variableGradients(
  fn: () => Tensor,
  variables: readonly Variable[],
): { value: Tensor; grads: Tensor[] } {
  const { trace, result } = traced(fn);
  const loss = scalarNode('gradients', result);
  const places = variables.map((v) => trace.read.get(v));
  const xs = places.filter((p): p is Node => p !== undefined);
  const found = gradients([loss], xs);
  // The placeholders of the inner trace become the variables' values outside of it.
  const outside = new Map<Node, Node>();
  for (const [cell, node] of trace.read) outside.set(node, (cell as Variable).value.node);
  const zero = (v: Variable) => b.filled(v.shape, 0, v.dtype);
  let k = 0;
  const grads = variables.map((v, i) => (places[i] ? (found[k++] ?? zero(v)) : zero(v)));
  const written = [...trace.written];
  const moved = substitute([loss, ...grads, ...written.map(([, node]) => node)], outside);
  const values = moved.map((node) => new Tensor(node));
  written.forEach(([cell], i) => {
    (cell as Variable).assign(values[1 + grads.length + i]);
  });
  return { value: values[0], grads: values.slice(1, 1 + grads.length) };
}

/** The value, as a constant to differentiation. */
export function stopGradient(x: Tensor): Tensor {
  return new Tensor(b.stopGradient(x.node));
}

/**
 * A function with a gradient of its own. `fn` computes the value and a rule that turns the gradient of
 * the value into the gradients of the arguments.
 */
export function customGradient(
  fn: (...args: Tensor[]) => { value: Tensor; gradient: (dy: Tensor) => Tensor | Tensor[] },
): (...args: Tensor[]) => Tensor {
  return (...args) => {
    const { value, gradient } = fn(...args);
    const rule = (dy: Node) => {
      const result = gradient(new Tensor(dy));
      const list = Array.isArray(result) ? result : [result];
      if (list.length !== args.length) {
        fail(
          'customGradient',
          `the rule returned ${list.length} gradients for ${args.length} arguments; return one each`,
        );
      }
      return list.map((t) => t.node);
    };
    return new Tensor(
      b.customGradient(
        value.node,
        args.map((a) => a.node),
        rule,
      ),
    );
  };
}

/**
 * A function whose intermediate values are not kept for the gradient but computed again from the
 * arguments (Chen et al. 2016, "Training deep nets with sublinear memory cost").
 */
export function checkpoint(fn: (...args: Tensor[]) => Tensor): (...args: Tensor[]) => Tensor {
  return (...args) => {
    const value = fn(...args);
    const rule = (dy: Node, inputs: readonly Node[]) => {
      const again = inputs.map((x) => b.barrier(b.stopGradient(x)));
      const repeated = fn(...again.map((x) => new Tensor(x)));
      return gradients([repeated.node], again, [dy]);
    };
    return new Tensor(
      b.customGradient(
        value.node,
        args.map((a) => a.node),
        rule,
      ),
    );
  };
}

/**
 * The gradients of a scalar with respect to tensors that it was computed from; zeros where it does not
 * depend on one. For variables pass their values as the computation read them: `v.value`. In a loop that
 * evaluates each tensor before it computes the next, what lies more than some thirty evaluations back is
 * a constant; differentiate such loops as functions, with `grad`.
 */
export function gradientsOf(y: Tensor, xs: readonly Tensor[]): Tensor[] {
  const places = xs.map((x) => [...new Set([x.node, x.origin])]);
  const found = gradients([scalarNode('gradients', y)], places.flat());
  let i = 0;
  return places.map((nodes) => {
    const { shape, dtype } = nodes[0];
    const [first, ...others] = nodes.flatMap(() => found[i++] ?? []);
    return new Tensor(others.reduce((sum, g) => b.add(sum, g), first ?? b.filled(shape, 0, dtype)));
  });
}
