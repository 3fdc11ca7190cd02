import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { input, layers, loadModel, type Model, model, optimizers, sequential } from 'nabla';
import { afterAll, describe, expect, it } from 'vitest';
import { readHdf5 } from '../../src/formats/hdf5/read.ts';
import { GroupBuilder } from '../../src/formats/hdf5/tree.ts';
import { setNames, writeHdf5 } from '../../src/formats/hdf5/write.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import { readNames } from '../../src/formats/weights/legacy.ts';
import { ZipArchive } from '../../src/formats/zip.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { goldenModels, modelsFolder } from './goldens.ts';
import { hasH5py, python } from './python.ts';

const folder = mkdtempSync(join(tmpdir(), 'nabla-layout-'));
afterAll(() => rmSync(folder, { recursive: true }));

const script = fileURLToPath(new URL('layout.py', import.meta.url));

interface Described {
  attributes: Record<string, any>;
  /** NumPy's name of the dtype; groups have none. */
  type?: string;
  shape?: number[];
}

type Layout = Record<string, Described>;

let count = 0;

/** The layout of a file, without what is ours alone and what a file of Keras says of its backend. */
function layoutOf(bytes: Uint8Array): Layout {
  const path = join(folder, `${count++}.h5`);
  writeFileSync(path, bytes);
  const text = execFileSync(python, [script, path], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const layout: Layout = JSON.parse(text);
  for (const name of Object.keys(layout)) {
    if (name === 'nabla' || name.startsWith('nabla/')) delete layout[name];
    else delete layout[name].attributes.backend;
  }
  return layout;
}

const read = (name: string) => new Uint8Array(readFileSync(`${modelsFolder}${name}`));
const saved = async (made: Model, format: 'h5' | 'weights.h5' | 'keras') =>
  (await saveModelFiles(made, format))[0].bytes;
const innerWeights = (bytes: Uint8Array) => new ZipArchive(bytes).read('model.weights.h5');
const jsonOf = async (bytes: Uint8Array, name: string) =>
  JSON.parse(new TextDecoder().decode(await new ZipArchive(bytes).read(name)));

/** The data sets of a file with their shapes, in the order of their names. */
function datasetsOf(layout: Layout, within = ''): Record<string, number[]> {
  const found = Object.entries(layout).filter(([n, d]) => d.shape && n.startsWith(within));
  return Object.fromEntries(found.map(([n, { shape }]) => [n.slice(within.length), shape!]));
}

/**
 * Keras names a weight after where its layer was built. The normalization of this model was adapted to
 * data, and so built, before it came into the model; here it is built within.
 */
function builtInside(layout: Layout): Layout {
  const rename = (name: string) =>
    name.replace(/^model_weights\/norm\/norm(?=\/|$)/, 'model_weights/norm/norms/norm');
  const renamed = Object.entries(layout).map(([name, described]) => [rename(name), described]);
  const out: Layout = Object.fromEntries(renamed);
  const norm = out['model_weights/norm']?.attributes.weight_names;
  if (norm?.values[0].startsWith('norm/')) {
    norm.values = norm.values.map((v: string) => `norms/${v}`);
    out['model_weights/norm/norms'] = { attributes: {} };
  }
  return out;
}

/** Nothing that Keras leaves at null; numbers of objects in Python's memory; what is said of backends. */
function essential(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((v) => essential(v));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([k, v]) =>
      v !== null &&
      k !== 'shared_object_id' &&
      !(key === 'optimizer' && (k === 'module' || k === 'registered_name')),
  );
  return Object.fromEntries(entries.map(([k, v]) => [k, essential(v, k)]));
}

/** Configurations of layers inside a configuration, each with its own. */
function eachLayer(config: any, visit: (layer: any) => void): void {
  for (const layer of config.config.layers ?? []) {
    visit(layer);
    eachLayer(layer, visit);
  }
}

