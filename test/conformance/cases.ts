import type { DType } from '../../src/graph/dtype.ts';
import type { AttributesOf, PrimitiveName } from '../../src/ops/primitives/index.ts';
import { given, spread, type Value } from './values.ts';

/**
 * Representative uses of every primitive, from which the tests of all engines are generated. Random
 * inputs avoid the neighbourhood of jumps, where rounding alone decides the result; edges are listed as
 * values of their own.
 */
export interface Case<P extends PrimitiveName> {
  /** What is special about it, beyond shapes and attributes. */
  readonly note?: string;
  readonly inputs: readonly Value[];
  readonly attributes: AttributesOf<P>;
}

type Cases<P extends PrimitiveName> = readonly Case<P>[];
type Any = Case<any>;

const FLOATS = ['float32', 'float64'] as const;
const NUMBERS = ['float32', 'float64', 'int32'] as const;
const ALL = ['float32', 'float64', 'int32', 'bool'] as const;

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

function over<D extends DType>(dtypes: readonly D[], make: (dtype: D) => readonly Any[]): Any[] {
  return dtypes.flatMap((dtype) => make(dtype));
}

interface Domain {
  readonly dtypes?: readonly DType[];
  readonly low?: number;
  readonly high?: number;
  /** Values at the edges of the function, for floats. */
  readonly edges?: readonly number[];
  readonly integerEdges?: readonly number[];
}

function unary({ dtypes = FLOATS, low = -2, high = 2, edges, integerEdges }: Domain = {}): Any[] {
  return over(dtypes, (dtype) => {
    const shapes = [[], [7], [3, 5], [2, 1, 4], [0, 3]];
    const list: Any[] = shapes.map((shape) => ({
      inputs: [spread(shape, dtype, low, high)],
      attributes: {},
    }));
    const special = dtype === 'int32' ? integerEdges : dtype === 'bool' ? undefined : edges;
    if (special) list.push({ note: 'edges', inputs: [given(special, dtype)], attributes: {} });
    return list;
  });
}

const EXTREMES = [0, -0, inf, -inf, nan];

/** Pairs of shapes that broadcast in every way a kernel could treat by itself. */
const PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], []],
  [[6], [6]],
  [
    [3, 4],
    [3, 4],
  ],
  [[3, 4], []],
  [[], [3, 4]],
  [[3, 4], [4]],
  [[4], [3, 4]],
  [
    [3, 4],
    [3, 1],
  ],
  [
    [3, 1],
    [3, 4],
  ],
  [
    [3, 1],
    [1, 4],
  ],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [
    [2, 1, 4],
    [1, 3, 1],
  ],
  [
    [2, 1, 3, 1],
    [2, 3, 1, 4],
  ],
  [
    [0, 4],
    [1, 4],
  ],
];

interface PairDomain {
  readonly dtypes?: readonly DType[];
  readonly left?: readonly [number, number];
  readonly right?: readonly [number, number];
  readonly edges?: readonly (readonly [number, number])[];
  readonly integerEdges?: readonly (readonly [number, number])[];
}

function binary(domain: PairDomain = {}): Any[] {
  const { dtypes = NUMBERS, left = [-3, 3], right = [-3, 3], edges, integerEdges } = domain;
  return over(dtypes, (dtype) => {
    const list: Any[] = PAIRS.map(([a, b]) => ({
      inputs: [spread(a, dtype, ...left, 1), spread(b, dtype, ...right, 2)],
      attributes: {},
    }));
    const special = dtype === 'int32' ? integerEdges : dtype === 'bool' ? undefined : edges;
    if (special) {
      const side = (i: 0 | 1) =>
        given(
          special.map((pair) => pair[i]),
          dtype,
        );
      list.push({ note: 'edges', inputs: [side(0), side(1)], attributes: {} });
    }
    return list;
  });
}

const cross = (values: readonly number[]) =>
  values.flatMap((a) => values.map((b) => [a, b] as const));

const LARGEST = 2 ** 31 - 1;
const SMALLEST = -(2 ** 31);

