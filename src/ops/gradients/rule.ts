import type { Node } from '../../graph/node.ts';
import type { AttributesOf, PrimitiveName } from '../primitives/index.ts';

/**
 * From the gradient `dy` of a node to the gradients of its inputs, one each and of their shapes;
 * undefined stands for zero. Rules build graphs of primitives, so they can be differentiated again.
 */
export type GradientRule<P extends PrimitiveName> = (
  dy: Node,
  inputs: readonly Node[],
  out: Node,
  attributes: AttributesOf<P>,
) => readonly (Node | undefined)[];

export type GradientRules<P extends PrimitiveName> = { readonly [K in P]: GradientRule<K> };

/** The rule of what has no gradient: integers, booleans, steps, sources. */
export const none = (): readonly undefined[] => [];