/** A model of everything that holds layers: wrappers, cells, models in models, shared ones. */
function makeNested(): Model {
  const x = input({ shape: [6, 4], name: 'x' });
  const both = layers.bidirectional({
    layer: layers.lstm({ units: 2, returnSequences: true, name: 'lstm' }),
    name: 'both',
  });
  const each = layers.timeDistributed({ layer: layers.dense({ units: 4, name: 'd' }), name: 'td' });
  const stack = layers.rnn({
    cell: [layers.lstmCell({ units: 4, name: 'c1' }), layers.gruCell({ units: 4, name: 'c2' })],
    returnSequences: true,
    name: 'stack',
  });
  const attention = layers.multiHeadAttention({ numHeads: 2, keyDim: 2, name: 'attention' });
  const inner = sequential(
    [
      layers.dense({ units: 4, name: 'first', inputShape: [6, 4] }),
      sequential([layers.dense({ units: 4, name: 'deep' })], { name: 'innermost' }),
    ],
    { name: 'inner' },
  );
  let y = stack.call(each.call(both.call(x)));
  y = attention.call([y, y]);
  // Called twice, stored once.
  y = inner.call(inner.call(y));
  return model({ inputs: x, outputs: y, name: 'outer' });
}

const float = (shape: number[]) => ({ type: '<f4', shape });

