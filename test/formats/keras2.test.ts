import { input, layers, type Model, model as makeModel, sequential } from 'nabla';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { readHdf5 } from '../../src/formats/hdf5/read.ts';
import { GroupBuilder, type H5Group } from '../../src/formats/hdf5/tree.ts';
import { setNames, writeHdf5 } from '../../src/formats/hdf5/write.ts';
import { loadModelFile, loadWeightsFile } from '../../src/formats/load.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import { readNamedValues, readNames } from '../../src/formats/weights/legacy.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import { sines } from './goldens.ts';
import { largestDifference, outputsOf } from './support.ts';

/**
 * What files of Keras 2 have that those of Keras 3 have not. The files are made from ours: the
 * configuration is put back into the older form, weights get older names.
 */

beforeAll(() => {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
});

interface Old {
  /** The version that is said to have written the file; none for Keras 1. */
  readonly version?: string;
  readonly backend?: string;
  /** Changes the configuration, or returns another. */
  readonly config?: (config: any) => any;
  /** Changes the values of a layer's weights. */
  readonly values?: (layer: string, values: NDArray[]) => NDArray[];
  readonly training?: object;
  /** Other names for layers. */
  readonly rename?: (name: string) => string;
}

/** The model in a file of an older Keras. */
async function oldFile(made: Model, old: Old): Promise<Uint8Array> {
  const [{ bytes }] = await saveModelFiles(made, 'h5');
  const source = await readHdf5(bytes);
  const root = new GroupBuilder();
  const config = JSON.parse(source.attributes.get('model_config') as string);
  const changed = old.config?.(config) ?? config;
  root.attributes.set('model_config', JSON.stringify(changed));
  if (old.version) root.attributes.set('keras_version', old.version);
  if (old.training) root.attributes.set('training_config', JSON.stringify(old.training));
  const from = source.groups.get('model_weights')!;
  const to = root.group('model_weights');
  to.attributes.set('backend', old.backend ?? 'tensorflow');
  const names = readNames(from.attributes, 'layer_names');
  const rename = old.rename ?? ((name) => name);
  setNames(to, 'layer_names', names.map(rename));
  for (const name of names) {
    const named = readNamedValues(from.groups.get(name) as H5Group);
    const values =
      old.values?.(
        name,
        named.map((v) => v.value),
      ) ?? named.map((v) => v.value);
    const group = to.group(rename(name));
    const paths = values.map((_, i) => `${rename(name)}/${named[i].name}:0`);
    setNames(group, 'weight_names', paths);
    values.forEach((value, i) => {
      group.dataset(paths[i], value);
    });
  }
  return writeHdf5(root);
}

const load = (bytes: Uint8Array) =>
  loadModelFile(
    { bytes },
    {
      onWarning: (message) => {
        throw new Error(message);
      },
    },
  );

/** The file, loaded, computes what the model does. */
async function expectLoads(made: Model, x: NDArray, old: Old): Promise<Model> {
  const loaded = await load(await oldFile(made, old));
  expect(largestDifference(await outputsOf(loaded, x), await outputsOf(made, x))).toBeLessThan(
    1e-6,
  );
  return loaded;
}

/** The input layer goes, its shape comes to the first layer. */
const shapeInFirst = (config: any): any => {
  const [first, ...rest] = config.config.layers;
  rest[0].config.batch_input_shape = first.config.batch_shape;
  config.config.layers = rest;
  return config;
};

