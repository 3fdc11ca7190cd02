import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { input, layers, type Model, model as makeModel, sequential } from 'nabla';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { readHdf5 } from '../../src/formats/hdf5/read.ts';
import { GroupBuilder, type H5Group } from '../../src/formats/hdf5/tree.ts';
import { writeHdf5 } from '../../src/formats/hdf5/write.ts';
import { loadWeightsFile } from '../../src/formats/load.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import { sines } from './goldens.ts';
import { hasH5py, python } from './python.ts';
import {
  expectRoundTrips,
  largestDifference,
  outputsOf,
  reload,
  stateOf,
  throughFile,
} from './support.ts';

/** Models that hold models, and files in several pieces or with fewer bits. */

beforeAll(() => {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
});

const x = sines([4, 5]);
const dense = (units: number, name?: string) =>
  layers.dense({ units, name, activation: 'tanh', biasInitializer: 'randomNormal' });

describe('models that hold models', () => {
  const functional = (inside: (a: any) => any, name?: string): Model => {
    const a = input({ shape: [5] });
    return makeModel({ inputs: a, outputs: inside(a), name });
  };

  it.each<[string, () => Model, NDArray[]]>([
    [
      'functional in sequential in functional',
      () => {
        const inner = functional((a) => layers.add().call([dense(5).call(a), a]), 'inner');
        const middle = sequential([dense(5), inner, dense(5)], { name: 'middle' });
        return functional((a) => dense(2).call(middle.call(a)), 'outer');
      },
      [x],
    ],
    [
      'a model called three times, and its layers as well',
      () => {
        const shared = dense(5, 'shared');
        const inner = functional((a) => shared.call(shared.call(a)), 'inner');
        return functional((a) => inner.call(inner.call(inner.call(a))), 'outer');
      },
      [x],
    ],
    [
      'several inputs and outputs inside',
      () => {
        const [a, b] = [input({ shape: [5] }), input({ shape: [3] })];
        const both = layers.concatenate().call([a, b]);
        const inner = makeModel({
          inputs: [a, b],
          outputs: [dense(3).call(both), dense(5).call(a)],
        });
        const [c, d] = [input({ shape: [5], name: 'c' }), input({ shape: [3], name: 'd' })];
        const [p, q] = inner.call([c, d]);
        const again = inner.call([q, p]);
        return makeModel({ inputs: [c, d], outputs: [again[1], p] });
      },
      [x, sines([4, 3])],
    ],
    [
      'models in wrappers',
      () => {
        const a = input({ shape: [3, 5] });
        const each = functional((b) => dense(4).call(b), 'each');
        const y = layers.timeDistributed({ layer: each }).call(a);
        return makeModel({
          inputs: a,
          outputs: layers.bidirectional({ layer: layers.gru({ units: 2 }) }).call(y),
        });
      },
      [sines([4, 3, 5])],
    ],
    [
      'layers of the same names in different models',
      () => {
        const make = (name: string) =>
          sequential([layers.dense({ units: 5, name: 'same', inputShape: [5] })], { name });
        return sequential([make('a'), make('b'), layers.dense({ units: 2, name: 'same' })]);
      },
      [x],
    ],
  ])('%s', async (_what, make, inputs) => {
    await expectRoundTrips(make(), inputs);
  });

  const sharing = () => {
    const shared = dense(5, 'shared');
    const [one, two] = ['one', 'two'].map((name) => functional((a) => shared.call(a), name));
    return functional((a) => two.call(one.call(a)), 'outer');
  };

  it.each(['keras', 'h5', 'safetensors'] as const)(
    'a layer that two inner models share stays one in a %s file',
    async (format) => {
      const made = sharing();
      expect(made.weights.length).toBe(2);
      const loaded = await throughFile(made, format);
      expect(loaded.weights.length).toBe(2);
      expect(await outputsOf(loaded, x)).toEqual(await outputsOf(made, x));
    },
  );

  it('a layer that two inner models share is refused in TensorFlow.js, which has no form for it', async () => {
    await expect(saveModelFiles(sharing(), 'tfjs')).rejects.toThrow(
      /'shared'.*shared.*TensorFlow\.js/,
    );
  });
});

