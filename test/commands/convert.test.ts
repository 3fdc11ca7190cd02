import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { layers, loadModel, type Model, sequential, tensor } from 'nabla';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textFile, writeZip, ZipArchive } from '../../src/formats/zip.ts';
import { hasPublic, modelsFolder, publicFolder, tfjsFolder } from '../formats/goldens.ts';
import { makeClassifier, makeSum, Workplace } from './harness.ts';

/** `nabla convert` and `nabla summary`: every format and back, and nothing lost on the way. */

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.create();
  await (await makeClassifier()).save(place.path('net.keras'));
  await (await makeSum()).save(place.path('sum.keras'));
});
afterAll(() => place.remove());

const ok = (...args: Parameters<Workplace['ok']>) => place.ok(...args);
const refused = (...args: Parameters<Workplace['refused']>) => place.refused(...args);

const x = tensor([
  [1, 2, 3, 4],
  [0.5, 0.2, 0.1, 0],
]);
const outputs = async (name: string): Promise<number[]> =>
  Array.from(await (await (await loadModel(place.path(name))).predict(x)).data());
const steps = async (name: string): Promise<number> =>
  (await (await loadModel(place.path(name))).optimizer.iterations.data())[0];

describe('convert', () => {
  it.each([
    ['a.h5', 'Keras HDF5 model (.h5)', undefined],
    ['a.hdf5', 'Keras HDF5 model (.h5)', undefined],
    ['a.safetensors', 'safetensors', undefined],
    ['a.keras', 'Keras 3 archive (.keras)', undefined],
    ['a/model.json', 'TensorFlow.js (model.json)', 'the state of the optimizer'],
    ['b', 'TensorFlow.js (model.json)', 'the state of the optimizer'],
    ['a.onnx', 'ONNX (.onnx)', 'optimizer, loss and metrics'],
  ])('to %s and back', async (name, format, missing) => {
    const text = await ok(`convert @net.keras @${name}`);
    const [from, to, count, left] = text.split('\n');
    expect(from).toMatch(/^from {2}@net\.keras +Keras 3 archive \(\.keras\)$/);
    expect(to).toBe(`to    @${name.padEnd(from.indexOf('Keras') - 9)}  ${format}`);
    expect(count).toBe('15 parameters');
    if (missing === undefined) expect(left).toBe('');
    else expect(left).toContain(`left out: ${missing}`);
    const wanted = await outputs('net.keras');
    if (name.endsWith('.onnx')) {
      (await outputs(name)).forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i], 6);
      });
      return;
    }
    expect(await outputs(name)).toEqual(wanted);
    const back = `back-${basename(name)}.keras`;
    await ok(`convert @${name} @${back}`);
    expect(await outputs(back)).toEqual(wanted);
    expect(await steps(back)).toBe(missing === undefined ? 1 : 0);
  });

  it('leaves the optimizer out where that is asked', async () => {
    expect(await ok('convert @net.keras @bare.keras --no-optimizer')).toContain(
      'left out: optimizer, loss and metrics, as asked',
    );
    expect((await loadModel(place.path('bare.keras'))).isCompiled).toBe(false);
    expect(await outputs('bare.keras')).toEqual(await outputs('net.keras'));
  });

  it('writes weights that a program loads', async () => {
    expect(await ok('convert @net.keras @w.weights.h5')).toContain('left out: the layers');
    const net = await makeClassifier();
    await net.layers[0].setWeights([tensor(Array(4).fill([1, 1, 1])), tensor([0, 0, 0])]);
    await net.loadWeights(place.path('w.weights.h5'));
    expect(Array.from(await (await net.predict(x)).data())).toEqual(await outputs('net.keras'));
    expect(await refused('convert @w.weights.h5 @no.keras', 1)).toMatch(/holds weights only/);
  });

  it.each(['kept.keras', 'kept.h5', 'kept.onnx'])('replaces %s only when told to', async (name) => {
    writeFileSync(place.path(name), 'precious');
    expect(await refused(`convert @net.keras @${name}`)).toBe(
      `"@${name}" exists already; give another name, or --force to replace it`,
    );
    expect(readFileSync(place.path(name), 'utf8')).toBe('precious');
    await ok(`convert @net.keras @${name} --force`);
    expect((await outputs(name)).length).toBe(6);
  });

  it('replaces no folder of a TensorFlow.js model, and adds to others', async () => {
    await ok('convert @sum.keras @web');
    const before = readdirSync(place.path('web')).sort();
    expect(await refused('convert @net.keras @web')).toMatch(/web\/model\.json" exists already/);
    expect(await refused('convert @net.keras @web/model.json')).toMatch(/exists already/);
    expect(readdirSync(place.path('web')).sort()).toEqual(before);
    place.write('web/index.html', 'mine');
    await ok('convert @net.keras @web -f');
    expect(await outputs('web')).toEqual(await outputs('net.keras'));
    expect(readdirSync(place.path('web'))).toHaveLength(3);
    expect(readFileSync(place.path('web/index.html'), 'utf8')).toBe('mine');
  });

  it('keeps the model where both names are the same', async () => {
    const before = readFileSync(place.path('net.keras'));
    for (const name of ['net.keras', './net.keras', `../${basename(place.folder)}/net.keras`]) {
      expect(await refused(`convert @net.keras @${name}`)).toMatch(/is the file that is read/);
    }
    expect(readFileSync(place.path('net.keras')).equals(before)).toBe(true);
    expect(await ok('convert @net.keras @same.keras')).toContain('15 parameters');
    await ok('convert @same.keras @same.keras --force --no-optimizer');
    expect(await outputs('same.keras')).toEqual(await outputs('net.keras'));
  });

  it.each([
    ['convert', /missing required argument 'in'/],
    ['convert @net.keras', /missing required argument 'out'/],
    ['convert @nett.keras @o.h5', /there is no file "@nett.keras"; did you mean "@net.keras"\?/],
    ['convert @net.keras @o.txt', /names no known format; expected an ending of .keras/],
    ['convert @net.keras @o.pb', /names no known format/],
    ['convert @net.keras @o.json', /names no known format.*model.json/],
    ['convert @net.keras @no/o.keras', /there is no folder "@no"; make it first/],
    ['convert @net.keras @net.keras/o.keras', /is a file, not a folder/],
    ['convert @net.keras @folder.keras', /is a folder; give the name of a file in it/],
    ['convert @net.keras @plain', /"@plain" is a file; expected a folder for model.json/],
  ])('%s', async (line, message) => {
    mkdirSync(place.path('folder.keras'), { recursive: true });
    place.write('plain', 'x');
    const before = readdirSync(place.folder).sort();
    expect(await refused(line)).toMatch(message);
    expect(readdirSync(place.folder).sort()).toEqual(before);
  });

  it('asks for the sizes that ONNX needs and a model leaves open', async () => {
    const open = sequential([
      layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 6, 1], name: 'c' }),
    ]);
    await open.save(place.path('open.keras'));
    // Keras leaves such sizes open.
    const archive = new ZipArchive(new Uint8Array(readFileSync(place.path('open.keras'))));
    const files = [];
    for (const name of archive.names) {
      const bytes = await archive.read(name);
      const text = new TextDecoder()
        .decode(bytes)
        .replace(/\[\s*null,\s*8,\s*6,\s*1\s*\]/g, '[null,null,null,1]');
      files.push(name === 'config.json' ? textFile(name, text) : { name, bytes });
    }
    place.write('open.keras', await writeZip(files, new Date(2024, 0, 1)));
    const line = 'convert @open.keras @open.onnx';
    expect(await refused(line)).toMatch(
      /the input "\w+" takes \[\?, \?, \?, 1\].*give the others with --input-shape \w+=64,64,1/,
    );
    expect(await refused(`${line} --input-shape tall`)).toMatch(/"tall" is no shape/);
    expect(await refused(`${line} --input-shape other=8,8,1`)).toMatch(/unknown input "other"/);
    await ok(`${line} --input-shape 8,6,1`);
    const image = tensor(
      Array.from({ length: 48 }, (_, i) => Math.sin(i)),
      [1, 8, 6, 1],
    );
    const numbers = async (net: Model) => Array.from(await (await net.predict(image)).data());
    const wanted = await numbers(open);
    (await numbers(await loadModel(place.path('open.onnx')))).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] as number, 5);
    });
  });

  it('says which file is missing beside a model.json', async () => {
    await ok('convert @net.keras @parts');
    const shard = readdirSync(place.path('parts')).find((name) => name.endsWith('.bin'))!;
    rmSync(place.path(`parts/${shard}`));
    expect(await refused('convert @parts @o.keras', 1)).toBe(
      `'${shard}', which belongs to '@parts/model.json', is not beside it`,
    );
  });

  it('tells why an ONNX graph stays one', async () => {
    await ok('convert @net.keras @graph.onnx --force');
    expect(await refused('convert @graph.onnx @o.keras')).toMatch(
      /ONNX graph, which has no layers/,
    );
    expect(existsSync(place.path('o.keras'))).toBe(false);
  });
});

