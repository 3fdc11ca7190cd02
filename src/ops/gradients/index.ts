import type { PrimitiveName } from '../primitives/index.ts';
import { indexingGradients, shapingGradients, sourceGradients } from './arrangement.ts';
import { contractionGradients, poolingGradients } from './contraction.ts';
import { elementwiseGradients } from './elementwise.ts';
import { reductionGradients } from './reduction.ts';
import { type GradientRules, none } from './rule.ts';

/** The gradient of every primitive. */
export const gradientRules: GradientRules<PrimitiveName> = {
  ...sourceGradients,
  ...elementwiseGradients,
  ...reductionGradients,
  ...contractionGradients,
  ...poolingGradients,
  ...shapingGradients,
  ...indexingGradients,
  // The values of a loop are differentiated together: see autodiff/loop.ts.
  scan: none,
};
