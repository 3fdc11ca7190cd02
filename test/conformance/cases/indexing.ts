import type { indexing } from '../../../src/ops/primitives/indexing.ts';
import { given, spread } from '../values.ts';
import { ALL, type Cases, NUMBERS, over } from './case.ts';

const PLACES: readonly {
  shape: readonly number[];
  axis: number;
  indices: readonly number[];
  indexShape: number[];
}[] = [
  { shape: [5], axis: 0, indices: [3, 0, 0, 4], indexShape: [4] },
  { shape: [5], axis: 0, indices: [2], indexShape: [] },
  { shape: [5], axis: 0, indices: [-1, -5, 2], indexShape: [3] },
  { shape: [4, 3], axis: 0, indices: [1, 3, 1, 0], indexShape: [2, 2] },
  { shape: [4, 3], axis: 1, indices: [2, -3], indexShape: [2] },
  { shape: [2, 4, 3], axis: 1, indices: [3, 3, -1, 0, 1, 2], indexShape: [3, 2] },
  { shape: [2, 3], axis: 1, indices: [], indexShape: [0] },
];

const gatheredShape = ({ shape, axis, indexShape }: (typeof PLACES)[number]) => [
  ...shape.slice(0, axis),
  ...indexShape,
  ...shape.slice(axis + 1),
];

const ALONG: readonly { shape: readonly number[]; axis: number; indexShape: readonly number[] }[] =
  [
    { shape: [5], axis: 0, indexShape: [3] },
    { shape: [3, 4], axis: 1, indexShape: [3, 2] },
    { shape: [3, 4], axis: 0, indexShape: [5, 4] },
    { shape: [2, 3, 4], axis: 1, indexShape: [2, 2, 4] },
    { shape: [3, 4], axis: 1, indexShape: [3, 0] },
  ];

export const indexingCases: Cases<keyof typeof indexing> = {
  gather: over(ALL, (dtype) =>
    PLACES.map((p) => ({
      note: `at [${p.indices}]`,
      inputs: [spread(p.shape, dtype, -5, 5), given(p.indices, 'int32', p.indexShape)],
      attributes: { axis: p.axis },
    })),
  ),
  scatterAdd: over(NUMBERS, (dtype) =>
    PLACES.map((p) => ({
      note: `at [${p.indices}]`,
      inputs: [
        spread(p.shape, dtype, -5, 5),
        given(p.indices, 'int32', p.indexShape),
        spread(gatheredShape(p), dtype, -5, 5, 2),
      ],
      attributes: { axis: p.axis },
    })),
  ),
  gatherAlong: over(ALL, (dtype) =>
    ALONG.map(({ shape, axis, indexShape }) => ({
      inputs: [
        spread(shape, dtype, -5, 5),
        spread(indexShape, 'int32', -shape[axis], shape[axis], 3),
      ],
      attributes: { axis },
    })),
  ),
  scatterAddAlong: over(NUMBERS, (dtype) =>
    ALONG.map(({ shape, axis, indexShape }) => ({
      inputs: [
        spread(shape, dtype, -5, 5),
        spread(indexShape, 'int32', -shape[axis], shape[axis], 3),
        spread(indexShape, dtype, -5, 5, 2),
      ],
      attributes: { axis },
    })),
  ),
};
