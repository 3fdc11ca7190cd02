import type { DType } from '../../../src/graph/dtype.ts';
import type { reductions } from '../../../src/ops/primitives/reduction.ts';
import { given, spread } from '../values.ts';
import { type Any, type Cases, FLOATS, inf, NUMBERS, nan, over } from './case.ts';

const AXES: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [[5], [0]],
  [[3, 4], [0]],
  [[3, 4], [1]],
  [
    [3, 4],
    [0, 1],
  ],
  [[2, 3, 9], [1]],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [2, 3, 2, 3],
    [1, 3],
  ],
  [
    [2, 3, 2, 3],
    [0, 2],
  ],
  [[1, 4, 1], [1]],
  [[3, 1], [1]],
  [[0, 4], [1]],
];

function reduced(extra: (dtype: DType) => readonly Any[]): Any[] {
  return over(NUMBERS, (dtype) => [
    ...AXES.flatMap(([shape, axes]) =>
      [false, true].map((keepDims) => ({
        inputs: [spread(shape, dtype, -3, 3)],
        attributes: { axes, keepDims },
      })),
    ),
    ...extra(dtype),
  ]);
}

const LINES: readonly (readonly [shape: readonly number[], axis: number])[] = [
  [[6], 0],
  [[3, 5], 0],
  [[3, 5], 1],
  [[2, 4, 3], 1],
  [[2, 1, 3], 1],
];

function lines<A extends object>(
  dtypes: readonly DType[],
  more: readonly A[],
  extra: (dtype: DType) => readonly Any[] = () => [],
): Any[] {
  return over(dtypes, (dtype) => [
    ...LINES.flatMap(([shape, axis]) =>
      more.map((attributes) => ({
        inputs: [spread(shape, dtype, -4, 4)],
        attributes: { axis, ...attributes },
      })),
    ),
    ...extra(dtype),
  ]);
}

export const reductionCases: Cases<keyof typeof reductions> = {
  sum: reduced((dtype) => [
    { note: 'empty', inputs: [spread([0, 3], dtype)], attributes: { axes: [0], keepDims: false } },
    {
      note: 'long',
      inputs: [spread([3, 199], dtype)],
      attributes: { axes: [1], keepDims: false },
    },
  ]),
  prod: reduced((dtype) => [
    { note: 'empty', inputs: [spread([0, 3], dtype)], attributes: { axes: [0], keepDims: false } },
  ]),
  max: reduced((dtype) =>
    dtype === 'int32'
      ? []
      : [
          {
            note: 'not a number',
            inputs: [given([1, nan, 2, 0, -inf, -inf, inf, 3, 3], dtype, [3, 3])],
            attributes: { axes: [1], keepDims: false },
          },
        ],
  ),
  min: reduced((dtype) =>
    dtype === 'int32'
      ? []
      : [
          {
            note: 'not a number',
            inputs: [given([1, nan, 2, 0, inf, inf, inf, 3, 3], dtype, [3, 3])],
            attributes: { axes: [1], keepDims: false },
          },
        ],
  ),
  argMax: lines(NUMBERS, [{}], (dtype) => [
    { note: 'ties', inputs: [given([1, 3, 3, 0, 3], dtype)], attributes: { axis: 0 } },
    { note: 'all equal', inputs: [given([2, 2, 2, 2], dtype, [2, 2])], attributes: { axis: 0 } },
  ]),
  argMin: lines(NUMBERS, [{}], (dtype) => [
    { note: 'ties', inputs: [given([3, 1, 1, 4, 1], dtype)], attributes: { axis: 0 } },
  ]),
  cumSum: lines(NUMBERS, [
    { exclusive: false, reverse: false },
    { exclusive: true, reverse: false },
    { exclusive: false, reverse: true },
    { exclusive: true, reverse: true },
  ]),
  argSort: lines(NUMBERS, [{ descending: false }, { descending: true }], (dtype) =>
    [false, true].map((descending) => ({
      note: 'ties',
      inputs: [given([2, 1, 2, 1, 2, 0], dtype)],
      attributes: { axis: 0, descending },
    })),
  ),
  softmax: lines(FLOATS, [{}], (dtype) => [
    { note: 'large', inputs: [given([1000, 999, -1000, 0], dtype)], attributes: { axis: 0 } },
    { note: 'excluded', inputs: [given([1, -inf, 0, 2], dtype)], attributes: { axis: 0 } },
  ]),
  logSoftmax: lines(FLOATS, [{}], (dtype) => [
    { note: 'large', inputs: [given([1000, 999, -1000, 0], dtype)], attributes: { axis: 0 } },
    { note: 'certain', inputs: [given([50, 0, 0], dtype)], attributes: { axis: 0 } },
  ]),
};
