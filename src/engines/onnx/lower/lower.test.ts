import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { type DType, isFloat, toTypedArray } from '../../../graph/dtype.ts';
import type { Node } from '../../../graph/node.ts';
import { fillUniform } from '../../../graph/random.ts';
import type { Shape } from '../../../graph/shape.ts';
import * as b from '../../../ops/build.ts';
import { HostBuffer } from '../../engine.ts';
import { createJsEngine } from '../../js/engine.ts';
import { createOnnxEngine } from '../engine.ts';

const js = createJsEngine();
const onnx = createOnnxEngine({ runtime: ort, provider: 'cpu', threads: 1 });
afterAll(() => onnx.dispose());

/** Numbers between -2 and 2; whole ones for integers, halves of both signs and zeros for bool. */
function values(shape: Shape, dtype: DType, key: number): HostBuffer {
  const uniform = new Float32Array(shape.reduce((n, d) => n * d, 1));
  fillUniform(7, key, uniform);
  const scaled = Array.from(uniform, (u) => {
    if (dtype === 'bool') return u < 0.5 ? 0 : 1;
    return dtype === 'int32' ? Math.floor(u * 9) - 4 : u * 4 - 2;
  });
  return new HostBuffer(toTypedArray(dtype, scaled), shape, dtype);
}

interface Input {
  shape: Shape;
  dtype?: DType;
  data?: readonly number[];
}

async function compare(inputs: Input[], build: (...nodes: Node[]) => Node, tolerance = 2e-6) {
  const placeholders = inputs.map(({ shape, dtype = 'float32' }) => b.placeholder(shape, dtype));
  const graph = { inputs: placeholders, outputs: [build(...placeholders)], state: [] };
  const feeds = inputs.map(({ shape, dtype = 'float32', data }, i) =>
    data ? new HostBuffer(toTypedArray(dtype, data), shape, dtype) : values(shape, dtype, i),
  );
  const run = async (engine: typeof onnx) => {
    const executable = await engine.compile(graph);
    const [result] = await executable.run(feeds);
    await executable.dispose();
    expect(result.shape).toEqual(graph.outputs[0].shape);
    expect(result.dtype).toBe(graph.outputs[0].dtype);
    return result.read();
  };
  const [expected, received] = [await run(js), await run(onnx)];
  expect(received.length).toBe(expected.length);
  const exact = !isFloat(graph.outputs[0].dtype);
  for (let i = 0; i < expected.length; i++) {
    const [want, got] = [expected[i], received[i]];
    const close =
      Object.is(got, want) ||
      got === want ||
      (!exact && Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)));
    if (!close) expect.fail(`element ${i} is ${got}; the js engine says ${want}`);
  }
}

const special = [
  -Infinity,
  -100,
  -2.5,
  -1.5,
  -1,
  -0.5,
  -1e-8,
  0,
  1e-8,
  0.5,
  1,
  1.5,
  2.5,
  20,
  100,
  Infinity,
  NaN,
];
const points: Input = { shape: [special.length], data: special };

