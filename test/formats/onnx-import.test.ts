import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { encodeModel, type OnnxAttributes, type OnnxTensor } from '../../src/engines/onnx/model.ts';
import { readOnnxModel } from '../../src/formats/onnx/onnx-model.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { largestDifference } from './support.ts';

/** ONNX graphs of one operator each, computed here and by ONNX Runtime. */

/** An input: a shape for irregular numbers, integers or booleans that come with the graph, or numbers. */
type Given =
  | readonly number[]
  | { readonly integers: readonly number[]; readonly shape?: readonly number[] }
  | { readonly int32: readonly number[]; readonly shape: readonly number[] }
  | { readonly floats: readonly number[]; readonly shape: readonly number[] }
  | { readonly values: readonly number[]; readonly shape: readonly number[] }
  | { readonly bools: readonly number[]; readonly shape: readonly number[] }
  | { readonly scalar: number }
  | null;

interface Options {
  readonly opset?: number;
  readonly outputs?: number;
  /** How far values may differ; 1e-5 by default. */
  readonly tolerance?: number;
}

type Row = readonly [
  op: string,
  inputs: readonly Given[],
  attributes?: OnnxAttributes,
  options?: Options,
];

const wave = (size: number, phase: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + phase) * 1.3);

const isShape = (given: Given): given is readonly number[] => Array.isArray(given);

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

function build([op, inputs, attributes = {}, { opset = 17, outputs = 1 }]: Required<Row>) {
  const feeds: { name: string; type: 'float32' | 'int32' | 'bool'; shape: number[]; data: any }[] =
    [];
  const initializers: OnnxTensor[] = [];
  const names = inputs.map((given, i): string => {
    const name = `x${i}`;
    if (given === null) return '';
    if (isShape(given)) {
      const shape = [...given];
      feeds.push({ name, type: 'float32', shape, data: wave(sizeOf(shape), i) });
      return name;
    }
    if ('int32' in given) {
      feeds.push({
        name,
        type: 'int32',
        shape: [...given.shape],
        data: Int32Array.from(given.int32),
      });
    } else if ('values' in given) {
      const data = Float32Array.from(given.values);
      feeds.push({ name, type: 'float32', shape: [...given.shape], data });
    } else if ('bools' in given) {
      feeds.push({
        name,
        type: 'bool',
        shape: [...given.shape],
        data: Uint8Array.from(given.bools),
      });
    } else if ('floats' in given) {
      initializers.push({
        name,
        type: 'float32',
        shape: given.shape,
        data: Float32Array.from(given.floats),
      });
    } else if ('scalar' in given) {
      initializers.push({ name, type: 'float32', shape: [], data: Float32Array.of(given.scalar) });
    } else {
      const { integers, shape = [integers.length] } = given as {
        integers: readonly number[];
        shape?: readonly number[];
      };
      initializers.push({
        name,
        type: 'int64',
        shape,
        data: BigInt64Array.from(integers, BigInt),
      });
    }
    return name;
  });
  const results = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const [name, domain = ''] = op.split('@');
  const bytes = encodeModel(
    {
      name: 'one',
      inputs: feeds.map(({ name: n, type, shape }) => ({ name: n, type, shape })),
      // The runtime finds types and shapes itself.
      outputs: [],
      initializers,
      nodes: [{ op: name, domain, inputs: names, outputs: results, attributes }],
    },
    { opset },
  );
  return { bytes, feeds, results };
}

/** `encodeModel` writes outputs with a type; here they are written by name alone. */
function withOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  // ModelProto.graph (7) is a message: another one with outputs only is merged into it.
  const outputs = names.flatMap((name) => {
    const text = [...new TextEncoder().encode(name)];
    return [0x62, text.length + 2, 0x0a, text.length, ...text];
  });
  return Uint8Array.of(...bytes, 0x3a, outputs.length, ...outputs);
}

