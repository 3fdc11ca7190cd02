import type { DType } from '../../../src/graph/dtype.ts';
import type { elementwise } from '../../../src/ops/primitives/elementwise.ts';
import { given, spread } from '../values.ts';
import {
  ALL,
  type Any,
  type Cases,
  FLOATS,
  inf,
  LARGEST,
  NUMBERS,
  nan,
  over,
  SMALLEST,
} from './case.ts';

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

function compared(): Any[] {
  return binary({
    edges: cross([0, -0, 1.5, -1.5, inf, -inf, nan]),
    integerEdges: cross([0, 1, -1, LARGEST, SMALLEST]),
  });
}

const boolPairs = { dtypes: ['bool'] as const };

export const elementwiseCases: Cases<keyof typeof elementwise> = {
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
};