describe('element by element', () => {
  const names = [
    ...(['neg', 'abs', 'sign', 'exp', 'expm1', 'log', 'log1p', 'sqrt', 'sin', 'cos'] as const),
    ...(['tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh'] as const),
    ...(['atanh', 'sigmoid', 'softplus', 'relu', 'erf', 'floor', 'ceil', 'round'] as const),
    ...(['isNaN'] as const),
  ];
  for (const name of names) {
    it(`${name} at special points, float32 and float64`, async () => {
      // Sine and cosine of infinity are checked apart: neither engine promises more than NaN there.
      await compare([points], (x) => b[name](x), 3e-6);
      await compare([{ ...points, dtype: 'float64' }], (x) => b[name](x), 1e-13);
    });
  }
  for (const name of ['neg', 'abs', 'sign', 'relu'] as const) {
    it(`${name} of int32`, () => compare([{ shape: [9], dtype: 'int32' }], (x) => b[name](x)));
  }
  const pairs: [Input, Input] = [
    { shape: [5, 1], data: [-2, 0, 1.5, Infinity, NaN] },
    { shape: [6], data: [-3, -0.5, 0.25, 2, Infinity, NaN] },
  ];
  for (const name of ['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum'] as const) {
    it(`${name} broadcasts and passes NaN on`, () => compare(pairs, (x, y) => b[name](x, y)));
  }
  for (const name of [
    'less',
    'lessEqual',
    'greater',
    'greaterEqual',
    'equal',
    'notEqual',
  ] as const) {
    it(`${name} of floats, integers and NaN`, async () => {
      await compare(pairs, (x, y) => b[name](x, y));
      await compare(
        [
          { shape: [2, 5], dtype: 'int32' },
          { shape: [5], dtype: 'int32' },
        ],
        (x, y) => b[name](x, y),
      );
    });
  }
  const whole: [Input, Input] = [
    { shape: [6], dtype: 'int32', data: [7, -7, 7, -7, 6, 2147483647] },
    { shape: [6], dtype: 'int32', data: [2, 2, -3, -3, -3, 2] },
  ];
  it('integer division truncates', () => compare(whole, (x, y) => b.divTruncate(x, y)));
  it('mod has the sign of the divisor', async () => {
    await compare(whole, (x, y) => b.mod(x, y));
    await compare(
      [
        { shape: [4], data: [7, -7, 5.5, -5.25] },
        { shape: [4], data: [3, 3, -2, -2] },
      ],
      (x, y) => b.mod(x, y),
    );
  });
  it('an integer division by zero does not end the process', async () => {
    const zeros: Input = { shape: [6], dtype: 'int32', data: [0, 0, 0, 0, 0, 0] };
    await compare([whole[0], zeros], (x, y) => b.logicalOr(b.equal(b.divTruncate(x, y), 0), true));
    await compare([whole[0], zeros], (x, y) => b.logicalOr(b.equal(b.mod(x, y), 0), true));
  });
  it('atan2 in all quarters', () =>
    compare(
      [
        { shape: [8], data: [1, 1, -1, -1, 0, 0, 2, -2] },
        { shape: [8], data: [2, -2, 2, -2, 1, -1, 0, 0] },
      ],
      (y, x) => b.atan2(y, x),
    ));
  it('select of every dtype', async () => {
    for (const dtype of ['float32', 'float64', 'int32', 'bool'] as const) {
      await compare(
        [
          { shape: [3, 1], dtype: 'bool' },
          { shape: [3, 4], dtype },
          { shape: [4], dtype },
        ],
        (c, x, y) => b.select(c, x, y),
      );
    }
  });
  it('logic', async () => {
    const bools: Input[] = [
      { shape: [2, 3], dtype: 'bool' },
      { shape: [3], dtype: 'bool' },
    ];
    await compare(bools, (x, y) => b.logicalAnd(x, b.logicalNot(y)));
    await compare(bools, (x, y) => b.logicalOr(b.equal(x, y), y));
  });
  it('cast between all dtypes', async () => {
    const dtypes = ['float32', 'float64', 'int32', 'bool'] as const;
    for (const from of dtypes) {
      for (const to of dtypes) {
        const data = [-1.75, -0.5, 0, 0.5, 1, 2.25];
        await compare([{ shape: [6], dtype: from, data }], (x) => b.cast(x, to));
      }
    }
  });
});

