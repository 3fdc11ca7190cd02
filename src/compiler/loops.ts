import type { Graph } from '../graph/graph.ts';
import type { LoopBody } from '../ops/primitives/loop.ts';

type BodyOf = () => LoopBody;

/**
 * A pass over the steps of loops: the step of a loop with its graph rewritten. The values of one loop
 * are known by their common step, so the same step always becomes the same new one.
 */
export function overSteps(rewrite: (graph: Graph) => Graph): (bodyOf: BodyOf) => BodyOf {
  const known = new WeakMap<BodyOf, BodyOf>();
  return (bodyOf) => {
    let result = known.get(bodyOf);
    if (!result) {
      const body = bodyOf();
      const graph = rewrite(body.graph);
      const same = graph.outputs.every((node, i) => node === body.graph.outputs[i]);
      const rewritten = { ...body, graph };
      result = same ? bodyOf : () => rewritten;
      known.set(bodyOf, result);
      // What has been rewritten once is left as it is.
      known.set(result, result);
    }
    return result;
  };
}