const rows: readonly Row[] = [
  ['Add', [[2, 3], [3]]],
  [
    'Mod',
    [
      { int32: [7, -7, 5], shape: [3] },
      { int32: [3, 3, -3], shape: [3] },
    ],
  ],
  ['Mod', [[4], [4]], { fmod: 1 }],
  ['Pow', [{ floats: [1, 2, 3], shape: [3] }, [3]]],
  ['Max', [[2, 3], [3], [2, 1]]],
  ['Mean', [[2, 3], [3]]],
  ['Where', [{ bools: [1, 0, 1], shape: [3] }, [2, 3], [3]]],
  ['Clip', [[5], { scalar: -0.5 }, { scalar: 0.5 }]],
  ['Clip', [[5]], { min: { float: -0.2 }, max: { float: 0.3 } }, { opset: 6 }],
  ['LeakyRelu', [[6]], { alpha: { float: 0.2 } }],
  ['Selu', [[6]]],
  ['Celu', [[6]], { alpha: { float: 2 } }],
  ['HardSigmoid', [[6]], { alpha: { float: 0.3 } }],
  ['HardSwish', [[6]]],
  ['Shrink', [[6]], { bias: { float: 0.1 }, lambd: { float: 0.4 } }],
  ['PRelu', [[2, 3], { floats: [0.1, 0.2, 0.3], shape: [3] }]],
  ['Round', [{ values: [0.5, 1.5, -2.5, 2.4], shape: [4] }]],
  ['IsInf', [{ values: [1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], shape: [3] }]],
  ['Cast', [[5]], { to: 6 }],
  ['ReduceSum', [[2, 3, 4], { integers: [1] }], { keepdims: 0 }],
  ['ReduceMean', [[2, 3, 4]], { axes: [-1] }],
  ['ReduceLogSumExp', [[2, 3]], { axes: [0] }],
  ['ReduceMax', [[2, 3, 4]], { axes: [0, 2], keepdims: 0 }],
  ['ArgMax', [[2, 5]], { axis: 1, keepdims: 0 }],
  ['Softmax', [[2, 3, 4]], { axis: 1 }],
  ['Softmax', [[2, 3, 4]], { axis: 1 }, { opset: 11 }],
  ['LogSoftmax', [[2, 3]]],
  ['Hardmax', [[2, 3]]],
  [
    'MatMul',
    [
      [2, 3, 4],
      [4, 5],
    ],
  ],
  ['MatMul', [[4], [2, 4, 3]]],
  [
    'Gemm',
    [[3, 2], [4, 3], [4]],
    { alpha: { float: 0.5 }, beta: { float: 2 }, transA: 1, transB: 1 },
  ],
  [
    'Einsum',
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    { equation: 'bij,bjk->bik' },
  ],
  [
    'BatchNormalization',
    [[2, 3, 4], ...[1, 0.5, 0.1, 2].map((v) => ({ floats: [v, v + 1, v + 2], shape: [3] }))],
    { epsilon: { float: 0.01 } },
  ],
  ['InstanceNormalization', [[2, 3, 4], [3], [3]]],
  ['LayerNormalization', [[2, 3, 4], [4], [4]], { axis: -1 }],
  ['LRN', [[1, 6, 2, 2]], { size: 3, alpha: { float: 0.1 }, beta: { float: 0.5 } }],
  ['MeanVarianceNormalization', [[2, 3, 4, 2]], {}, { tolerance: 1e-4 }],
  ['LpNormalization', [[2, 3]], { p: 2, axis: 1 }],
  ['Reshape', [[2, 3, 4], { integers: [0, -1] }]],
  ['Flatten', [[2, 3, 4]], { axis: 2 }],
  [
    'Slice',
    [
      [4, 5],
      { integers: [3, 1] },
      { integers: [-100, 4] },
      { integers: [0, 1] },
      { integers: [-2, 2] },
    ],
  ],
  ['Squeeze', [[1, 3, 1], { integers: [0, -1] }]],
  ['Unsqueeze', [[2, 3], { integers: [0, 3] }]],
  ['Split', [[2, 7], { integers: [2, 5] }], { axis: 1 }, { outputs: 2 }],
  ['Pad', [[2, 3], { integers: [0, 1, 1, 2] }, { scalar: 9 }]],
  ['Pad', [[2, 4], { integers: [0, 2, 0, 1] }], { mode: 'reflect' }],
  ['Pad', [[2, 4], { integers: [0, 2, 1, 1] }], { mode: 'edge' }],
  ['Expand', [[3, 1], { integers: [2, 3, 4] }]],
  ['Transpose', [[2, 3, 4]], { perm: [2, 0, 1] }],
  [
    'Concat',
    [
      [2, 3],
      [1, 3],
    ],
    { axis: 0 },
  ],
  ['Tile', [[2, 3], { integers: [2, 2] }]],
  ['Gather', [[4, 3], { integers: [2, 0, -1], shape: [3, 1] }]],
  ['GatherElements', [[3, 3], { integers: [1, 2, 0, 2, 0, 0], shape: [2, 3] }], { axis: 0 }],
  ['GatherND', [[2, 3, 4], { integers: [0, 1, 1, 2], shape: [2, 2] }]],
  [
    'ScatterElements',
    [[3, 3], { integers: [1, 0, 2, 0, 2, 1], shape: [2, 3] }, [2, 3]],
    { axis: 0 },
  ],
  ['ScatterND', [[4, 3], { integers: [2, 0], shape: [2, 1] }, [2, 3]]],
  ['Shape', [[2, 3, 4]]],
  ['DepthToSpace', [[1, 8, 2, 3]], { blocksize: 2, mode: 'CRD' }],
  ['SpaceToDepth', [[1, 2, 4, 6]], { blocksize: 2 }],
  ['Trilu', [[2, 4, 4]], { upper: 0 }],
  ['TopK', [[2, 5], { integers: [3] }], {}, { outputs: 2 }],
  ['CumSum', [[2, 5], { integers: [1], shape: [] }], { exclusive: 1, reverse: 1 }],
  ['Conv', [[1, 2, 5, 6], [3, 2, 3, 2], [3]], { pads: [1, 0, 1, 1], strides: [2, 1] }],
  [
    'Conv',
    [
      [1, 4, 5, 5],
      [6, 2, 2, 2],
    ],
    { group: 2, dilations: [2, 2], pads: [1, 1, 1, 1] },
  ],
  [
    'Conv',
    [
      [2, 3, 8],
      [4, 3, 3],
    ],
    { auto_pad: 'SAME_LOWER', strides: [2] },
  ],
  [
    'ConvTranspose',
    [[1, 3, 4, 4], [3, 2, 3, 3], [2]],
    { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 0] },
  ],
  ['MaxPool', [[1, 2, 6, 5]], { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] }],
  ['MaxPool', [[1, 1, 6]], { kernel_shape: [3], strides: [2], ceil_mode: 1 }],
  [
    'AveragePool',
    [[1, 2, 6, 5]],
    { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
  ],
  ['GlobalAveragePool', [[2, 3, 4, 5]]],
  [
    'Resize',
    [[1, 1, 4, 4], null, { floats: [1, 1, 2, 2], shape: [4] }],
    { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
  ],
  [
    'Resize',
    [[1, 1, 4, 4], null, null, { integers: [1, 1, 7, 3] }],
    { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  ],
  [
    'LSTM',
    [
      [4, 2, 3],
      [1, 20, 3],
      [1, 20, 5],
      [1, 40],
    ],
    { hidden_size: 5 },
    { outputs: 3 },
  ],
  [
    'LSTM',
    [
      [4, 2, 3],
      [2, 20, 3],
      [2, 20, 5],
      [2, 40],
    ],
    { hidden_size: 5, direction: 'bidirectional' },
    { outputs: 3 },
  ],
  [
    'GRU',
    [
      [4, 2, 3],
      [1, 15, 3],
      [1, 15, 5],
      [1, 30],
    ],
    { hidden_size: 5, linear_before_reset: 1, direction: 'reverse' },
    { outputs: 2 },
  ],
  [
    'RNN',
    [
      [4, 2, 3],
      [1, 5, 3],
      [1, 5, 5],
    ],
    { hidden_size: 5 },
    { outputs: 2 },
  ],
  ['Gelu@com.microsoft', [[6]]],
];

beforeAll(() => {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
});

describe('ONNX operators', () => {
  it.each(rows.map((row, i) => ({ title: `${row[0]} ${i}`, row })))('$title', async ({ row }) => {
    const [op, inputs, attributes = {}, options = {}] = row;
    const { bytes, feeds, results } = build([op, inputs, attributes, options]);
    const file = withOutputs(bytes, results);
    const session = await InferenceSession.create(file);
    const given = Object.fromEntries(
      feeds.map(({ name, type, shape, data }) => [
        name,
        new OrtTensor(type as 'float32', data, shape),
      ]),
    );
    const expected = await session.run(given);
    const model = readOnnxModel(file);
    const outputs: Tensor[] = [
      model.call(feeds.map(({ data, shape, type }) => tensor(data, shape, type))),
    ].flat();
    expect(outputs.map((t) => t.shape)).toEqual(results.map((n) => [...expected[n].dims]));
    const received = await Promise.all(
      outputs.map(async (t) => Array.from(await t.data(), Number)),
    );
    const wanted = results.map((n) => Array.from(expected[n].data as any, Number));
    expect(largestDifference(received, wanted)).toBeLessThan(options.tolerance ?? 1e-5);
  });

  it('that are not known are named', () => {
    const { bytes } = build([
      'NonMaxSuppression',
      [
        [1, 2, 4],
        [1, 1, 2],
      ],
      {},
      {},
    ]);
    expect(() => readOnnxModel(withOutputs(bytes, ['y0']))).toThrow(
      /operators that are not supported: NonMaxSuppression/,
    );
    const { bytes: inherited } = build(['constructor', [[1]], {}, {}]);
    expect(() => readOnnxModel(withOutputs(inherited, ['y0']))).toThrow(/constructor/);
  });

  it('do not take sizes from the data', () => {
    const { bytes, feeds } = build(['Reshape', [[2, 3], { int32: [3, 2], shape: [2] }], {}, {}]);
    const model = readOnnxModel(withOutputs(bytes, ['y0']));
    const inputs = feeds.map(({ data, shape, type }) => tensor(data, shape, type));
    expect(() => model.call(inputs)).toThrow(/Reshape.*depends on the data/);
  });
});