/** Options of all layers of a class, changed. */
const inClass = (pattern: RegExp, change: (config: any) => void) => (config: any) => {
  const visit = (value: any): void => {
    if (typeof value !== 'object' || value === null) return;
    if (pattern.test(value.class_name)) change(value.config);
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(config);
  return config;
};

const wide = sines([3, 6]);
const dense = () =>
  sequential([
    layers.dense({ units: 5, activation: 'tanh', inputShape: [6] }),
    layers.dense({ units: 2, biasInitializer: 'randomNormal' }),
  ]);

describe('files of Keras 2', () => {
  it('up to 2.1.3 hold a sequential model as a bare list', async () => {
    const config = (c: any) => ({
      class_name: 'Sequential',
      config: shapeInFirst(c).config.layers,
    });
    await expectLoads(dense(), wide, { version: '2.1.3', config });
  });

  it('2.2.4-tf and 2.3.1 give the input shape to the first layer', async () => {
    for (const version of ['2.2.4-tf', '2.3.1']) {
      const loaded = await expectLoads(dense(), wide, { version, config: shapeInFirst });
      expect(loaded.layers.length).toBe(2);
    }
  });

  it('call an input batch_input_shape and a functional model Model', async () => {
    const a = input({ shape: [6], name: 'a' });
    const shared = layers.dense({ units: 6, name: 's' });
    const made = makeModel({
      inputs: a,
      outputs: layers.add().call([shared.call(shared.call(a)), a]),
    });
    await expectLoads(made, wide, {
      version: '2.2.4',
      config: (config) => {
        config.class_name = 'Model';
        for (const layer of config.config.layers) {
          const { batch_shape: shape } = layer.config;
          if (shape) {
            layer.config.batch_input_shape = shape;
            delete layer.config.batch_shape;
          }
          // Calls were lists: layer, call, result, options.
          layer.inbound_nodes = layer.inbound_nodes.map(({ args }: any) =>
            args.flat().map((t: any) => [...t.config.keras_history, {}]),
          );
        }
        return config;
      },
    });
  });

  const image = sines([2, 5, 5, 2]);
  const series = sines([2, 4, 3]);
  const first = { inputShape: [5, 5, 2] };
  it.each<[string, () => Model, NDArray, Old]>([
    [
      'dtype in initializers',
      dense,
      wide,
      { config: inClass(/^(GlorotUniform|Zeros|RandomNormal)$/, (c) => (c.dtype = 'float32')) },
    ],
    [
      'time_major in recurrent layers',
      () => sequential([layers.lstm({ units: 3, inputShape: [4, 3] })]),
      series,
      { config: inClass(/^LSTM$/, (c) => (c.time_major = false)) },
    ],
    ...(['depthwiseConv2d', 'separableConv2d', 'conv2dTranspose'] as const).map(
      (name): [string, () => Model, NDArray, Old] => [
        `groups in ${name}`,
        () => {
          const make = layers[name] as (options: object) => any;
          const filters = name === 'depthwiseConv2d' ? {} : { filters: 3 };
          return sequential([make({ kernelSize: 2, ...filters, ...first })]);
        },
        image,
        { config: inClass(/Conv2D/, (c) => (c.groups = 1)) },
      ],
    ),
    [
      'noise_shape in SpatialDropout',
      () => sequential([layers.spatialDropout2d({ rate: 0.5, ...first })]),
      image,
      {
        config: inClass(/^SpatialDropout/, (c) =>
          Object.assign(c, { noise_shape: null, trainable: true }),
        ),
      },
    ],
    [
      'the inner layer of a Bidirectional without a module',
      () =>
        sequential([
          layers.bidirectional({ layer: layers.lstm({ units: 2 }), inputShape: [4, 3] }),
        ]),
      series,
      {
        config: inClass(/^Bidirectional$/, (c) => {
          const { class_name, config } = c.layer;
          c.layer = { class_name, config };
        }),
      },
    ],
    [
      'alpha of a LeakyReLU',
      () => sequential([layers.leakyRelu({ negativeSlope: 0.4, inputShape: [6] })]),
      wide,
      {
        config: inClass(/^LeakyReLU$/, (c) => {
          c.alpha = c.negative_slope;
          delete c.negative_slope;
        }),
      },
    ],
    [
      'the axis of a BatchNormalization in a list, and its class with a version',
      () => sequential([layers.batchNormalization({ inputShape: [6] })]),
      wide,
      {
        config: (config) => {
          inClass(/^BatchNormalization$/, (c) => (c.axis = [1]))(config);
          return JSON.parse(
            JSON.stringify(config).replace('"BatchNormalization"', '"BatchNormalizationV1"'),
          );
        },
      },
    ],
    [
      'options that nobody needs any more',
      dense,
      wide,
      {
        config: inClass(/^Dense$/, (c) =>
          Object.assign(c, { implementation: 1, input_length: null, kernel_lr: 2 }),
        ),
      },
    ],
    ['layers by position where names differ', dense, wide, { rename: (name) => `old_${name}` }],
  ])('may have %s', async (_what, make, x, old) => {
    await expectLoads(make(), x, { version: '2.3.0', ...old });
  });

  it('mean another hard_sigmoid, which the version decides', async () => {
    const make = (recurrentActivation: any) =>
      sequential([
        layers.lstm({ units: 3, recurrentActivation, inputShape: [4, 3] }),
        layers.dense({ units: 1, activation: recurrentActivation }),
      ]);
    const config = (c: any) => {
      const text = JSON.stringify(c).replaceAll('hard_sigmoid_keras2', 'hard_sigmoid');
      return JSON.parse(text);
    };
    const [old, present] = [make('hardSigmoidKeras2'), make('hardSigmoid')];
    present.setWeights(await old.getWeights());
    const x = sines([2, 4, 3], 3);
    expect(await outputsOf(old, x)).not.toEqual(await outputsOf(present, x));
    await expectLoads(old, x, { version: '2.2.4', config });
    await expectLoads(present, x, { version: '3.1.0' });
    // Before 2.3 it was the default.
    const withoutIt = inClass(/^LSTM$/, (c) => delete c.recurrent_activation);
    await expectLoads(old, x, { version: '2.2.4', config: (c) => withoutIt(config(c)) });
  });

  it('of the backend Theano have kernels the other way round, also inside of layers', async () => {
    const made = sequential([
      layers.timeDistributed({
        layer: layers.conv2d({ filters: 2, kernelSize: 3 }),
        inputShape: [2, 5, 5, 1],
      }),
    ]);
    const x = sines([1, 2, 5, 5, 1]);
    await expectLoads(made, x, {
      version: '2.2.4',
      backend: 'theano',
      values: (_layer, values) =>
        values.map((v, i) => {
          if (i > 0) return v;
          const data = Float32Array.from({ length: 18 }, (_, k) => {
            return v.data[(8 - Math.floor(k / 2)) * 2 + (k % 2)];
          });
          return { ...v, data };
        }),
    });
  });

  it('may hold weights alone, with the names of layers at the root', async () => {
    const made = dense();
    const whole = await readHdf5(await oldFile(made, { version: '2.2.4' }));
    const weights = whole.groups.get('model_weights') as GroupBuilder;
    weights.attributes.set('keras_version', '2.2.4');
    const other = dense();
    await loadWeightsFile(other, { bytes: await writeHdf5(weights) });
    expect(await outputsOf(other, wide)).toEqual(await outputsOf(made, wide));
    await expect(load(await writeHdf5(weights))).rejects.toThrow(/weights only/);
  });

  it('are refused if they need time_major', async () => {
    const made = sequential([layers.lstm({ units: 3, inputShape: [4, 3] })]);
    const config = inClass(/^LSTM$/, (c) => (c.time_major = true));
    await expect(load(await oldFile(made, { version: '2.3.0', config }))).rejects.toThrow(
      /'lstm.*time_major=true.*not supported/,
    );
  });

  it('without a version, or of 1.x, are refused as Keras 1', async () => {
    await expect(load(await oldFile(dense(), {}))).rejects.toThrow(/Keras 1.*Keras 2 first/);
    const bytes = await oldFile(dense(), { version: '1.2.2' });
    await expect(load(bytes)).rejects.toThrow(/Keras 1\.2\.2.*Keras 2 first/);
    await expect(loadWeightsFile(dense(), { bytes })).rejects.toThrow(/Keras 1\.2\.2/);
  });

  it('have learning rates that fall as an option of the optimizer', async () => {
    const training = {
      optimizer_config: {
        class_name: 'SGD',
        config: { lr: 0.5, decay: 0.25, momentum: 0.9, nesterov: true, name: 'SGD' },
      },
      loss: 'mse',
      metrics: ['accuracy'],
      sample_weight_mode: null,
      loss_weights: null,
    };
    const loaded = await load(await oldFile(dense(), { version: '2.3.0', training }));
    expect(await loaded.optimizer.getLearningRate()).toBe(0.5);
    expect(loaded.optimizer.getConfig()).toMatchObject({ momentum: 0.9, nesterov: true });
    await loaded.trainOnBatch(wide, sines([3, 2]));
    expect(await loaded.optimizer.getLearningRate()).toBeCloseTo(0.5 / 1.25, 6);
  });
});

/** Keras's own conversion, backwards: gates of [rows, units], each refolded; two biases of one sum. */
function toCudnn(gates: 3 | 4, [kernel, recurrent, bias]: NDArray[]): NDArray[] {
  const fold = (
    { data, shape, dtype }: NDArray,
    from: (r: number, c: number, rows: number, units: number) => readonly [number, number],
  ) => {
    const [rows, width] = shape;
    const units = width / gates;
    const out = new Float32Array(data.length);
    for (let g = 0; g < gates; g++) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < units; c++) {
          const [i, j] = from(r, c, rows, units);
          out[r * width + g * units + c] = data[i * width + g * units + j];
        }
      }
    }
    return { data: out, shape, dtype };
  };
  // NumPy: gate.T.reshape(gate.shape, order='C').
  const refolded = fold(kernel, (r, c, rows, units) => {
    const n = r * units + c;
    return [n % rows, Math.floor(n / rows)];
  });
  const transposed = fold(recurrent, (r, c) => [c, r]);
  const size = bias.data.length;
  const both =
    gates === 3
      ? Float32Array.from(bias.data)
      : Float32Array.from({ length: 2 * size }, (_, i) => bias.data[i % size] / 2);
  return [refolded, transposed, { data: both, shape: [both.length], dtype: 'float32' }];
}

