import type { Graph } from './graph.ts';
import { formatAttributes, type Node } from './node.ts';
import { formatShape } from './shape.ts';

/**
 * Each node after its inputs, in the order in which the outputs ask for them: unlike the order of ids it
 * does not depend on which nodes existed before.
 */
function executionOrder(outputs: readonly Node[]): Node[] {
  const done = new Set<Node>();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const waiting = done.has(node) ? [] : node.inputs.filter((i) => !done.has(i));
    if (waiting.length > 0) {
      stack.push(...waiting.reverse());
    } else {
      done.add(node);
      stack.pop();
    }
  }
  return [...done];
}

/**
 * A graph as text, one line a node, numbered from the first placeholder; the form in which the compiler
 * is tested:
 *
 * ```text
 * %0 = input : float32 [100, 784]
 * %2 = matMul %0 %1 transposeA=false transposeB=false : float32 [100, 10]
 * return %2
 * ```
 */
export function printGraph(graph: Graph): string {
  const names = new Map<Node, string>();
  const lines: string[] = [];
  const order = executionOrder(graph.outputs);
  const inputs = new Set(graph.inputs);
  for (const node of [...graph.inputs, ...order.filter((n) => !inputs.has(n))]) {
    const name = `%${names.size}`;
    names.set(node, name);
    const parts = [node.primitive.name, ...node.inputs.map((i) => names.get(i) ?? '%?')];
    const attributes = node.primitive.unique ? '' : formatAttributes(node.attributes);
    if (attributes) parts.push(attributes);
    lines.push(`${name} = ${parts.join(' ')} : ${node.dtype} ${formatShape(node.shape)}`);
  }
  lines.push(`return ${graph.outputs.map((o) => names.get(o)).join(' ')}`.trimEnd());
  for (const [input, output] of graph.state) {
    lines.push(`state ${names.get(graph.inputs[input])} <- ${names.get(graph.outputs[output])}`);
  }
  return lines.join('\n');
}
