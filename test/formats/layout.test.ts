import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layers, loadModel, sequential } from 'nabla';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { readHdf5 } from '../../src/formats/hdf5/read.ts';
import { GroupBuilder } from '../../src/formats/hdf5/tree.ts';
import { writeHdf5 } from '../../src/formats/hdf5/write.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { goldenModels, inputsOf, modelsFolder } from './goldens.ts';
import { largestDifference, outputsOf } from './support.ts';

/** Debian's Python with python3-h5py and python3-onnx: readers that have nothing in common with ours. */
const python = '/usr/bin/python3';
const has = (module: string): boolean => {
  if (!existsSync(python)) return false;
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const folder = mkdtempSync(join(tmpdir(), 'nabla-layout-'));
afterAll(() => rmSync(folder, { recursive: true }));

const script = fileURLToPath(new URL('layout.py', import.meta.url));

interface Described {
  attributes: Record<string, unknown>;
}

/** The layout of a file, without what is ours alone and what a file of Keras says of its backend. */
function layoutOf(path: string): Record<string, Described> {
  const text = execFileSync(python, [script, path], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const layout: Record<string, Described> = JSON.parse(text);
  for (const name of Object.keys(layout)) {
    if (name === 'nabla' || name.startsWith('nabla/')) delete layout[name];
    else delete layout[name].attributes.backend;
  }
  return layout;
}

describe.skipIf(!has('h5py'))(`HDF5 files as h5py sees them (skipped without python3-h5py)`, () => {
  const names = Object.keys(goldenModels).filter((name) => name !== 'conv1d_norms');

  it.each(names)('%s.h5 and .weights.h5 are laid out as Keras does it', async (name) => {
    const model = await loadModel(`${modelsFolder}${name}.h5`);
    for (const format of ['h5', 'weights.h5'] as const) {
      const [{ bytes }] = await saveModelFiles(model, format);
      const path = join(folder, `${name}.${format}`);
      writeFileSync(path, bytes);
      expect(layoutOf(path)).toEqual(layoutOf(`${modelsFolder}${name}.${format}`));
    }
  });

  it('lists of names that are too long for one attribute are split', async () => {
    const model = sequential(
      Array.from({ length: 700 }, (_, i) =>
        layers.dense({ units: 1, name: `${'long_'.repeat(20)}${i}`, inputShape: [1] }),
      ),
    );
    const [{ bytes }] = await saveModelFiles(model, 'h5');
    const path = join(folder, 'long.h5');
    writeFileSync(path, bytes);
    const { attributes } = layoutOf(path).model_weights;
    expect(Object.keys(attributes)).toEqual(
      expect.arrayContaining(['layer_names0', 'layer_names1']),
    );
    expect(attributes).not.toHaveProperty('layer_names');
    const loaded = await loadModel(path);
    expect(loaded.layers.length).toBe(model.layers.length);
  });
});

describe('HDF5', () => {
  it('reads what h5py can write beyond what Keras does', async () => {
    for (const version of ['earliest', 'v108']) {
      const { readFileSync } = await import('node:fs');
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

const checker = `
import onnx, sys
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
for value in list(model.graph.input) + list(model.graph.output):
    print(value.name, value.type.tensor_type.shape.dim[0].dim_param)`;

describe('ONNX files', () => {
  it.each(Object.keys(goldenModels))('of %s compute the same in ONNX Runtime', async (name) => {
    const golden = goldenModels[name];
    const model = await loadModel(`${modelsFolder}${name}.keras`);
    const [{ bytes }] = await saveModelFiles(model, 'onnx');
    const session = await InferenceSession.create(bytes);
    const data = [inputsOf(golden)].flat();
    const feeds = Object.fromEntries(
      data.map(({ data: values, shape, dtype }, i) => [
        session.inputNames[i],
        new Tensor(dtype as 'float32', values as Float32Array, shape),
      ]),
    );
    const results = await session.run(feeds);
    const received = session.outputNames.map((n) => Array.from(results[n].data as Float32Array));
    const expected = await outputsOf(model, inputsOf(golden));
    expect(largestDifference(received, expected)).toBeLessThan(1e-5);
    // A batch of another size.
    const two = Object.fromEntries(
      data.map(({ data: values, shape: [, ...rest], dtype }, i) => {
        const size = rest.reduce((n, d) => n * d, 2);
        const part = values.slice(0, size) as Float32Array;
        return [session.inputNames[i], new Tensor(dtype as 'float32', part, [2, ...rest])];
      }),
    );
    const [first] = Object.values(await session.run(two));
    expect(first.dims[0]).toBe(2);
  });

  it.skipIf(!has('onnx')).each(Object.keys(goldenModels))(
    "of %s pass ONNX's checker (skipped without python3-onnx)",
    async (name) => {
      const model = await loadModel(`${modelsFolder}${name}.keras`);
      const [{ bytes }] = await saveModelFiles(model, 'onnx');
      const path = join(folder, `${name}.onnx`);
      writeFileSync(path, bytes);
      const lines = execFileSync(python, ['-c', checker, path], { encoding: 'utf8' });
      for (const line of lines.trim().split('\n')) expect(line).toMatch(/ batch$/);
    },
  );
});