describe('TensorFlow.js models', () => {
  const make = () =>
    sequential([layers.dense({ units: 30, inputShape: [5] }), dense(40), dense(2)]);

  /** The model with its weights in a byte or two each, as the converter rounds them. */
  async function quantized(made: Model, dtype: 'uint8' | 'uint16' | 'float16') {
    const [main, shard] = await saveModelFiles(made, 'tfjs');
    const json = JSON.parse(new TextDecoder().decode(main.bytes));
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const weight of json.weightsManifest[0].weights) {
      const size = weight.shape.reduce((n: number, d: number) => n * d, 1);
      const bytes = shard.bytes.slice(at, at + 4 * size);
      const values = new Float32Array(bytes.buffer);
      at += 4 * size;
      if (dtype === 'float16') {
        weight.quantization = { dtype, original_dtype: 'float32' };
        pieces.push(new Uint8Array(Uint16Array.from(values, halfBits).buffer));
        continue;
      }
      const [min, max] = [Math.min(...values), Math.max(...values)];
      const levels = dtype === 'uint8' ? 255 : 65_535;
      const scale = (max - min) / levels || 1;
      weight.quantization = { dtype, min, scale, original_dtype: 'float32' };
      const whole = Array.from(values, (v) => Math.round((v - min) / scale));
      pieces.push(
        dtype === 'uint8' ? Uint8Array.from(whole) : new Uint8Array(Uint16Array.from(whole).buffer),
      );
    }
    return { json, bytes: Uint8Array.from(pieces.flatMap((p) => [...p])) };
  }

  /** A float32 as the nearest float16; neither large nor tiny numbers occur. */
  function halfBits(value: number): number {
    const [bits] = new Uint32Array(Float32Array.of(value).buffer);
    const exponent = ((bits >> 23) & 255) - 127 + 15;
    const sign = (bits >>> 16) & 0x8000;
    if (exponent <= 0) return sign;
    return sign + (((exponent << 23) | (bits & 0x7fffff)) >> 13) + ((bits >> 12) & 1);
  }

  const files = (json: object, shards: Record<string, Uint8Array>) => [
    { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) },
    ...Object.entries(shards).map(([name, bytes]) => ({ name, bytes })),
  ];

  it.each([
    ['uint8', 1, 0.05],
    ['uint16', 2, 1e-4],
    ['float16', 2, 2e-3],
  ] as const)('with weights in %s', async (dtype, width, tolerance) => {
    const made = make();
    const { json, bytes } = await quantized(made, dtype);
    expect(bytes.length).toBe(made.countParams() * width);
    const [name] = json.weightsManifest[0].paths;
    const loaded = await reload(files(json, { [name]: bytes }));
    const difference = largestDifference(await outputsOf(loaded, x), await outputsOf(made, x));
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(tolerance);
  });

  it('in several shards and groups, bare or inside of model_config', async () => {
    const made = make();
    const expected = await outputsOf(made, x);
    const [main, { bytes }] = await saveModelFiles(made, 'tfjs');
    const json = JSON.parse(new TextDecoder().decode(main.bytes));
    const { weights } = json.weightsManifest[0];
    const sizes = weights.map((w: any) => 4 * w.shape.reduce((n: number, d: number) => n * d, 1));
    // A group for each of two layers and the rest; the second in three shards that cut through numbers.
    const first = sizes[0] + sizes[1];
    const second = first + sizes[2] + sizes[3];
    const cuts = [first, first + 1001, first + 1002, second];
    json.weightsManifest = [
      { paths: ['a'], weights: weights.slice(0, 2) },
      { paths: ['b', 'c', 'd'], weights: weights.slice(2, 4) },
      { paths: ['sub/e'], weights: weights.slice(4) },
    ];
    const shards = {
      a: bytes.slice(0, first),
      b: bytes.slice(cuts[0], cuts[1]),
      c: bytes.slice(cuts[1], cuts[2]),
      d: bytes.slice(cuts[2], cuts[3]),
      'sub/e': bytes.slice(second),
    };
    const { class_name, config } = json.modelTopology;
    const topologies = [
      json.modelTopology,
      { class_name, config },
      { keras_version: '2.4.0', backend: 'tensorflow', model_config: { class_name, config } },
    ];
    for (const modelTopology of topologies) {
      const loaded = await reload(files({ ...json, modelTopology }, shards));
      expect(await outputsOf(loaded, x)).toEqual(expected);
    }
    const { c: _, ...incomplete } = shards;
    await expect(reload(files(json, incomplete))).rejects.toThrow(/no file c/);
  });
});

describe('weights in shards (.weights.json)', () => {
  /** The tree in two files: every other data set in the second. */
  function split(from: H5Group, to: readonly GroupBuilder[], map: Record<string, string[]>): void {
    let count = 0;
    const visit = (group: H5Group, path: string): void => {
      for (const [name, { value }] of group.datasets) {
        const shard = count++ % 2;
        to[shard].dataset(`${path}/${name}`, value as NDArray);
        map[path] ??= [];
        map[path].push(`m_0000${shard}.weights.h5`);
      }
      for (const [name, inner] of group.groups) visit(inner, `${path}/${name}`);
    };
    visit(from, '');
  }

  it('are put together, also where one layer lies in two', async () => {
    const make = () => {
      const made = sequential([dense(7), dense(3)]);
      made.build([null, 5]);
      made.compile({ optimizer: 'adam', loss: 'mse' });
      return made;
    };
    const made = make();
    await made.fit(x, sines([4, 3]), { epochs: 1, verbose: 0 });
    const [{ bytes }] = await saveModelFiles(made, 'weights.h5');
    const shards = [new GroupBuilder(), new GroupBuilder()];
    const map: Record<string, string[]> = {};
    split(await readHdf5(bytes), shards, map);
    expect(map['/layers/dense/vars']).toEqual(['m_00000.weights.h5', 'm_00001.weights.h5']);
    const json = { metadata: { total_size: bytes.length }, weight_map: map };
    const files = new Map([
      ['m_00000.weights.h5', await writeHdf5(shards[0])],
      ['m_00001.weights.h5', await writeHdf5(shards[1])],
    ]);
    const other = make();
    await loadWeightsFile(other, {
      bytes: new TextEncoder().encode(JSON.stringify(json)),
      sibling: async (name) => files.get(name)!,
    });
    expect(await stateOf(other)).toEqual(await stateOf(made));
    // Keras names one file where a layer lies in one.
    const single = { ...json, weight_map: { '/layers/dense/vars': 'all.weights.h5' } };
    const third = make();
    await loadWeightsFile(third, {
      bytes: new TextEncoder().encode(JSON.stringify(single)),
      sibling: async () => bytes,
    });
    expect(await stateOf(third)).toEqual(await stateOf(made));
  });
});