describe('reductions', () => {
  for (const name of ['sum', 'prod', 'max', 'min'] as const) {
    for (const dtype of ['float32', 'float64', 'int32'] as const) {
      it(`${name} of ${dtype}`, async () => {
        const x: Input = { shape: [2, 3, 4], dtype };
        await compare([x], (v) => b[name](v));
        await compare([x], (v) => b[name](v, [1]));
        await compare([x], (v) => b[name](v, [0, 2], true));
      });
    }
  }
  it('the largest and smallest are NaN where an element is', async () => {
    const x: Input = { shape: [3, 4], data: [1, NaN, 3, 4, 5, 6, 7, 8, NaN, 1, 2, 3] };
    for (const axis of [0, 1]) {
      await compare([x], (v) => b.max(v, axis));
      await compare([x], (v) => b.min(v, axis));
    }
  });
  const ties: Input = { shape: [2, 4], dtype: 'int32', data: [1, 3, 3, 1, 0, 0, 2, 2] };
  it('argMax and argMin take the first', async () => {
    await compare([ties], (x) => b.argMax(x, 1));
    await compare([ties], (x) => b.argMin(x, 0));
  });
  it('argSort keeps the order of equal elements', async () => {
    await compare([ties], (x) => b.argSort(x, 1));
    await compare([ties], (x) => b.argSort(x, 1, true));
    await compare([{ shape: [300] }], (x) => b.argSort(b.floor(x)));
  });
  it('cumSum in all four ways', async () => {
    for (const exclusive of [false, true]) {
      for (const reverse of [false, true]) {
        await compare([{ shape: [3, 5] }], (x) => b.cumSum(x, 1, { exclusive, reverse }));
      }
    }
  });
  it('softmax and logSoftmax of large numbers, along any axis', async () => {
    const x: Input = { shape: [2, 3], data: [1000, 1001, 999, -1000, -1000, 0] };
    for (const axis of [0, 1]) {
      await compare([x], (v) => b.softmax(v, axis));
      await compare([x], (v) => b.logSoftmax(v, axis));
    }
  });
});

describe('products', () => {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      it(`matMul, transposed ${transposeA} ${transposeB}`, async () => {
        const left = transposeA ? [4, 3] : [3, 4];
        const right = transposeB ? [5, 4] : [4, 5];
        const build = (x: Node, y: Node) => b.matMul(x, y, { transposeA, transposeB });
        for (const dtype of ['float32', 'float64', 'int32'] as const) {
          await compare(
            [
              { shape: left, dtype },
              { shape: right, dtype },
            ],
            build,
          );
        }
        await compare([{ shape: [2, 1, ...left] }, { shape: [3, ...right] }], build);
      });
    }
  }

  const settings = [
    { space: [7], window: [3], strides: [1], dilations: [1], padding: [[0, 0]], groups: 1 },
    {
      space: [7, 6],
      window: [3, 3],
      strides: [1, 1],
      dilations: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      groups: 1,
    },
    {
      space: [7, 6],
      window: [3, 2],
      strides: [1, 1],
      dilations: [1, 1],
      padding: [
        [1, 1],
        [0, 1],
      ],
      groups: 2,
    },
    {
      space: [8, 7],
      window: [3, 3],
      strides: [2, 2],
      dilations: [1, 1],
      padding: [
        [0, 1],
        [1, 1],
      ],
      groups: 1,
    },
    {
      space: [8, 9],
      window: [2, 3],
      strides: [3, 2],
      dilations: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      groups: 1,
    },
    {
      space: [9, 9],
      window: [3, 3],
      strides: [1, 1],
      dilations: [2, 2],
      padding: [
        [2, 2],
        [2, 2],
      ],
      groups: 1,
    },
    {
      space: [9, 8],
      window: [2, 2],
      strides: [2, 3],
      dilations: [3, 2],
      padding: [
        [1, 2],
        [0, 1],
      ],
      groups: 2,
    },
    {
      space: [5, 5],
      window: [1, 1],
      strides: [1, 1],
      dilations: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      groups: 1,
    },
    {
      space: [5, 5],
      window: [1, 1],
      strides: [2, 2],
      dilations: [1, 1],
      padding: [
        [1, 1],
        [0, 0],
      ],
      groups: 1,
    },
    {
      space: [4, 5],
      window: [2, 2],
      strides: [1, 1],
      dilations: [1, 1],
      padding: [
        [2, 3],
        [1, 2],
      ],
      groups: 1,
    },
    {
      space: [4, 3, 5],
      window: [2, 2, 3],
      strides: [1, 1, 2],
      dilations: [1, 1, 1],
      padding: [
        [1, 0],
        [0, 0],
        [1, 1],
      ],
      groups: 1,
    },
  ] as const;
  for (const { space, window, groups, ...rest } of settings) {
    const name = `${space.join('x')} by ${window.join('x')}, strides ${rest.strides}, dilations ${rest.dilations}, padding ${rest.padding.join(' ')}, groups ${groups}`;
    const attributes = { ...rest, groups } as any;
    const filters = 2 * groups;
    const channels = 3 * groups;
    const x: Input = { shape: [2, channels, ...space] };
    const kernel: Input = { shape: [filters, 3, ...window] };
    const places = b.conv(
      b.placeholder(x.shape, 'float32'),
      b.placeholder(kernel.shape, 'float32'),
      attributes,
    ).shape;
    const dy: Input = { shape: places };
    for (const dtype of ['float32', 'float64'] as const) {
      const typed = (input: Input): Input => ({ ...input, dtype });
      it(`conv ${dtype} ${name}`, () =>
        compare([typed(x), typed(kernel)], (v, w) => b.conv(v, w, attributes), 1e-5));
      it(`convInputGrad ${dtype} ${name}`, () =>
        compare(
          [typed(dy), typed(kernel)],
          (g, w) => b.convInputGrad(g, w, { ...attributes, inputSpace: space }),
          1e-5,
        ));
      it(`convKernelGrad ${dtype} ${name}`, () =>
        compare(
          [typed(x), typed(dy)],
          (v, g) => b.convKernelGrad(v, g, { ...attributes, window }),
          1e-5,
        ));
    }
  }
});

