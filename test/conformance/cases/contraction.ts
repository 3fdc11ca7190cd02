import type { contractions } from '../../../src/ops/primitives/contraction.ts';
import type { AttributesOf } from '../../../src/ops/primitives/index.ts';
import { spread } from '../values.ts';
import { type Cases, FLOATS, NUMBERS, none, over } from './case.ts';

interface Convolution {
  readonly note: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attributes: AttributesOf<'conv'>;
}

const ones = (rank: number) => Array.from({ length: rank }, () => 1);

function convolution(
  note: string,
  x: readonly number[],
  w: readonly number[],
  attributes: Partial<AttributesOf<'conv'>> = {},
): Convolution {
  const rank = x.length - 2;
  return {
    note,
    x,
    w,
    attributes: {
      strides: ones(rank),
      dilations: ones(rank),
      padding: none(rank),
      groups: 1,
      ...attributes,
    },
  };
}

const CONVOLUTIONS: readonly Convolution[] = [
  convolution('1d', [2, 3, 7], [4, 3, 3]),
  convolution('1d strided, dilated, padded', [2, 2, 9], [3, 2, 3], {
    strides: [2],
    dilations: [2],
    padding: [[2, 1]],
  }),
  convolution('2d', [2, 3, 5, 6], [4, 3, 3, 2]),
  convolution('2d same', [1, 2, 5, 5], [3, 2, 3, 3], {
    padding: [
      [1, 1],
      [1, 1],
    ],
  }),
  convolution('2d strided, uneven padding', [2, 2, 6, 7], [3, 2, 3, 3], {
    strides: [2, 3],
    padding: [
      [0, 1],
      [1, 2],
    ],
  }),
  convolution('2d dilated', [1, 2, 7, 8], [2, 2, 2, 3], { dilations: [3, 2] }),
  convolution('2d two groups', [2, 4, 5, 5], [6, 2, 3, 3], { groups: 2 }),
  convolution('2d depthwise', [2, 3, 5, 5], [6, 1, 3, 3], {
    groups: 3,
    padding: [
      [1, 1],
      [1, 1],
    ],
  }),
  convolution('2d pointwise', [2, 3, 4, 4], [5, 3, 1, 1]),
  convolution('2d pointwise strided', [2, 3, 5, 4], [5, 3, 1, 1], { strides: [2, 2] }),
  convolution('2d rows left over by the stride', [1, 1, 6, 6], [1, 1, 2, 2], { strides: [4, 3] }),
  convolution('2d padding wider than the window', [1, 1, 3, 3], [1, 1, 2, 2], {
    padding: [
      [3, 2],
      [2, 3],
    ],
  }),
  convolution('3d', [1, 2, 4, 3, 5], [3, 2, 2, 2, 3]),
  convolution('3d strided, padded, grouped', [2, 2, 4, 5, 4], [4, 1, 3, 2, 2], {
    strides: [2, 1, 2],
    padding: [
      [1, 1],
      [0, 1],
      [1, 0],
    ],
    groups: 2,
  }),
  convolution('sizes that leave a rest in blocks of four', [1, 4, 7, 9], [6, 4, 3, 3], {
    padding: [
      [1, 1],
      [1, 1],
    ],
  }),
];

function resultShape({ x, w, attributes }: Convolution): number[] {
  const space = x.slice(2).map((size, d) => {
    const reach = (w[d + 2] - 1) * attributes.dilations[d] + 1;
    const [before, after] = attributes.padding[d];
    return Math.floor((size + before + after - reach) / attributes.strides[d]) + 1;
  });
  return [x[0], w[0], ...space];
}

export const contractionCases: Cases<keyof typeof contractions> = {
  matMul: over(NUMBERS, (dtype) =>
    [false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) => {
        const sizes = [
          [1, 1, 1],
          [3, 4, 5],
          [2, 8, 3],
          [7, 1, 6],
          [5, 6, 1],
          [1, 5, 9],
          [0, 3, 4],
          [3, 0, 4],
        ];
        const large = [
          [66, 65, 67],
          [20, 700, 19],
        ];
        const matrix = (lead: readonly number[], rows: number, columns: number, seed: number) =>
          spread([...lead, rows, columns], dtype, -3, 3, seed);
        const pair = (
          [m, k, n]: readonly number[],
          leadA: readonly number[] = [],
          leadB: readonly number[] = [],
        ) => ({
          inputs: [
            transposeA ? matrix(leadA, k, m, 1) : matrix(leadA, m, k, 1),
            transposeB ? matrix(leadB, n, k, 2) : matrix(leadB, k, n, 2),
          ],
          attributes: { transposeA, transposeB },
        });
        return [
          ...sizes.map((s) => pair(s)),
          ...(dtype === 'float64' ? [] : large.map((s) => pair(s))),
          pair([3, 4, 2], [2], [2]),
          pair([3, 4, 2], [2], []),
          pair([3, 4, 2], [], [2]),
          pair([2, 3, 4], [2, 1], [3]),
          pair([2, 3, 4], [1, 3], [2, 1]),
          pair([2, 3, 4], [2, 3], [1, 1]),
        ];
      }),
    ),
  ),
  conv: over(FLOATS, (dtype) =>
    CONVOLUTIONS.map((c) => ({
      note: c.note,
      inputs: [spread(c.x, dtype), spread(c.w, dtype)],
      attributes: c.attributes,
    })),
  ),
  convInputGrad: over(FLOATS, (dtype) =>
    CONVOLUTIONS.map((c) => ({
      note: c.note,
      inputs: [spread(resultShape(c), dtype), spread(c.w, dtype)],
      attributes: { ...c.attributes, inputSpace: c.x.slice(2) },
    })),
  ),
  convKernelGrad: over(FLOATS, (dtype) =>
    CONVOLUTIONS.map((c) => ({
      note: c.note,
      inputs: [spread(c.x, dtype), spread(resultShape(c), dtype)],
      attributes: { ...c.attributes, window: c.w.slice(2) },
    })),
  ),
};
