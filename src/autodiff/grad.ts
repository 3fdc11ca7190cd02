import { isFloat } from '../graph/dtype.ts';
import { fail } from '../graph/errors.ts';
import { topologicalOrder } from '../graph/graph.ts';
import type { Node } from '../graph/node.ts';
import { formatShape, sameShape } from '../graph/shape.ts';
import * as b from '../ops/build.ts';
import { gradientRules } from '../ops/gradients/index.ts';
import { nameOf } from '../ops/primitives/index.ts';
import { sameLoop } from '../ops/primitives/loop.ts';
import { loopGradients } from './loop.ts';

/**
 * Reverse-mode differentiation as a graph transformation (Linnainmaa 1970): from the results back to
 * their causes, each node hands its inputs their share of its gradient, and shares that meet are added.
 * What comes out is a graph of the same primitives, so gradients of gradients need nothing more.
 */

/**
 * The gradients of the sum of `ys` with respect to each of `xs`, as nodes of the shapes of `xs`;
 * undefined where no result depends on an x in a differentiable way. `dys` are the gradients of `ys`
 * themselves, ones by default.
 */
export function gradients(
  ys: readonly Node[],
  xs: readonly Node[],
  dys?: readonly Node[],
): (Node | undefined)[] {
  const order = topologicalOrder(ys);
  const active = new Set<Node>(xs);
  for (const node of order) {
    if (!active.has(node) && isFloat(node.dtype) && node.inputs.some((i) => active.has(i))) {
      active.add(node);
    }
  }
  const sums = new Map<Node, Node>();
  const accumulate = (node: Node, gradient: Node) => {
    const sum = sums.get(node);
    sums.set(node, sum ? b.add(sum, gradient) : gradient);
  };
  ys.forEach((y, i) => {
    if (!isFloat(y.dtype)) {
      fail('grad', `a result is ${y.dtype} ${formatShape(y.shape)}; only floats have gradients`);
    }
    accumulate(y, dys?.[i] ?? b.filled(y.shape, 1, y.dtype));
  });
  const loops = order.filter((n) => nameOf(n) === 'scan');
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i];
    if (!active.has(node) && nameOf(node) !== 'scan') continue;
    let shares: readonly (Node | undefined)[];
    if (nameOf(node) === 'scan') {
      // The values of a loop are differentiated together, once nothing that reads one is to come.
      const values = loops.filter((n) => sameLoop(n, node));
      if (values[0] !== node) continue;
      const dys = new Map<number, Node>();
      for (const value of values) {
        const dy = active.has(value) ? sums.get(value) : undefined;
        if (dy) dys.set(value.attributes.output as number, dy);
      }
      if (dys.size === 0) continue;
      shares = loopGradients(node, dys, (input) => active.has(input), gradients);
    } else {
      const dy = sums.get(node);
      if (dy === undefined) continue;
      const rule = gradientRules[nameOf(node)];
      shares = rule(dy, node.inputs, node, node.attributes as never);
    }
    shares.forEach((share, k) => {
      const input = node.inputs[k];
      if (share === undefined || !active.has(input)) return;
      if (!sameShape(share.shape, input.shape)) {
        fail(
          'grad',
          `the gradient rule of ${node.primitive.name} returned ${formatShape(share.shape)} for an input ${formatShape(input.shape)}; a gradient has the shape of its value`,
        );
      }
      accumulate(input, share);
    });
  }
  return xs.map((x) => sums.get(x));
}