describe('pooling', () => {
  const settings = [
    { space: [6], window: [2], strides: [2], padding: [[0, 0]] },
    {
      space: [6, 8],
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
    {
      space: [7, 5],
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
    {
      space: [6, 7],
      window: [3, 3],
      strides: [2, 2],
      padding: [
        [0, 1],
        [1, 1],
      ],
    },
    {
      space: [5, 5],
      window: [3, 2],
      strides: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
    {
      space: [7, 7],
      window: [2, 2],
      strides: [3, 3],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
    {
      space: [4, 4],
      window: [4, 4],
      strides: [4, 4],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
    {
      space: [4, 4, 4],
      window: [2, 2, 2],
      strides: [2, 2, 2],
      padding: [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    },
  ] as const;
  for (const { space, ...rest } of settings) {
    const attributes = rest as any;
    const name = `${space.join('x')}, window ${rest.window}, strides ${rest.strides}, padding ${rest.padding.join(' ')}`;
    const shape = [2, 3, ...space];
    const pooled = b.maxPool(b.placeholder(shape, 'float32'), attributes).shape;
    for (const dtype of ['float32', 'float64'] as const) {
      const [x, y]: Input[] = [
        { shape, dtype },
        { shape: pooled, dtype },
      ];
      // Rounding makes ties: the first of a window takes the gradient.
      const tied = (v: Node) => b.round(b.mul(v, 0.6));
      it(`maxPool ${dtype} ${name}`, () => compare([x], (v) => b.maxPool(v, attributes)));
      it(`maxPoolGrad ${dtype} ${name}`, () =>
        compare([x, y], (v, dy) => {
          const t = tied(v);
          return b.maxPoolGrad(t, b.maxPool(t, attributes), dy, attributes);
        }));
      it(`maxPoolPick ${dtype} ${name}`, () =>
        compare([x, x], (v, u) => {
          const t = tied(v);
          return b.maxPoolPick(t, b.maxPool(t, attributes), b.mul(u, 2), attributes);
        }));
      it(`sumPool ${dtype} ${name}`, () => compare([x], (v) => b.sumPool(v, attributes)));
      it(`sumPoolGrad ${dtype} ${name}`, () =>
        compare([y], (dy) => b.sumPoolGrad(dy, { ...attributes, inputSpace: space })));
    }
  }
});

describe('arrangement', () => {
  for (const dtype of ['float32', 'float64', 'int32', 'bool'] as const) {
    const x: Input = { shape: [2, 3, 4], dtype };
    it(`shapes of ${dtype}`, async () => {
      await compare([x], (v) => b.reshape(v, [6, 4]));
      await compare([x], (v) => b.transpose(v, [2, 0, 1]));
      await compare([{ shape: [3, 1], dtype }], (v) => b.broadcastTo(v, [2, 3, 4]));
      await compare([x], (v) => b.slice(v, [0, 1, 0], [2, 3, 4], [1, 1, 3]));
      await compare([x], (v) => b.pad(v, [0, 1, 2], [1, 0, 1], { interior: [0, 1, 2] }));
      await compare([x, { shape: [2, 1, 4], dtype }], (v, w) => b.concatenate([v, w, v], 1));
      await compare([x], (v) => b.reverse(v, [0, 2]));
    });
  }
  it('pads with a value', () =>
    compare([{ shape: [2, 2] }], (v) => b.pad(v, [1, 0], [0, 2], { interior: [2, 0], value: 7 })));
  it('handles empty tensors', async () => {
    await compare([{ shape: [0, 3] }], (v) => b.mul(v, 2));
    await compare([{ shape: [2, 3] }], (v) => b.slice(v, [0, 1], [2, 1]));
    await compare([{ shape: [0, 3] }], (v) => b.reshape(v, [3, 0]));
    await compare([{ shape: [0, 3] }], (v) => b.sum(v, 0));
  });
  it('iota', async () => {
    await compare([], () => b.iota([2, 3], 0));
    await compare([], () => b.iota([2, 3], 1, 'float32'));
  });
  it('dimension', () =>
    compare([{ shape: [5, 3] }], (x) => b.apply('dimension', [x], { axis: 1 })));
});

describe('indexing', () => {
  const x: Input = { shape: [4, 3, 5] };
  const indices: Input = { shape: [2, 2], dtype: 'int32', data: [0, -1, 2, 2] };
  for (const axis of [0, 1, 2]) {
    it(`gather and scatterAdd along ${axis}`, async () => {
      const wrapped = { ...indices, data: indices.data!.map((i) => Math.max(i, -3)) };
      await compare([x, wrapped], (v, i) => b.gather(v, i, axis));
      const updates = [...x.shape.slice(0, axis), 2, 2, ...x.shape.slice(axis + 1)];
      await compare([x, wrapped, { shape: updates }], (v, i, u) => b.scatterAdd(v, i, u, axis));
    });
    it(`gatherAlong and scatterAddAlong ${axis}`, async () => {
      const shape = x.shape.map((d, i) => (i === axis ? 2 : d));
      const data = Array.from(
        { length: shape.reduce((n, d) => n * d, 1) },
        (_, i) => (((i * 7) % 5) % 3) - 1,
      );
      const along: Input = { shape, dtype: 'int32', data };
      await compare([x, along], (v, i) => b.gatherAlong(v, i, axis));
      await compare([x, along, { shape }], (v, i, u) => b.scatterAddAlong(v, i, u, axis));
    });
  }
  it('scalar indices', () =>
    compare([x, { shape: [], dtype: 'int32', data: [2] }], (v, i) => b.gather(v, i, 1)));
  it('names an index that is out of range', async () => {
    const wrong: Input = { shape: [1], dtype: 'int32', data: [9] };
    for (const build of [
      (v: Node, i: Node) => b.gather(v, i, 0),
      (v: Node, i: Node) => b.scatterAdd(v, i, b.filled([1, 3, 5], 1), 0),
    ]) {
      const nodes = [b.placeholder(x.shape, 'float32'), b.placeholder([1], 'int32')];
      const executable = await onnx.compile({
        inputs: nodes,
        outputs: [build(nodes[0], nodes[1])],
        state: [],
      });
      const run = executable.run([
        values(x.shape, 'float32', 1),
        new HostBuffer(Int32Array.from(wrong.data!), [1], 'int32'),
      ]);
      await expect(run).rejects.toThrow(/index is 9/);
      await executable.dispose();
    }
  });
});