describe.skipIf(!hasH5py)('HDF5 files as h5py sees them (skipped without python3-h5py)', () => {
  const sources = Object.keys(goldenModels).flatMap((name) =>
    (['h5', 'keras'] as const).map((from) => [name, from] as const),
  );

  it.each(sources)('%s, loaded from .%s, is laid out as Keras does it', async (name, from) => {
    const made = await loadModel(`${modelsFolder}${name}.${from}`);
    for (const format of ['h5', 'weights.h5'] as const) {
      const expected = builtInside(layoutOf(read(`${name}.${format}`)));
      expect(builtInside(layoutOf(await saved(made, format))), format).toEqual(expected);
    }
    const [ours, theirs] = [await saved(made, 'keras'), read(`${name}.keras`)];
    expect(new ZipArchive(ours).names).toEqual(new ZipArchive(theirs).names);
    expect(layoutOf(await innerWeights(ours))).toEqual(layoutOf(await innerWeights(theirs)));
  });

  it('layers inside of layers have groups by attribute and by class', async () => {
    const layout = layoutOf(await saved(makeNested(), 'weights.h5'));
    const cell = { 0: [4, 8], 1: [2, 8], 2: [8] };
    const dense = { 0: [4, 4], 1: [4] };
    const head = { 0: [4, 2, 2], 1: [2, 2] };
    const groups: Record<string, Record<string, number[]>> = {
      'bidirectional/backward_layer/cell': cell,
      'bidirectional/forward_layer/cell': cell,
      'multi_head_attention/key_dense': head,
      'multi_head_attention/output_dense': { 0: [2, 2, 4], 1: [4] },
      'multi_head_attention/query_dense': head,
      'multi_head_attention/value_dense': head,
      'rnn/cell/cells/gru_cell': { 0: [4, 12], 1: [4, 12], 2: [2, 12] },
      'rnn/cell/cells/lstm_cell': { 0: [4, 16], 1: [4, 16], 2: [16] },
      'sequential/layers/dense': dense,
      'sequential/layers/sequential/layers/dense': dense,
      'time_distributed/layer': dense,
    };
    const expected = Object.entries(groups).flatMap(([path, shapes]) =>
      Object.entries(shapes).map(([i, shape]) => [`layers/${path}/vars/${i}`, shape]),
    );
    expect(datasetsOf(layout)).toEqual(Object.fromEntries(expected));
    // The names that users gave are attributes only; whatever has no weights has an empty group.
    const names = Object.entries(layout).flatMap(([path, { attributes }]) =>
      path.endsWith('vars') ? [[path, attributes.name.values[0]]] : [],
    );
    expect(Object.fromEntries(names)).toMatchObject({
      vars: 'outer',
      'layers/input_layer/vars': 'x',
      'layers/bidirectional/vars': 'both',
      'layers/bidirectional/forward_layer/vars': 'forward_lstm',
      'layers/rnn/cell/vars': 'stacked_rnn_cells',
      'layers/rnn/cell/cells/lstm_cell/vars': 'c1',
      'layers/sequential/vars': 'inner',
      'layers/sequential/layers/sequential/layers/dense/vars': 'deep',
    });
  });

  it('an .h5 file has a group for each layer of the outermost model', async () => {
    const layout = layoutOf(await saved(makeNested(), 'h5'));
    const { attributes } = layout.model_weights;
    expect(attributes.layer_names.values).toEqual([
      'x',
      'both',
      'td',
      'stack',
      'attention',
      'inner',
    ]);
    for (const name of attributes.layer_names.values) {
      const group = layout[`model_weights/${name}`];
      const { weight_names: names } = group.attributes;
      const found = Object.keys(datasetsOf(layout, `model_weights/${name}/`)).sort();
      // An empty list is an array of numbers without elements.
      expect(names.values ?? [], name).toEqual(expect.arrayContaining(found));
      expect(names.shape, name).toEqual([found.length]);
      if (found.length === 0) expect(names.type).toBe('float64');
    }
    expect(layout['model_weights/both'].attributes.weight_names.values).toEqual(
      ['forward_lstm', 'backward_lstm'].flatMap((d) =>
        ['kernel', 'recurrent_kernel', 'bias'].map((w) => `both/${d}/lstm_cell/${w}`),
      ),
    );
    expect(layout['model_weights/td/td/d/kernel']).toMatchObject(float([4, 4]));
    expect(layout['model_weights/inner/inner/innermost/deep/kernel']).toMatchObject(float([4, 4]));
    expect(layout['model_weights/top_level_model_weights'].attributes.weight_names.shape).toEqual([
      0,
    ]);
  });

  it('weights are in the order trained, then not, also of frozen layers', async () => {
    const norm = layers.batchNormalization({ name: 'bn' });
    const made = sequential([layers.dense({ units: 2, inputShape: [3] }), norm]);
    const names = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
    for (const trainable of [true, false]) {
      norm.trainable = trainable;
      const layout = layoutOf(await saved(made, 'h5'));
      const list = layout['model_weights/bn'].attributes.weight_names.values;
      expect(list.map((n: string) => n.split('/').at(-1))).toEqual(names);
    }
  });

  const slots: Readonly<Record<string, readonly [make: () => any, names: readonly string[]]>> = {
    sgd: [() => optimizers.sgd({ learningRate: 0.1 }), []],
    rmsprop: [
      () => optimizers.rmsprop({ momentum: 0.5, centered: true }),
      ['velocity', '', 'momentum', '', 'average_gradient'],
    ],
    adam: [() => optimizers.adam({ amsgrad: true }), ['momentum velocity', '', 'velocity_hat']],
    adamw: [() => optimizers.adamw(), ['momentum velocity']],
    adadelta: [() => optimizers.adadelta(), ['accumulated_grad accumulated_delta_var']],
    adagrad: [() => optimizers.adagrad(), ['accumulator']],
    adamax: [() => optimizers.adamax(), ['momentum norm']],
    nadam: [() => optimizers.nadam(), ['momentum velocity']],
    ftrl: [() => optimizers.ftrl(), ['accumulator linear']],
    lion: [() => optimizers.lion({ useEma: true }), ['average', '', 'momentum']],
    lamb: [() => optimizers.lamb(), ['momentum velocity']],
    adafactor: [() => optimizers.adafactor(), ['row column velocity']],
    schedule_free_adamw: [() => optimizers.scheduleFreeAdamW(), ['momentum velocity']],
  };

  const withOptimizer = (make: () => any): Model => {
    const made = sequential([layers.dense({ units: 3, name: 'd', inputShape: [4] })], {
      name: 'm',
    });
    made.compile({ optimizer: make(), loss: 'mse' });
    made.optimizer.build(made.trainableWeights);
    return made;
  };

  /** The names in h5's list, and how many arrays lie in `vars` of the other formats. */
  async function stateOf(made: Model) {
    const h5 = layoutOf(await saved(made, 'h5'));
    const names: string[] = h5.optimizer_weights.attributes.weight_names.values;
    expect(Object.keys(datasetsOf(h5, 'optimizer_weights/'))).toEqual([...names].sort());
    for (const bytes of [
      await saved(made, 'weights.h5'),
      await innerWeights(await saved(made, 'keras')),
    ]) {
      const vars = Object.keys(datasetsOf(layoutOf(bytes), 'optimizer/vars/'));
      expect(vars.map(Number).sort((a, b) => a - b)).toEqual(names.map((_, i) => i));
    }
    return { names, h5 };
  }

  it.each(Object.entries(slots))('the state of %s', async (name, [make, rounds]) => {
    const { names, h5 } = await stateOf(withOptimizer(make));
    // A round is stored for each weight, slots of one round side by side.
    const expected = rounds
      .filter((round) => round !== '')
      .flatMap((round) =>
        ['kernel', 'bias'].flatMap((w) => round.split(' ').map((s) => `${name}/m_d_${w}_${s}`)),
      );
    const last = name === 'nadam' ? ['variable'] : [];
    expect(names).toEqual([`${name}/iteration`, `${name}/learning_rate`, ...expected, ...last]);
    const at = (path: string) => h5[`optimizer_weights/${path}`];
    expect(at(`${name}/learning_rate`)).toMatchObject(float([]));
    expect(at(`${name}/iteration`).type).toMatch(/^<i/);
  });

  it('the state of Muon, which gives some weights to Adam', async () => {
    const { names } = await stateOf(withOptimizer(() => optimizers.muon()));
    const expected = ['d_kernel_momentum', 'd_bias_momentum', 'd_bias_velocity'];
    expect(names.slice(2)).toEqual(expected.map((n) => `muon/m_${n}`));
  });

  it('the state of an optimizer around another is stored at both places', async () => {
    const made = withOptimizer(() =>
      optimizers.lossScaleOptimizer({ innerOptimizer: optimizers.adam() }),
    );
    const { names } = await stateOf(made);
    const adam = ['iteration', 'learning_rate', 'm_d_kernel_momentum', 'm_d_kernel_velocity'];
    expect(names.slice(0, 8)).toEqual([
      ...['iteration', 'learning_rate', 'step_counter', 'dynamic_scale'].map(
        (n) => `loss_scale_optimizer/${n}`,
      ),
      ...adam.map((n) => `adam/${n}`),
    ]);
    const layout = layoutOf(await saved(made, 'weights.h5'));
    expect(Object.keys(datasetsOf(layout, 'optimizer/inner_optimizer/vars/')).length).toBe(6);
  });

  it('the rate of an optimizer inside another is in its own configuration only', async () => {
    const made = withOptimizer(() =>
      optimizers.lossScaleOptimizer({ innerOptimizer: optimizers.sgd({ learningRate: 0.5 }) }),
    );
    made.optimizer.learningRate = 0.25;
    const { compile_config } = (await jsonOf(await saved(made, 'keras'), 'config.json')) as any;
    const { config } = compile_config.optimizer;
    expect(Object.keys(config)).not.toContain('learning_rate');
    expect(config.inner_optimizer.config.learning_rate).toBe(0.25);
  });

  it('a schedule takes the place of the learning rate', async () => {
    const learningRate = {
      class_name: 'CosineDecay',
      config: { initial_learning_rate: 0.1, decay_steps: 9 },
    };
    const { names } = await stateOf(withOptimizer(() => optimizers.adagrad({ learningRate })));
    expect(names).toEqual([
      'adagrad/iteration',
      ...['kernel', 'bias'].map((w) => `adagrad/m_d_${w}_accumulator`),
    ]);
  });

  it('lists of names that are too long for one attribute are split', async () => {
    const made = sequential(
      Array.from({ length: 700 }, (_, i) =>
        layers.dense({
          units: 1,
          useBias: false,
          name: `${'long_'.repeat(20)}${i}`,
          inputShape: [1],
        }),
      ),
    );
    const bytes = await saved(made, 'h5');
    const { attributes } = layoutOf(bytes).model_weights;
    expect(Object.keys(attributes)).toEqual(['keras_version', 'layer_names0', 'layer_names1']);
    // NumPy's arrays of texts: as wide as the longest.
    for (const part of ['layer_names0', 'layer_names1']) {
      expect(attributes[part]).toMatchObject({ shape: [350], width: 103 });
    }
    const path = join(folder, 'long.h5');
    writeFileSync(path, bytes);
    expect((await loadModel(path)).layers.map((l) => l.name)).toEqual(
      made.layers.map((l) => l.name),
    );
  });

  it('lists are split as NumPy splits arrays', async () => {
    const root = new GroupBuilder();
    // 6 do not fit, and of 4 parts of 7 the first three have one more.
    const seven = Array.from({ length: 7 }, (_, i) => `${'n'.repeat(30_000)}${i}`);
    const many = Array.from({ length: 6000 }, (_, i) => `d${i}`);
    const lists: Record<string, string[]> = { seven, many, one: ['größer', 'ß'], none: [] };
    for (const [name, list] of Object.entries(lists)) setNames(root, name, list);
    const bytes = await writeHdf5(root);
    const { attributes } = layoutOf(bytes)['/'];
    const shapes = Object.fromEntries(Object.entries(attributes).map(([k, v]) => [k, v.shape]));
    expect(shapes).toEqual({
      seven0: [2],
      seven1: [2],
      seven2: [2],
      seven3: [1],
      many: [6000],
      one: [2],
      none: [0],
    });
    expect(attributes.one.values).toEqual(['größer', 'ß']);
    const again = await readHdf5(bytes);
    for (const [name, list] of Object.entries(lists)) {
      expect(readNames(again.attributes, name), name).toEqual(list);
    }
  });
});

