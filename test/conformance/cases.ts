import type { PrimitiveName } from '../../src/ops/primitives/index.ts';
import type { Cases } from './cases/case.ts';
import { contractionCases } from './cases/contraction.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { indexingCases } from './cases/indexing.ts';
import { loopCases } from './cases/loop.ts';
import { poolingCases } from './cases/pooling.ts';
import { reductionCases } from './cases/reduction.ts';
import { shapingCases } from './cases/shaping.ts';
import { sourceCases } from './cases/source.ts';

export type { Case } from './cases/case.ts';

/**
 * Representative uses of every primitive, from which the tests of all engines are generated. Random
 * inputs avoid the neighbourhood of jumps, where rounding alone decides the result; edges are listed as
 * values of their own.
 */
export const cases: Cases<PrimitiveName> = {
  ...sourceCases,
  ...elementwiseCases,
  ...reductionCases,
  ...contractionCases,
  ...poolingCases,
  ...shapingCases,
  ...indexingCases,
  ...loopCases,
};
