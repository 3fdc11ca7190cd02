import type { Graph } from '../graph/graph.ts';
import { bind, type Node } from '../graph/node.ts';
import { verifyGraph } from '../graph/verify.ts';
import { type AttributesOf, nameOf } from '../ops/primitives/index.ts';
import { overSteps } from './loops.ts';
import { poolingRule } from './pooling.ts';
import { type RewriteRule, rewriteGraph } from './rewrite.ts';
import { simplifyRule } from './simplify.ts';
import { joinSlices } from './slices.ts';
import { transposeRule } from './transposes.ts';

/** Rules make room for one another; more rounds than this find nothing in practice. */
const ROUNDS = 8;

const rule: RewriteRule = (node) =>
  nameOf(node) === 'scan' ? loopRule(node) : poolingRule(transposeRule(simplifyRule(node)));

/** The step of a loop is a graph like any other. */
const optimizeStep = overSteps(optimizeGraph);

function loopRule(node: Node): Node {
  const { body, ...attributes } = node.attributes as AttributesOf<'scan'>;
  const optimized = optimizeStep(body);
  if (optimized === body) return node;
  return bind(node.primitive, node.inputs, { ...attributes, body: optimized });
}

/** Applies the rules until nothing changes. Equal nodes are the same, so that is seen at once. */
function settle(graph: Graph): Graph {
  let current = graph;
  for (let round = 0; round < ROUNDS; round++) {
    const next = rewriteGraph(current, rule);
    if (next.outputs.every((node, i) => node === current.outputs[i])) return next;
    current = next;
  }
  return current;
}

/**
 * The passes every engine profits from, in order; the graph is checked before and after. Equal
 * expressions are shared by construction (`bind`), and what no output needs is simply not reached.
 */
export function optimizeGraph(graph: Graph): Graph {
  verifyGraph(graph);
  const optimized = settle(joinSlices(settle(graph)));
  verifyGraph(optimized);
  return optimized;
}