describe('weights in other trees', () => {
  const make = () =>
    sequential([
      layers.dense({ units: 4, inputShape: [5] }),
      sequential([layers.dense({ units: 3, inputShape: [4] })]),
    ]);

  /** The tree with its groups moved. */
  async function moved(move: (path: string) => string): Promise<[Model, Uint8Array]> {
    const made = make();
    const [{ bytes }] = await saveModelFiles(made, 'weights.h5');
    const to = new GroupBuilder();
    const visit = (group: H5Group, path: string): void => {
      for (const [name, { value }] of group.datasets) {
        const parts = move(path.slice(1)).split(/(?<!\\)\//);
        let at = to;
        for (const part of parts.filter((p) => p !== '')) {
          if (!at.groups.has(part)) at.groups.set(part, new GroupBuilder());
          at = at.groups.get(part)!;
        }
        at.dataset(name, value as NDArray);
      }
      for (const [name, inner] of group.groups) visit(inner, `${path}/${name}`);
    };
    visit(await readHdf5(bytes), '');
    return [made, await writeHdf5(to)];
  }

  it.each<[string, (path: string) => string]>([
    [
      'of Keras 2.13, which calls layers _layer_checkpoint_dependencies',
      (path) => path.replaceAll(/\blayers\b/g, '_layer_checkpoint_dependencies'),
    ],
    [
      'written on Windows, with backslashes in names',
      (path) => path.replace(/^layers\//, '').replace(/^/, 'layers\\'),
    ],
  ])('%s', async (_what, move) => {
    const [made, bytes] = await moved(move);
    const other = make();
    await loadWeightsFile(other, { bytes });
    expect(await stateOf(other)).toEqual(await stateOf(made));
  });

  it('may be found by name, and left alone where they do not fit', async () => {
    const made = sequential([
      layers.dense({ units: 4, name: 'a', inputShape: [5] }),
      layers.dense({ units: 3, name: 'b' }),
    ]);
    const other = sequential([
      layers.dense({ units: 4, name: 'b', inputShape: [4] }),
      layers.dense({ units: 4, name: 'new' }),
    ]);
    const before = await stateOf(other);
    const [{ bytes }] = await saveModelFiles(made, 'h5');
    await expect(loadWeightsFile(other, { bytes }, { byName: true })).rejects.toThrow(
      /\[4, 4\] in the model and \[4, 3\] in the file/,
    );
    expect(await stateOf(other)).toEqual(before);
    const third = sequential([
      layers.dense({ units: 3, name: 'b', inputShape: [4] }),
      layers.dense({ units: 4, name: 'new' }),
    ]);
    const [, , newKernel] = await stateOf(third);
    await loadWeightsFile(third, { bytes }, { byName: true });
    const [, , kernel, bias] = await stateOf(made);
    expect((await stateOf(third)).slice(0, 3)).toEqual([kernel, bias, newKernel]);
  });
});

describe.skipIf(!hasH5py)('weights in half precision (skipped without python3-h5py)', () => {
  it('bfloat16 lies in bytes without a type, with the type in an attribute', async () => {
    const code = `
import h5py, numpy as np, sys
with h5py.File(sys.argv[1], 'w') as f:
    d = f.create_dataset('layers/dense/vars/0', data=np.array([[0x3f80], [0xc000]], '<u2').view('V2'))
    d.attrs['dtype'] = 'bfloat16'
    f['layers/dense/vars/1'] = np.array([0.5], 'f2')`;
    const folder = mkdtempSync(join(tmpdir(), 'nabla-half-'));
    try {
      const path = join(folder, 'half.weights.h5');
      execFileSync(python, ['-c', code, path]);
      const made = sequential([layers.dense({ units: 1, inputShape: [2] })]);
      await made.loadWeights(path);
      const [kernel, bias] = await made.getWeights();
      expect(Array.from(kernel.data)).toEqual([1, -2]);
      expect(Array.from(bias.data)).toEqual([0.5]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