describe('configurations in files', () => {
  it.each(Object.keys(goldenModels))('of %s say what those of Keras say', async (name) => {
    const theirs = read(`${name}.keras`);
    const ours = await saved(await loadModel(`${modelsFolder}${name}.keras`), 'keras');
    const [expected, received] = [
      await jsonOf(theirs, 'config.json'),
      await jsonOf(ours, 'config.json'),
    ];
    for (const config of [expected, received]) {
      // Classes that have nothing to build, and one that was built on other data before.
      eachLayer(config, (layer) => {
        if (/^(Flatten|ZeroPadding2D|Normalization)$/.test(layer.class_name))
          delete layer.build_config;
      });
    }
    expect(essential(received)).toEqual(essential(expected));
    expect(await jsonOf(ours, 'metadata.json')).toMatchObject({
      keras_version: '3.15.1',
      date_saved: expect.stringMatching(/^\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d$/),
    });
  });

  it.each(Object.keys(goldenModels))('of %s in .h5 say the same', async (name) => {
    const attributesOf = async (bytes: Uint8Array) => {
      const { attributes } = await readHdf5(bytes);
      return ['model_config', 'training_config'].map((a) =>
        essential(JSON.parse(attributes.get(a) as string)),
      );
    };
    const ours = await saved(await loadModel(`${modelsFolder}${name}.h5`), 'h5');
    expect(await attributesOf(ours)).toEqual(await attributesOf(read(`${name}.h5`)));
  });

  it('attention has its shapes by name, and its weights where Keras keeps them', async () => {
    const x = input({ shape: [3, 4] });
    const multi = layers.multiHeadAttention({ numHeads: 2, keyDim: 2, useGate: true });
    const grouped = layers.groupQueryAttention({
      headDim: 2,
      numQueryHeads: 2,
      numKeyValueHeads: 1,
    });
    const made = model({ inputs: x, outputs: grouped.call([multi.call([x, x]), x, x]) });
    const bytes = await saved(made, 'keras');
    const { config } = await jsonOf(bytes, 'config.json');
    const shape = [null, 3, 4];
    const shapes = { query_shape: shape, value_shape: shape };
    expect(config.layers.slice(1).map((l: any) => [l.class_name, l.build_config])).toEqual([
      ['MultiHeadAttention', { shapes_dict: shapes }],
      ['GroupQueryAttention', { shapes_dict: { ...shapes, key_shape: shape } }],
    ]);
    const { groups } = await readHdf5(await innerWeights(bytes));
    const inside = (name: string) =>
      [...groups.get('layers')!.groups.get(name)!.groups.keys()].filter((k) => k !== 'vars').sort();
    expect(inside('multi_head_attention')).toEqual([
      '_gate_dense',
      'key_dense',
      'output_dense',
      'query_dense',
      'value_dense',
    ]);
    expect(inside('grouped_query_attention')).toEqual([
      '_key_dense',
      '_output_dense',
      '_query_dense',
      '_value_dense',
    ]);
  });

  it('spatial dropout is not told whether it is trainable, which Keras refuses', async () => {
    const made = sequential([layers.spatialDropout1d({ rate: 0.5, inputShape: [3, 4] })]);
    const { config } = await jsonOf(await saved(made, 'keras'), 'config.json');
    const { class_name, config: options } = config.layers.at(-1);
    expect(class_name).toBe('SpatialDropout1D');
    expect(Object.keys(options).sort()).toEqual(['dtype', 'name', 'rate', 'seed']);
  });

  it('archives are stored uncompressed, their files side by side', async () => {
    const made = sequential([
      layers.dense({ units: 50, kernelInitializer: 'zeros', inputShape: [50] }),
    ]);
    const bytes = await saved(made, 'keras');
    expect(bytes.length).toBeGreaterThan(50 * 50 * 4);
    expect(new ZipArchive(bytes).names).toEqual([
      'metadata.json',
      'config.json',
      'model.weights.h5',
    ]);
  });
});

