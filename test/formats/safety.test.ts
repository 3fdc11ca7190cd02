import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layers, loadModel, type Model, sequential } from 'nabla';
import { afterAll, describe, expect, it } from 'vitest';
import { loadModelFile } from '../../src/formats/load.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import { textFile, writeZip, ZipArchive } from '../../src/formats/zip.ts';
import { modelsFolder } from './goldens.ts';
import { hasH5py, python } from './python.ts';

const folder = mkdtempSync(join(tmpdir(), 'nabla-safety-'));
afterAll(() => rmSync(folder, { recursive: true }));

const load = (bytes: Uint8Array) => loadModelFile({ bytes });
const ascii = (text: string) => new TextEncoder().encode(text);

/** A .keras archive with its configuration changed. */
async function withConfig(change: (text: string) => string): Promise<Uint8Array> {
  const archive = new ZipArchive(new Uint8Array(readFileSync(`${modelsFolder}rnn_stack.keras`)));
  const files = [];
  for (const name of archive.names) {
    const bytes = await archive.read(name);
    const text = name === 'config.json' ? change(new TextDecoder().decode(bytes)) : undefined;
    files.push(text === undefined ? { name, bytes } : textFile(name, text));
  }
  return writeZip(files, new Date(2024, 0, 1));
}

describe('nothing in a file is executed', () => {
  const lambda = (fn: unknown) =>
    withConfig((text) => {
      const config = JSON.parse(text);
      config.config.layers.push({
        module: 'keras.layers',
        class_name: 'Lambda',
        config: { name: 'evil', function: fn },
        registered_name: null,
      });
      return JSON.stringify(config);
    });

  it.each([
    ['__lambda__', { class_name: '__lambda__', config: { code: '4wEAAAAA', defaults: null } }],
    ['marshalled code', ['4wEAAAAA', null, null]],
  ])('Lambda with %s', async (_what, fn) => {
    await expect(load(await lambda(fn))).rejects.toThrow(/'evil'.*Lambda.*Python code.*never run/);
  });

  it('classes of other modules', async () => {
    const bytes = await withConfig((text) => {
      const config = JSON.parse(text);
      config.config.layers[1] = {
        module: 'os',
        class_name: 'system',
        config: { name: 'evil', command: 'true' },
        registered_name: null,
      };
      return JSON.stringify(config);
    });
    await expect(load(bytes)).rejects.toThrow(/'evil'.*class 'system'.*not known/);
  });

  it('properties that every object has', async () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const bytes = await withConfig((text) =>
        text.replace(/"class_name": "LSTM"/, `"class_name": "${name}"`),
      );
      await expect(load(bytes)).rejects.toThrow(/^keras: /);
    }
    expect(({} as any).polluted).toBeUndefined();
  });

  it('pickles', async () => {
    await expect(load(Uint8Array.of(0x80, 4, 0x95, 0, 0, 0, 0))).rejects.toThrow(/pickle/);
    const checkpoint = await writeZip([textFile('archive/data.pkl', 'x')], new Date());
    await expect(load(checkpoint)).rejects.toThrow(/PyTorch.*pickle/);
    const npz = await writeZip(
      [textFile('config.json', '{}'), textFile('model.weights.npz', 'x')],
      new Date(),
    );
    await expect(load(npz)).rejects.toThrow(/pickle/);
  });
});

describe('what is no model', () => {
  it.each([
    ['an empty file', new Uint8Array(0), /empty/],
    ['text', ascii('hello'), /no known format/],
    ['a web page', ascii('<!DOCTYPE html><html>'), /HTML page/],
    ['a Git LFS pointer', ascii('version https://git-lfs.github.com/spec/v1'), /git lfs pull/],
    ['other JSON', ascii('{"a": 1}'), /no model/],
    ['weights alone', readFileSync(`${modelsFolder}rnn_stack.weights.h5`), /weights only/],
  ])('%s is told apart', async (_what, bytes, message) => {
    await expect(load(bytes)).rejects.toThrow(message);
  });

  it('names do not matter, bytes do', async () => {
    const path = join(folder, 'really-hdf5.keras');
    writeFileSync(path, readFileSync(`${modelsFolder}rnn_stack.h5`));
    expect((await loadModel(path)).layers.length).toBeGreaterThan(3);
  });
});

/** The archive of a model with 77 replaced in its configuration. */
async function claiming(made: Model, claimed: number): Promise<Uint8Array> {
  const archive = new ZipArchive((await saveModelFiles(made, 'keras'))[0].bytes);
  const files = [];
  for (const name of archive.names) {
    const bytes = await archive.read(name);
    const text = () => new TextDecoder().decode(bytes).replaceAll('77', `${claimed}`);
    files.push(name === 'config.json' ? textFile(name, text()) : { name, bytes });
  }
  return writeZip(files, new Date(2024, 0, 1));
}

