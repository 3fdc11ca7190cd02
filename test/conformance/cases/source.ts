import type { sources } from '../../../src/ops/primitives/source.ts';
import { given, spread } from '../values.ts';
import { ALL, arranged, type Cases, LARGEST, NUMBERS, over, SMALLEST } from './case.ts';

export const sourceCases: Cases<keyof typeof sources> = {
  // A placeholder and a constant are seen as results by the identity below and in every other case.
  input: [],
  constant: over(ALL, (dtype) => [
    { inputs: [], attributes: { ...spread([2, 3], dtype) } },
    { inputs: [], attributes: { ...spread([], dtype) } },
    { inputs: [], attributes: { ...spread([0, 2], dtype) } },
  ]),
  iota: over(NUMBERS, (dtype) => [
    { inputs: [], attributes: { shape: [5], axis: 0, dtype } },
    { inputs: [], attributes: { shape: [2, 3, 4], axis: 1, dtype } },
    { inputs: [], attributes: { shape: [2, 3], axis: 1, dtype } },
    { inputs: [], attributes: { shape: [3, 0], axis: 0, dtype } },
  ]),
  dimension: [
    { inputs: [spread([3, 5], 'float32')], attributes: { axis: 0 } },
    { inputs: [spread([3, 5], 'bool')], attributes: { axis: 1 } },
  ],
  randomUniform: [
    { inputs: [given([0, 0], 'int32')], attributes: { shape: [17] } },
    { inputs: [given([12345, -7], 'int32')], attributes: { shape: [4, 9] } },
    { inputs: [given([LARGEST, SMALLEST], 'int32')], attributes: { shape: [] } },
  ],
  stopGradient: arranged([{ shape: [2, 3], attributes: {} }]),
  customGradient: arranged([{ shape: [2, 3], attributes: { rule: () => [] } }]),
  barrier: arranged([
    { shape: [2, 3], attributes: {} },
    { shape: [], attributes: {} },
  ]),
};
