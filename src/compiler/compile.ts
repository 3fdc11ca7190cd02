import type { Graph } from '../graph/graph.ts';
import { verifyGraph } from '../graph/verify.ts';
import { rewriteGraph } from './rewrite.ts';
import { simplifyRule } from './simplify.ts';
import { joinSlices } from './slices.ts';

/**
 * The passes every engine profits from, in order; the graph is checked before and after. Equal
 * expressions are shared by construction (`bind`), and what no output needs is simply not reached.
 */
export function optimizeGraph(graph: Graph): Graph {
  verifyGraph(graph);
  const simplified = joinSlices(rewriteGraph(graph, simplifyRule));
  verifyGraph(simplified);
  return simplified;
}