function compared(): Any[] {
  return binary({
    edges: cross([0, -0, 1.5, -1.5, inf, -inf, nan]),
    integerEdges: cross([0, 1, -1, LARGEST, SMALLEST]),
  });
}

const boolPairs = { dtypes: ['bool'] as const };

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

interface Convolution {
  readonly note: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attributes: AttributesOf<'conv'>;
}

const none = (rank: number) => Array.from({ length: rank }, () => [0, 0] as const);
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

interface Shaped {
  readonly shape: readonly number[];
  readonly attributes: any;
  readonly note?: string;
}

function arranged(list: readonly Shaped[]): Any[] {
  return over(ALL, (dtype) =>
    list.map(({ shape, attributes, note }) => ({
      note,
      inputs: [spread(shape, dtype, -5, 5)],
      attributes,
    })),
  );
}

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

export const cases: { readonly [P in PrimitiveName]: Cases<P> } = {
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

  neg: unary({ dtypes: NUMBERS, edges: EXTREMES, integerEdges: [0, LARGEST, SMALLEST] }),
  abs: unary({ dtypes: NUMBERS, edges: EXTREMES, integerEdges: [0, -1, LARGEST] }),
  sign: unary({ dtypes: NUMBERS, edges: EXTREMES, integerEdges: [0, LARGEST, SMALLEST] }),
  exp: unary({ edges: [...EXTREMES, 1000, -1000, 1e-5] }),
  expm1: unary({ edges: [0, inf, -inf, nan, 1e-6, -1e-6, 30] }),
  log: unary({ low: 0.05, high: 9, edges: [0, 1, inf, nan, -1] }),
  log1p: unary({ low: -0.9, high: 9, edges: [0, 1e-6, -1e-6, inf, nan, -1, -2] }),
  sqrt: unary({ low: 0, high: 9, edges: [0, inf, nan, -1] }),
  sin: unary({ low: -9, high: 9, edges: [0, nan] }),
  cos: unary({ low: -9, high: 9, edges: [0, nan] }),
  tan: unary({ low: -1.4, high: 1.4, edges: [0, nan] }),
  asin: unary({ low: -1, high: 1, edges: [0, 1, -1, 2, nan] }),
  acos: unary({ low: -1, high: 1, edges: [0, 1, -1, 2, nan] }),
  atan: unary({ edges: EXTREMES }),
  sinh: unary({ edges: [0, 5, -5, nan] }),
  cosh: unary({ edges: [0, 5, -5, inf, -inf, nan] }),
  tanh: unary({ low: -4, high: 4, edges: [...EXTREMES, 50, -50, 1e-5] }),
  asinh: unary({ low: -9, high: 9, edges: [0, nan] }),
  acosh: unary({ low: 1.1, high: 9, edges: [1, nan, 0.5] }),
  atanh: unary({ low: -0.95, high: 0.95, edges: [0, nan, 2] }),
  sigmoid: unary({ low: -6, high: 6, edges: [...EXTREMES, 40, -40] }),
  softplus: unary({ low: -6, high: 6, edges: [0, inf, -inf, nan, 80, -80] }),
  relu: unary({
    dtypes: NUMBERS,
    edges: [0, inf, -inf, nan],
    integerEdges: [0, LARGEST, SMALLEST],
  }),
  erf: unary({ low: -3, high: 3, edges: [0, inf, -inf, nan, 1, 0.999, 6, -5.5, 1e-5] }),
  floor: unary({ low: -5, high: 5, edges: [0, 2, -2, 2.5, -2.5, inf, -inf, nan] }),
  ceil: unary({ low: -5, high: 5, edges: [0, 2, -2, 2.5, -2.5, inf, -inf, nan] }),
  round: unary({
    low: -5,
    high: 5,
    edges: [0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 0.49, 7, inf, -inf, nan],
  }),
  isNaN: over(ALL, (dtype) => [
    { inputs: [spread([2, 3], dtype)], attributes: {} },
    ...(dtype === 'float32' || dtype === 'float64'
      ? [{ note: 'edges', inputs: [given([1, nan, inf, -inf, 0], dtype)], attributes: {} }]
      : []),
  ]),
  logicalNot: unary({ dtypes: ['bool'] }),

  add: binary({
    edges: cross([0, inf, -inf, nan]),
    integerEdges: [
      [LARGEST, 1],
      [SMALLEST, -1],
    ],
  }),
  sub: binary({
    edges: cross([0, inf, -inf, nan]),
    integerEdges: [
      [SMALLEST, 1],
      [LARGEST, -1],
    ],
  }),
  mul: binary({
    edges: cross([0, -2, inf, -inf, nan]),
    integerEdges: [
      [65537, 65537],
      [LARGEST, LARGEST],
      [SMALLEST, -1],
    ],
  }),
  div: binary({
    left: [-20, 20],
    right: [1, 6],
    edges: cross([0, 2, -2, inf, -inf, nan]),
    integerEdges: [
      [7, 2],
      [-7, 2],
      [7, -2],
      [-7, -2],
      [0, 5],
    ],
  }),
  pow: binary({
    left: [0.2, 3],
    right: [0, 4],
    edges: [
      [-2, 3],
      [-2, 2],
      [0, 0],
      [0, 2],
      [2, -1],
      [nan, 0],
      [1, nan],
      [inf, 2],
      [2, inf],
      [0.5, inf],
      [2, -inf],
      [-2, 0.5],
    ],
    integerEdges: [
      [3, 5],
      [-2, 5],
      [-3, 0],
      [0, 0],
      [7, 13],
    ],
  }),
  mod: binary({
    left: [-20, 20],
    right: [1, 6],
    edges: [
      [7, 3],
      [-7, 3],
      [7, -3],
      [-7, -3],
      [6, 3],
      [5.5, 2],
      [-5.5, 2],
      [nan, 2],
      [2, 0],
    ],
    integerEdges: [
      [7, 3],
      [-7, 3],
      [7, -3],
      [-7, -3],
      [6, -3],
    ],
  }),
  maximum: compared(),
  minimum: compared(),
  atan2: binary({
    dtypes: FLOATS,
    edges: [
      [0, 1],
      [0, -1],
      [1, 0],
      [-1, 0],
      [1, 1],
      [-1, -1],
      [nan, 1],
    ],
  }),
  equal: [...compared(), ...binary(boolPairs)],
  notEqual: [...compared(), ...binary(boolPairs)],
  less: compared(),
  lessEqual: compared(),
  greater: compared(),
  greaterEqual: compared(),
  logicalAnd: binary(boolPairs),
  logicalOr: binary(boolPairs),

  select: over(ALL, (dtype) => [
    ...PAIRS.map(([a, b]) => ({
      inputs: [spread(a, 'bool'), spread(b, dtype, -3, 3, 2), spread(b, dtype, -3, 3, 3)],
      attributes: {},
    })),
    {
      inputs: [spread([3, 1], 'bool'), spread([], dtype), spread([2, 3, 4], dtype)],
      attributes: {},
    },
    {
      note: 'not a number on the side that is not chosen',
      inputs: [
        given([1, 0, 1, 0], 'bool'),
        given(dtype === 'float32' || dtype === 'float64' ? [1, nan, inf, 0] : [1, 0, 1, 0], dtype),
        given([0, 1, 0, 1], dtype),
      ],
      attributes: {},
    },
  ]),
  cast: over(ALL, (dtype) =>
    ALL.filter((from) => from !== dtype).flatMap((from) => [
      { inputs: [spread([3, 4], from, -9, 9)], attributes: { dtype } },
      { inputs: [spread([], from, -9, 9)], attributes: { dtype } },
      ...(from === 'float32' || from === 'float64'
        ? [
            {
              note: 'edges',
              inputs: [given([0, -0, 0.5, -0.5, 1.9, -1.9, 1e6], from)],
              attributes: { dtype },
            },
          ]
        : []),
    ]),
  ),

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

  reshape: arranged([
    { shape: [6], attributes: { shape: [2, 3] } },
    { shape: [2, 3, 4], attributes: { shape: [4, 6] } },
    { shape: [], attributes: { shape: [1, 1] } },
    { shape: [1], attributes: { shape: [] } },
    { shape: [0, 3], attributes: { shape: [3, 0, 2] } },
  ]),
  transpose: arranged([
    { shape: [3, 4], attributes: { permutation: [1, 0] } },
    { shape: [2, 3, 4], attributes: { permutation: [2, 0, 1] } },
    { shape: [2, 3, 4], attributes: { permutation: [0, 2, 1] } },
    { shape: [2, 3, 4, 2], attributes: { permutation: [3, 1, 2, 0] } },
    { shape: [1, 4, 1], attributes: { permutation: [1, 0, 2] } },
    { shape: [0, 3], attributes: { permutation: [1, 0] } },
  ]),
  broadcastTo: arranged([
    { shape: [], attributes: { shape: [2, 3] } },
    { shape: [3], attributes: { shape: [2, 3] } },
    { shape: [2, 1], attributes: { shape: [2, 3] } },
    { shape: [1, 3, 1], attributes: { shape: [2, 3, 4] } },
    { shape: [2, 1, 2], attributes: { shape: [3, 2, 4, 2] } },
    { shape: [1], attributes: { shape: [0] } },
  ]),
  slice: arranged([
    { shape: [7], attributes: { starts: [2], limits: [6], strides: [1] } },
    { shape: [7], attributes: { starts: [1], limits: [7], strides: [3] } },
    { shape: [4, 5], attributes: { starts: [1, 0], limits: [3, 5], strides: [1, 1] } },
    { shape: [4, 5], attributes: { starts: [0, 1], limits: [4, 4], strides: [2, 2] } },
    { shape: [3, 4, 5], attributes: { starts: [1, 0, 2], limits: [2, 4, 5], strides: [1, 3, 1] } },
    { shape: [4, 5], attributes: { starts: [2, 0], limits: [2, 5], strides: [1, 1] } },
  ]),
  pad: over(NUMBERS, (dtype) =>
    (
      [
        { shape: [4], attributes: { low: [1], high: [2], interior: [0], value: 0 } },
        { shape: [4], attributes: { low: [0], high: [0], interior: [2], value: 7 } },
        {
          shape: [2, 3],
          attributes: { low: [1, 0], high: [0, 2], interior: [1, 0], value: -3 },
        },
        {
          shape: [2, 1, 3],
          attributes: { low: [0, 2, 0], high: [0, 1, 1], interior: [0, 3, 1], value: 0 },
        },
        { shape: [0, 2], attributes: { low: [1, 1], high: [1, 0], interior: [0, 0], value: 2 } },
      ] as Shaped[]
    )
      .concat(
        dtype === 'int32'
          ? []
          : [
              {
                note: 'infinite',
                shape: [3],
                attributes: { low: [1], high: [1], interior: [0], value: -inf },
              },
            ],
      )
      .map(({ shape, attributes, note }) => ({
        note,
        inputs: [spread(shape, dtype, -5, 5)],
        attributes,
      })),
  ),
  concatenate: over(ALL, (dtype) => [
    { inputs: [spread([2, 3], dtype)], attributes: { axis: 0 } },
    { inputs: [spread([2], dtype), spread([3], dtype)], attributes: { axis: 0 } },
    { inputs: [spread([2, 3], dtype), spread([2, 1], dtype)], attributes: { axis: 1 } },
    {
      inputs: [spread([2, 2, 3], dtype), spread([2, 1, 3], dtype), spread([2, 0, 3], dtype)],
      attributes: { axis: 1 },
    },
  ]),
  reverse: arranged([
    { shape: [5], attributes: { axes: [0] } },
    { shape: [3, 4], attributes: { axes: [1] } },
    { shape: [3, 4], attributes: { axes: [0, 1] } },
    { shape: [2, 3, 4], attributes: { axes: [0, 2] } },
  ]),

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
