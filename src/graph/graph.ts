import type { Node } from './node.ts';

/**
 * A closed computation: the placeholders it reads, in the order in which values are passed, and the
 * nodes whose values it returns. `state` pairs the position of an input with the position of the output
 * that replaces it: the caller gives that input up, so an engine may reuse its memory.
 */
export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly state: readonly (readonly [input: number, output: number])[];
}

/** All nodes that `roots` depend on, each after its inputs. */
export function topologicalOrder(roots: readonly Node[]): Node[] {
  const seen = new Set<Node>();
  const stack = [...roots];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) if (!seen.has(input)) stack.push(input);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
