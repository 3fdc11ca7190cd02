import type { Node, Primitive } from '../../graph/node.ts';
import { contractions } from './contraction.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { loops } from './loop.ts';
import { pooling } from './pooling.ts';
import { reductions } from './reduction.ts';
import { shaping } from './shaping.ts';
import { sources } from './source.ts';

/**
 * The table of primitives. Every rule table of the house (gradients, kernels, lowering) is a mapped type
 * over its names, so the type checker lists what a new primitive still lacks.
 */
export const primitives = {
  ...sources,
  ...elementwise,
  ...reductions,
  ...contractions,
  ...pooling,
  ...shaping,
  ...indexing,
  ...loops,
};

export type PrimitiveName = keyof typeof primitives;

export type AttributesOf<P extends PrimitiveName> =
  (typeof primitives)[P] extends Primitive<infer A> ? A : never;

/** A node whose attributes are known to be those of primitive `P`. */
export type NodeOf<P extends PrimitiveName> = Omit<Node, 'attributes'> & {
  readonly attributes: AttributesOf<P>;
};

export function nameOf(node: Node): PrimitiveName {
  return node.primitive.name as PrimitiveName;
}