describe('HDF5', () => {
  it('reads what h5py can write beyond what Keras does', async () => {
    for (const version of ['earliest', 'v108']) {
      const root = await readHdf5(
        new Uint8Array(readFileSync(`${modelsFolder}hdf5-${version}.h5`)),
      );
      const values = (name: string) => {
        const { value } = root.groups.get('b')!.datasets.get(name)!;
        return typeof value === 'object' && 'data' in value ? Array.from(value.data) : value;
      };
      expect(root.attributes.get('layer_names')).toEqual(['a', 'b']);
      expect(root.attributes.get('list')).toEqual(['x', 'yy']);
      for (const name of ['swapped i4', 'swapped f8', 'swapped f2']) {
        expect(values(name), name).toEqual([0, 1, 2, 3, 4, 5]);
      }
      expect(values('half')).toEqual([0, 1, 2, 3, 4]);
      expect(values('flag')).toEqual([1, 0]);
      expect(values('text')).toEqual(['one', 'zwei']);
      expect(values('long')).toEqual(Array.from({ length: 300 }, (_, i) => i));
      const swapped = root.groups.get('b')!.attributes.get('swapped i8') as NDArray;
      expect(Array.from(swapped.data)).toEqual([0, 1, 2]);
      expect(root.groups.get('many')!.datasets.size).toBe(60);
      expect(root.groups.get('many')!.attributes.size).toBe(30);
      expect(root.groups.get('a')!.groups.get('a')!.datasets.get('kernel:0')!.value).toMatchObject({
        shape: [8, 4],
        dtype: 'float32',
      });
    }
  });

  it('holds every kind of value', async () => {
    const root = new GroupBuilder();
    const arrays: Record<string, NDArray> = {
      float: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2], dtype: 'float32' },
      double: { data: Float64Array.of(1 / 3), shape: [], dtype: 'float64' },
      integer: { data: Int32Array.of(-1, 2 ** 31 - 1), shape: [2], dtype: 'int32' },
      nothing: { data: new Float32Array(0), shape: [0, 3], dtype: 'float32' },
    };
    for (const [name, value] of Object.entries(arrays)) root.dataset(`deep/er/${name}`, value);
    root.attributes.set('text', 'größer');
    root.attributes.set('texts', ['a', '', 'ß']);
    root.attributes.set('empty', '');
    const again = await readHdf5(await writeHdf5(root));
    expect(again.attributes.get('text')).toBe('größer');
    expect(again.attributes.get('texts')).toEqual(['a', '', 'ß']);
    expect(again.attributes.get('empty')).toBe('');
    const group = again.groups.get('deep')!.groups.get('er')!;
    for (const [name, value] of Object.entries(arrays)) {
      expect(group.datasets.get(name)!.value, name).toEqual(value);
    }
  });
});
