import { compileSync } from '../engines/js/engine.ts';
import type { TypedArray } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { Node } from '../graph/node.ts';
import { nameOf } from '../ops/primitives/index.ts';

/** Elements of a value that is computed ahead. */
const LARGEST = 1 << 22;

const constants = new WeakMap<Node, boolean>();

/** Whether a node depends on constants only, not even on the size of the batch. */
function isConstant(node: Node): boolean {
  let known = constants.get(node);
  if (known === undefined) {
    known =
      nameOf(node) !== 'input' && node.shape.every((d) => d >= 0) && node.inputs.every(isConstant);
    constants.set(node, known);
  }
  return known;
}

/** The value of a node that depends on constants only. */
export function constantValue(node: Node): NDArray | undefined {
  if (nameOf(node) === 'constant') {
    const { shape, dtype } = node;
    return { data: node.attributes.data as TypedArray, shape, dtype };
  }
  if (node.shape.reduce((n, d) => n * d, 1) > LARGEST) return undefined;
  if (!isConstant(node)) return undefined;
  const executable = compileSync({ inputs: [], outputs: [node], state: [] });
  const [{ data, shape, dtype }] = executable.runSync([]);
  return data && { data, shape, dtype };
}
