import type { PrimitiveName } from '../../../ops/primitives/index.ts';
import { axisKernels } from './axis.ts';
import { binaryKernels } from './binary.ts';
import { convKernels } from './conv.ts';
import { indexingKernels } from './indexing.ts';
import type { Rule } from './kernel.ts';
import { matMulKernel } from './matmul.ts';
import { poolKernels } from './pool.ts';
import { reductionKernels } from './reduction.ts';
import { selectKernel } from './select.ts';
import { shapingKernels } from './shaping.ts';
import { sourceKernels } from './source.ts';
import { unaryKernels } from './unary.ts';

/** How the js engine runs each primitive; the type checker lists what is missing. */
export const rules: { readonly [P in PrimitiveName]: Rule<P> } = {
  input: 'given',
  constant: 'given',
  reshape: 'view',
  stopGradient: 'view',
  customGradient: 'view',
  barrier: 'view',
  scan: 'loop',
  ...sourceKernels,
  ...unaryKernels,
  ...binaryKernels,
  select: selectKernel,
  ...reductionKernels,
  ...axisKernels,
  matMul: matMulKernel,
  ...convKernels,
  ...poolKernels,
  ...shapingKernels,
  ...indexingKernels,
};
