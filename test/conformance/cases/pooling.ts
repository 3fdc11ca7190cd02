import type { DType } from '../../../src/graph/dtype.ts';
import type { AttributesOf } from '../../../src/ops/primitives/index.ts';
import type { pooling } from '../../../src/ops/primitives/pooling.ts';
import { given, spread, type Value } from '../values.ts';
import { type Any, type Cases, FLOATS, inf, nan, none, over } from './case.ts';

interface Pooling {
  readonly note: string;
  readonly x: readonly number[];
  readonly attributes: AttributesOf<'maxPool'>;
}

const POOLINGS: readonly Pooling[] = [
  {
    note: '1d',
    x: [2, 3, 7],
    attributes: { window: [3], strides: [2], padding: [[0, 0]] },
  },
  {
    note: '2d halves',
    x: [2, 2, 4, 6],
    attributes: { window: [2, 2], strides: [2, 2], padding: none(2) },
  },
  {
    note: '2d overlapping, padded',
    x: [1, 2, 5, 6],
    attributes: {
      window: [3, 2],
      strides: [1, 2],
      padding: [
        [1, 1],
        [0, 1],
      ],
    },
  },
  {
    note: '2d rows left over',
    x: [1, 1, 5, 7],
    attributes: { window: [2, 2], strides: [2, 3], padding: none(2) },
  },
  {
    note: '3d',
    x: [1, 2, 4, 3, 4],
    attributes: {
      window: [2, 3, 2],
      strides: [2, 1, 2],
      padding: [
        [0, 0],
        [1, 1],
        [0, 0],
      ],
    },
  },
];

function pooledShape({ x, attributes }: Pooling): number[] {
  const space = x.slice(2).map((size, d) => {
    const [before, after] = attributes.padding[d];
    return Math.floor((size + before + after - attributes.window[d]) / attributes.strides[d]) + 1;
  });
  return [x[0], x[1], ...space];
}

/** The largest of each window, so that maxPoolGrad and maxPoolPick get the y that belongs to x. */
function maxPooled(x: Value, pooling: Pooling): Value {
  const { window, strides, padding } = pooling.attributes;
  const shape = pooledShape(pooling);
  const rank = window.length;
  const data: number[] = [];
  const walk = (
    sizes: readonly number[],
    visit: (index: number[]) => void,
    index: number[] = [],
  ) => {
    if (index.length === sizes.length) return visit(index);
    for (let i = 0; i < sizes[index.length]; i++) walk(sizes, visit, [...index, i]);
  };
  walk(shape, ([n, c, ...place]) => {
    let largest = -inf;
    walk(window, (tap) => {
      const where = place.map((p, d) => p * strides[d] + tap[d] - padding[d][0]);
      if (where.some((w, d) => w < 0 || w >= x.shape[d + 2])) return;
      const at = [n, c, ...where].reduce((sum, i, d) => sum * x.shape[d] + i, 0);
      largest = Math.max(largest, x.data[at]);
    });
    data.push(largest);
  });
  return given(data, x.dtype, [shape[0], shape[1], ...shape.slice(2, 2 + rank)]);
}

function pooledCases(
  make: (pooling: Pooling, x: Value, dtype: DType) => { inputs: readonly Value[]; more?: object },
): Any[] {
  return over(FLOATS, (dtype) =>
    POOLINGS.flatMap((pooling) =>
      ['', ', ties'].map((ties) => {
        // Ties: small whole numbers only.
        const x = spread(pooling.x, ties ? 'int32' : dtype, -2, 2);
        const { inputs, more } = make(pooling, given([...x.data], dtype, [...x.shape]), dtype);
        return {
          note: pooling.note + ties,
          inputs,
          attributes: { ...pooling.attributes, ...more },
        };
      }),
    ),
  );
}

export const poolingCases: Cases<keyof typeof pooling> = {
  maxPool: [
    ...pooledCases((_, x) => ({ inputs: [x] })),
    ...over(FLOATS, (dtype) => [
      {
        note: 'edges',
        inputs: [given([nan, 1, 2, 3, -inf, -inf, inf, -5], dtype, [1, 1, 8])],
        attributes: { window: [2], strides: [2], padding: [[0, 0]] },
      },
    ]),
  ],
  maxPoolGrad: pooledCases((pooling, x, dtype) => ({
    inputs: [x, maxPooled(x, pooling), spread(pooledShape(pooling), dtype)],
  })),
  maxPoolPick: pooledCases((pooling, x, dtype) => ({
    inputs: [x, maxPooled(x, pooling), spread(pooling.x, dtype, -2, 2, 5)],
  })),
  sumPool: pooledCases((_, x) => ({ inputs: [x] })),
  sumPoolGrad: pooledCases((pooling, _, dtype) => ({
    inputs: [spread(pooledShape(pooling), dtype)],
    more: { inputSpace: pooling.x.slice(2) },
  })),
};