describe("CuDNN's layers in files of Keras 2", () => {
  const series = sines([2, 5, 3]);
  const named = (config: any) => {
    const text = JSON.stringify(config)
      .replaceAll('"class_name":"LSTM"', '"class_name":"CuDNNLSTM"')
      .replaceAll('"class_name":"GRU"', '"class_name":"CuDNNGRU"');
    const options = [
      'activation',
      'recurrent_activation',
      'reset_after',
      'dropout',
      'recurrent_dropout',
    ];
    return inClass(/^CuDNN/, (c) => {
      for (const name of options) delete c[name];
    })(JSON.parse(text));
  };
  const random = { biasInitializer: 'randomNormal', inputShape: [5, 3] } as const;

  it.each<[string, 3 | 4, () => Model]>([
    ['CuDNNLSTM', 4, () => sequential([layers.lstm({ units: 2, ...random })])],
    ['CuDNNGRU', 3, () => sequential([layers.gru({ units: 2, ...random })])],
    [
      'Bidirectional CuDNNLSTM',
      4,
      () =>
        sequential([
          layers.bidirectional({
            layer: layers.lstm({ units: 2, biasInitializer: 'randomNormal' }),
            inputShape: [5, 3],
          }),
        ]),
    ],
    [
      'Bidirectional CuDNNGRU',
      3,
      () =>
        sequential([
          layers.bidirectional({
            layer: layers.gru({ units: 2, biasInitializer: 'randomNormal' }),
            inputShape: [5, 3],
          }),
        ]),
    ],
    [
      'CuDNNLSTM in a model',
      4,
      () => sequential([sequential([layers.lstm({ units: 2, ...random })])]),
    ],
  ])('%s', async (_what, gates, make) => {
    const values = (_layer: string, list: NDArray[]) => [
      ...toCudnn(gates, list.slice(0, 3)),
      ...(list.length > 3 ? toCudnn(gates, list.slice(3)) : []),
    ];
    await expectLoads(make(), series, { version: '2.2.4', config: named, values });
  });
});