describe('sizes that a file claims', () => {
  it('are compared with the file before there is memory for them', async () => {
    const bytes = await withConfig((text) => text.replaceAll('"units": 4', '"units": 400000000'));
    await expect(load(bytes)).rejects.toThrow(/rnn_stack|elements|weights/);
  });

  /** A layer, the option in it that says 77, and what a file says instead. */
  const claims: readonly (readonly [string, () => any, number])[] = [
    ['resizing', () => layers.resizing({ height: 77, width: 3, inputShape: [6, 6, 3] }), 3e8],
    [
      'nearest resizing',
      () =>
        layers.resizing({ height: 77, width: 3, interpolation: 'nearest', inputShape: [6, 6, 3] }),
      3e8,
    ],
    [
      'upSampling2d',
      () => layers.upSampling2d({ size: 77, interpolation: 'bilinear', inputShape: [6, 6, 3] }),
      3e7,
    ],
    [
      'an image of upSampling2d',
      () => layers.upSampling2d({ size: 2, interpolation: 'bilinear', inputShape: [77, 6, 3] }),
      16_000_000,
    ],
    ['centerCrop', () => layers.centerCrop({ height: 77, width: 3, inputShape: [6, 6, 3] }), 3e8],
    [
      'adaptiveAveragePooling2d',
      () => layers.adaptiveAveragePooling2d({ outputSize: 77, inputShape: [90, 90, 3] }),
      3e7,
    ],
    [
      'melSpectrogram',
      () => layers.melSpectrogram({ fftLength: 77, sequenceStride: 8, inputShape: [100] }),
      3e7,
    ],
    [
      'bands of melSpectrogram',
      () => layers.melSpectrogram({ fftLength: 16, numMelBins: 77, inputShape: [100] }),
      3e7,
    ],
    [
      'integerLookup',
      () => layers.integerLookup({ vocabulary: [1, 2], numOovIndices: 77, inputShape: [6] }),
      3e8,
    ],
  ];

  it.each(claims)('in %s are no reason to fill the memory', async (_what, make, claimed) => {
    const bytes = await claiming(sequential([make()], { name: 'm' }), claimed);
    const before = process.resourceUsage().maxRSS;
    await expect(load(bytes)).rejects.toThrow(/at most|whole number/);
    // In kilobytes.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(200_000);
  });

  it('of many windows are read', async () => {
    const made = sequential([
      layers.adaptiveMaxPooling2d({ outputSize: 77, inputShape: [6, 6, 1] }),
    ]);
    const loaded = await load(await claiming(made, 500_000));
    expect((loaded.output as any).shape).toEqual([null, 500_000, 500_000, 1]);
  });

  it('unroll a long sequence no further than a graph can be made of', async () => {
    const made = sequential([layers.lstm({ units: 2, unroll: true, inputShape: [77, 3] })]);
    const loaded = await load(await claiming(made, 16_000_000));
    expect((loaded.input as any).shape).toEqual([null, 16_000_000, 3]);
  });

  it.each(['.keras', '.h5'])('%s files that are cut short', async (ending) => {
    const bytes = new Uint8Array(readFileSync(`${modelsFolder}rnn_stack${ending}`));
    for (let part = 0; part < 40; part++) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * part) / 40));
      await expect(load(cut), `${cut.length} bytes`).rejects.toThrow(/^\w+: /);
    }
  });
});

describe.skipIf(!hasH5py)('HDF5 files of h5py with traps (skipped without python3-h5py)', () => {
  const run = (code: string) => {
    const prelude = 'import h5py, numpy as np, sys\nf = h5py.File("trap.h5", "w")\n';
    execFileSync(python, ['-c', `${prelude}${code}\nf.close()`], { cwd: folder });
    return load(new Uint8Array(readFileSync(join(folder, 'trap.h5'))));
  };

  it.each([
    ['links to other files', 'f["x"] = h5py.ExternalLink("/etc/passwd", "/")'],
    ['soft links', 'f["x"] = h5py.SoftLink("/y")'],
    [
      'values in other files',
      'f.create_dataset("x", (4,), "u1", external=[("/etc/hostname", 0, 4)])',
    ],
    ['references', 'f.create_dataset("x", data=f.ref, dtype=h5py.ref_dtype)'],
    [
      'a data set far larger than the file',
      'f.create_dataset("x", (2**40,), "f4", chunks=(1024,))',
    ],
    [
      'chunks that unpack to far more',
      'f.create_dataset("x", data=np.zeros(2**26, "f4"), chunks=(2**24,), compression="gzip")',
    ],
    ['groups in a circle', 'g = f.create_group("a"); g["b"] = f'],
    ['compound types', 'f.create_dataset("x", data=np.zeros(2, [("a", "f4"), ("b", "i4")]))'],
  ])('%s', async (_what, code) => {
    await expect(run(code)).rejects.toThrow(/^(hdf5|load|h5): /);
  });
});

describe('files in shards', () => {
  it('stay in their folder', async () => {
    const model = sequential([layers.dense({ units: 1, inputShape: [2] })]);
    const [json, shard] = await saveModelFiles(model, 'tfjs');
    const text = new TextDecoder().decode(json.bytes).replace(shard.name, '../secret.bin');
    writeFileSync(join(folder, 'model.json'), text);
    await expect(loadModel(join(folder, 'model.json'))).rejects.toThrow(/outside/);
    const map = { metadata: {}, weight_map: { '/layers/dense/vars': '/etc/passwd' } };
    writeFileSync(join(folder, 'm.weights.json'), JSON.stringify(map));
    await expect(model.loadWeights(join(folder, 'm.weights.json'))).rejects.toThrow(/outside/);
  });
});

const script = (name: string) => fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));
const loader = new URL('../../bench/typescript.js', import.meta.url).href;

describe('the proofs, in short', () => {
  it('3,000 damaged files end with an error or a model', () => {
    const args = ['--import', loader, script('fuzz-formats.ts'), '--cases', '3000'];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).toMatch(/^3000 files .* 0 failures/m);
    expect(status).toBe(0);
  }, 300_000);

  it('a process killed while it saves leaves a whole file', () => {
    const args = ['--import', loader, script('kill-saves.ts'), '--kills', '4'];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).toMatch(/^4 processes killed: .* none was damaged/m);
    expect(status).toBe(0);
  }, 300_000);
});
