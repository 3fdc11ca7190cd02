import type { AttributesOf, NodeOf, PrimitiveName } from '../../../ops/primitives/index.ts';
import type { Builder, Value } from '../builder.ts';

/**
 * How one primitive becomes ONNX operators. Each family of primitives has a file of lowerings; the table
 * in `index.ts` holds them all.
 */
export type Lowering<P extends PrimitiveName> = (
  b: Builder,
  inputs: readonly Value[],
  attributes: AttributesOf<P>,
  node: NodeOf<P>,
) => Value;

export type LoweringTable = { readonly [P in PrimitiveName]: Lowering<P> };

export type LoweringsOf<P extends PrimitiveName> = { readonly [K in P]: Lowering<K> };