describe('model.save and loadModel', () => {
  it('say in words what the file system has against a name', async () => {
    const net = await makeSum();
    await expect(net.save(place.path('none/net.keras'))).rejects.toThrow(
      /^save: ".*none\/net.keras" cannot be written: there is no folder ".*none"; make it first$/,
    );
    mkdirSync(place.path('taken.h5'));
    await expect(net.save(place.path('taken.h5'))).rejects.toThrow(
      /^save: ".*taken.h5" cannot be written: it is a folder/,
    );
    await net.save(place.path('file.keras'));
    await expect(net.save(place.path('file.keras/model.json'))).rejects.toThrow(
      /^save: .*something of that name is there/,
    );
    await expect(loadModel(place.path('file.keras/model.json'))).rejects.toThrow(
      /^load: ".*" cannot be read: a part of the path is a file/,
    );
    expect(readdirSync(place.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('summary', () => {
  it('shows format, inputs, outputs, training and layers', async () => {
    const text = await ok('summary @net.keras');
    expect(text.split('\n\n')[0].replace(/^saved.*\n/m, '')).toBe(
      [
        'format         Keras 3 archive (.keras)',
        'Keras version  3.15.1',
        'inputs         kind_input float32 [?, 4]',
        'outputs        kind float32 [?, 3]',
        'optimizer      Adam, learning rate 0.1, 1 step so far',
        'settings       beta_1 0.9, beta_2 0.999, epsilon 1e-7',
        'loss           categorical_crossentropy',
        'metrics        accuracy',
      ].join('\n'),
    );
    expect(text).toContain('kind (Dense)');
  });

  it('has every weight in JSON', async () => {
    const report = JSON.parse(await ok('summary @net.keras --json'));
    expect(report).toMatchObject({ parameters: 15, inputs: 'kind_input float32 [?, 4]' });
    expect(report.weights.map((w: any) => [w.shape, w.dtype, w.trainable])).toEqual([
      [[4, 3], 'float32', true],
      [[3], 'float32', true],
    ]);
  });

  it('fits a narrow terminal', async () => {
    const text = await ok('summary @net.keras', { columns: 50 });
    const table = text.split('\n').filter((line) => /^[│├└┏┡┌┃]/.test(line));
    expect(table.length).toBeGreaterThan(3);
    for (const line of table) expect(line.length).toBeLessThan(50);
  });

  it('lists the arrays of weights, in their order, and does not count what is beside them', async () => {
    await ok('convert @net.keras @list.weights.h5');
    const text = await ok('summary @list.weights.h5');
    expect(text).toMatch(/layers\/dense\/vars\/0 +4 × 3 +float32 +12\n/);
    expect(text).toMatch(/\n15 parameters, and \d+ arrays of the optimizer\n$/);
  });

  it.each(
    readdirSync(modelsFolder).filter(
      (name) => /\.(keras|h5)$/.test(name) && !name.startsWith('hdf5'),
    ),
  )('of %s, which Keras wrote', async (name) => {
    place.write(name, readFileSync(`${modelsFolder}${name}`));
    expect(await ok(`summary @${name}`)).toMatch(/[1-9]\d* parameters|Total params: [1-9]/);
    if (/weights/.test(name)) return;
    const report = JSON.parse(await ok(`summary @${name} --json`));
    expect(report.parameters).toBeGreaterThan(100);
    expect(report['Keras version']).toBe('3.15.1');
  });

  it.skipIf(!hasPublic)('of files of others: shown, or shown as far as it goes', async () => {
    for (const name of readdirSync(publicFolder).filter((n) => !n.endsWith('.json'))) {
      const { stdout, stderr, exitCode } = await place.nabla(`summary ${publicFolder}${name}`);
      const isRefused = /lambda|tf_keras_1/.test(name);
      expect(exitCode, name).toBe(isRefused ? 1 : 0);
      // Even of a model that cannot be made, the file's arrays are shown.
      expect(stdout, name).toMatch(isRefused ? /\n[\d,]+ parameters/ : /parameters|Total params/);
      expect(stderr.split('\n').length, name).toBeLessThanOrEqual(2);
      expect(stdout, name).not.toMatch(/undefined|NaN|\[object|0\.\d{12}/);
    }
    expect(await ok(`summary ${tfjsFolder}`)).toContain('TensorFlow.js (model.json)');
  });

  it.each([
    [
      'other JSON',
      'j.json',
      '{"a": 1}',
      /"@j.json": the JSON is no model; expected a TensorFlow.js model.json/,
    ],
    ['a list', 'j.json', '[1]', /no known format/],
    ['nothing', 'e.keras', '', /"@e.keras": the file is empty/],
    ['a web page', 'p.h5', '<!doctype html>', /"@p.h5": the file is an HTML page/],
  ])('refuses %s', async (_what, name, text, message) => {
    place.write(name, text);
    expect(await refused(`summary @${name}`, 1)).toMatch(message);
  });

  it('refuses archives that are no model', async () => {
    const date = new Date(2024, 0, 1);
    place.write('photos.zip', await writeZip([textFile('a.txt', 'x')], date));
    expect(await refused('summary @photos.zip', 1)).toMatch(
      /no config.json; expected a .keras file/,
    );
    place.write('torch.pt', await writeZip([textFile('archive/data.pkl', 'x')], date));
    expect(await refused('summary @torch.pt', 1)).toMatch(
      /"@torch.pt": .*PyTorch.*pickle that runs/,
    );
  });

  it('reads from web addresses as loadModel does', async () => {
    expect(await refused('summary http://127.0.0.1:9/net.keras', 1)).toMatch(
      /'http:\/\/127\.0\.0\.1:9\/net\.keras' cannot be reached: .*check the address/,
    );
  });
});
