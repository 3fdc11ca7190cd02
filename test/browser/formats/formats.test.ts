import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  layers,
  loadModel,
  type Model,
  optimizers,
  sequential,
  setDevice,
  setRandomSeed,
  tensor,
} from '../../../src/node.ts';
import { chromiumMissing, launchChromium, type StaticServer, serve } from '../chromium.ts';
import type { Numbers, Results, Source } from './page.ts';

/** Model files in a page: from files, addresses and IndexedDB, with the numbers that Node computes. */

const here = dirname(fileURLToPath(import.meta.url));

/** Every format that holds a model, and whether the page can train it further. */
const formats = [
  { file: 'net.keras', trains: true },
  { file: 'net.h5', trains: true },
  { file: 'net.safetensors', trains: true },
  { file: 'net.onnx', trains: false },
  { file: 'tfjs/model.json', trains: true },
] as const;

const x: Numbers = {
  values: Array.from({ length: 6 * 8 * 8 }, (_, i) => Math.fround(Math.sin(0.37 * i + 0.11))),
  shape: [6, 8, 8, 1],
};
const y: Numbers = {
  values: Array.from({ length: 6 * 3 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)),
  shape: [6, 3],
};
const toTensor = ({ values, shape }: Numbers) => tensor([...values], [...shape]);

let browser: Browser;
let server: StaticServer;
let other: Server;
let otherUrl: string;
let folder: string;
let page: Page;
let shards: string[];

const predicted = async (model: Model): Promise<number[]> =>
  Array.from(await (await model.predict(toTensor(x))).data());

/** What Node computes with the same file. */
async function expected(file: string, trains: boolean): Promise<Results> {
  const model = await loadModel(join(folder, file), { onWarning: () => {} });
  const before = await predicted(model);
  if (!trains) return { before, warnings: [] };
  const { loss } = await model.trainOnBatch(toTensor(x), toTensor(y));
  return { before, loss, after: await predicted(model), warnings: [] };
}

function expectClose(
  received: readonly number[] | undefined,
  wanted: readonly number[] | undefined,
) {
  expect(received?.length).toBe(wanted?.length);
  received?.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted![i], 6);
  });
}

function expectSame(received: Results, wanted: Results): void {
  expect(received.warnings).toEqual([]);
  expectClose(received.before, wanted.before);
  expectClose(received.after, wanted.after);
  if (wanted.loss === undefined) return;
  expect(received.loss).toBeCloseTo(wanted.loss, 6);
  // The step did something: the comparison is not one of a model with itself.
  expect(wanted.after).not.toEqual(wanted.before);
}

/** Calls a function of the page. */
const inPage = (name: string, ...args: unknown[]): Promise<any> =>
  page.evaluate(([n, a]) => (globalThis as any).formats[n](...a), [name, args] as const);

const results = (source: Source, trains: boolean): Promise<Results> =>
  inPage('results', source, x, trains ? y : undefined);
const refusal = (source: Source): Promise<string> => inPage('refusal', source);

/** The files of a model, as a person would choose them. */
const filesOf = (file: string): string[] =>
  file === 'tfjs/model.json'
    ? [...shards, 'model.json'].map((name) => join(folder, 'tfjs', name))
    : [join(folder, file)];

async function writeModels(): Promise<void> {
  setDevice('js');
  setRandomSeed(7);
  const model = sequential([
    layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] }),
    layers.batchNormalization(),
    layers.flatten(),
    layers.dense({ units: 8, activation: 'tanh', kernelRegularizer: 'l2' }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]);
  model.compile({
    optimizer: optimizers.adam({ learningRate: 0.02 }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  await model.fit(toTensor(x), toTensor(y), { epochs: 3, verbose: 0 });
  for (const { file } of formats) await model.save(join(folder, file), { onWarning: () => {} });
  await model.save(join(folder, 'net.weights.h5'));
  shards = (await readdir(join(folder, 'tfjs'))).filter((name) => name.endsWith('.bin'));
}

/** Models that were damaged on their way. */
async function writeBroken(): Promise<void> {
  for (const file of ['net.keras', 'net.h5', 'net.safetensors', 'net.onnx']) {
    const bytes = await readFile(join(folder, file));
    await writeFile(join(folder, `cut-${file}`), bytes.subarray(0, Math.floor(bytes.length * 0.6)));
  }
  const copies = ['cut', 'gone'].map((name) => join(folder, name));
  for (const copy of copies) {
    await mkdir(copy);
    await copyFile(join(folder, 'tfjs/model.json'), join(copy, 'model.json'));
  }
  const shard = await readFile(join(folder, 'tfjs', shards[0]));
  await writeFile(join(folder, 'cut', shards[0]), shard.subarray(0, shard.length - 40));
  await writeFile(join(folder, 'page.html'), '<!doctype html><title>home</title>');
  await writeFile(join(folder, 'page.keras'), '<!doctype html><title>home</title>');
}

/** A server elsewhere: `/free/` permits pages of other servers, the rest does not. */
async function startOther(): Promise<void> {
  other = createServer(async (request, response) => {
    const free = request.url!.startsWith('/free/');
    const bytes = await readFile(join(folder, 'net.keras'));
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      ...(free ? { 'access-control-allow-origin': '*' } : {}),
    });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  otherUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

describe.skipIf(chromiumMissing)(`model files in Chromium ${chromiumMissing ?? ''}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nabla-formats-'));
    await writeModels();
    await writeBroken();
    await build({
      entryPoints: [join(here, 'page.ts'), join(here, 'worker.ts')],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      outdir: folder,
      logLevel: 'error',
    });
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><title>formats</title><input type="file" multiple><script type="module" src="/page.js"></script>',
    );
    server = await serve({ '/': folder });
    await startOther();
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(`${server.url}/index.html`);
    await page.waitForFunction('window.formats !== undefined', undefined, { timeout: 60_000 });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await new Promise((resolve) => (other ? other.close(resolve) : resolve(undefined)));
    await rm(folder, { recursive: true, force: true });
  });

  describe.each(formats)('$file', ({ file, trains }) => {
    it('from an address, relative and whole', async () => {
      const wanted = await expected(file, trains);
      expectSame(await results(file, trains), wanted);
      expectSame(await results(`${server.url}/${file}`, trains), wanted);
    });

    it('from the files that a person chooses', async () => {
      await page.setInputFiles('input', filesOf(file));
      expectSame(await results({ input: 'input' }, trains), await expected(file, trains));
    });

    it('from IndexedDB, where it was saved', async () => {
      await inPage('open', file);
      if (!trains) return; // an ONNX graph has no layers to save
      await inPage('save', 'indexeddb://kept');
      expect(await inPage('stored')).toEqual(['kept']);
      const fromFile = await expected(file, trains);
      expectSame(await results('indexeddb://kept', trains), fromFile);
      // Training in memory has not changed what is kept.
      expectSame(await results('indexeddb://kept', trains), fromFile);
      await inPage('remove', 'kept');
      expect(await inPage('stored')).toEqual([]);
    });

    it('in a worker', async () => {
      expectClose(await inPage('inWorker', file, x), (await expected(file, false)).before);
    });
  });

  it('a single File is enough for formats of one file', async () => {
    await page.setInputFiles('input', join(folder, 'net.keras'));
    const wanted = await expected('net.keras', true);
    expectSame(await results({ input: 'input', single: true }, true), wanted);
  });

  it.each([
    ['kept.keras', 'keras'],
    ['kept.h5', 'h5'],
    ['kept.safetensors', 'safetensors'],
    ['kept', 'tfjs'],
  ] as const)('keeps in IndexedDB as %s', async (name, format) => {
    await inPage('open', 'net.keras');
    await inPage('save', `indexeddb://${name}`, { format });
    const received = await results(`indexeddb://${name}`, false);
    expectClose(received.before, (await expected('net.keras', false)).before);
    await inPage('remove', `indexeddb://${name}`);
    expect(await inPage('stored')).toEqual([]);
  });

  it.each(['net.weights.h5', 'net.h5', 'net.safetensors', 'tfjs/model.json'])(
    'loadWeights from %s',
    async (file) => {
      // After a step of training the weights are others, until they are loaded again.
      const { before, after } = await results('net.keras', true);
      expect(after).not.toEqual(before);
      await inPage('loadWeights', file);
      expectClose(await inPage('predict', x), before);
      await inPage('results', 'net.keras', x, y);
      await page.setInputFiles('input', filesOf(file));
      await inPage('loadWeights', { input: 'input' });
      expectClose(await inPage('predict', x), before);
    },
  );

  it('replaces a model that is kept under the same name, and keeps others', async () => {
    await inPage('open', 'net.keras');
    await inPage('save', 'indexeddb://first');
    await inPage('save', 'indexeddb://second');
    const { after } = await results('net.keras', true);
    await inPage('save', 'indexeddb://first');
    expect(await inPage('stored')).toEqual(['first', 'second']);
    expectClose((await results('indexeddb://first', false)).before, after);
    const second = await results('indexeddb://second', false);
    expectClose(second.before, (await expected('net.keras', false)).before);
    for (const name of ['first', 'second', 'never']) await inPage('remove', name);
    expect(await inPage('stored')).toEqual([]);
  });

  /** Saves in the page and takes the files that it offers. */
  async function download(target: string, count: number): Promise<Download[]> {
    const offered: Download[] = [];
    const all = new Promise<void>((resolve) => {
      const listener = (one: Download) => {
        offered.push(one);
        if (offered.length < count) return;
        page.off('download', listener);
        resolve();
      };
      page.on('download', listener);
    });
    await inPage('save', target);
    await all;
    return offered;
  }

  it.each([
    ['mine.keras', 'mine.keras'],
    ['models/mine.h5', 'mine.h5'],
    ['mine.safetensors', 'mine.safetensors'],
    ['mine.onnx', 'mine.onnx'],
    ['mine', 'mine.keras'],
  ])('offers %s as a download that Node reads', async (target, name) => {
    await inPage('open', 'net.keras');
    const [one] = await download(target, 1);
    expect(one.suggestedFilename()).toBe(name);
    const path = join(folder, 'downloads', name);
    await one.saveAs(path);
    const model = await loadModel(path);
    expectClose(await predicted(model), (await expected('net.keras', false)).before);
    if (name.endsWith('.onnx')) return;
    // The state of the optimizer came along: the next step is that of the original.
    const { loss } = await model.trainOnBatch(toTensor(x), toTensor(y));
    const wanted = await expected('net.keras', true);
    expect(loss).toBeCloseTo(wanted.loss!, 6);
    expectClose(await predicted(model), wanted.after);
  });

  it('offers a TensorFlow.js model as its files', async () => {
    await inPage('open', 'net.keras');
    const files = await download('model.json', 1 + shards.length);
    const names = files.map((file) => file.suggestedFilename());
    expect(names.sort()).toEqual(['model.json', ...shards].sort());
    for (const file of files) {
      await file.saveAs(join(folder, 'downloads/tfjs', file.suggestedFilename()));
    }
    const model = await loadModel(join(folder, 'downloads/tfjs'));
    expectClose(await predicted(model), (await expected('net.keras', false)).before);
  });

  it('runs the examples of the guide', async () => {
    const guide = await readFile(join(here, '../../../docs/model-files.md'), 'utf8');
    const examples = [...guide.matchAll(/```ts browser\n([\s\S]*?)```/g)].map((m) => m[1]);
    expect(examples.length).toBeGreaterThan(1);
    const flowers = sequential([
      layers.dense({ units: 3, activation: 'softmax', inputShape: [4] }),
    ]);
    await mkdir(join(folder, 'models'));
    await flowers.save(join(folder, 'models/flowers.keras'));
    const visitor = await browser.newPage();
    const errors: string[] = [];
    visitor.on('pageerror', (error) => errors.push(error.message));
    for (const [i, code] of examples.entries()) {
      await build({
        stdin: {
          contents: `import { setDevice } from 'nabla';\nsetDevice('js');\n${code}\nObject.assign(globalThis, { isDone: true });`,
          loader: 'ts',
          resolveDir: here,
        },
        alias: { nabla: join(here, '../../../src/index.ts') },
        bundle: true,
        format: 'esm',
        outfile: join(folder, `example-${i}.js`),
        logLevel: 'error',
      });
      await writeFile(
        join(folder, `example-${i}.html`),
        '<!doctype html><title>example</title><input type="file" id="model" multiple>',
      );
      await visitor.goto(`${server.url}/example-${i}.html`);
      await visitor.setInputFiles('#model', join(folder, 'models/flowers.keras'));
      await visitor.addScriptTag({ url: `/example-${i}.js`, type: 'module' });
      const done = visitor.waitForFunction('window.isDone', undefined, { timeout: 20_000 });
      await done.catch(() => errors.push(`example ${i + 1} does not come to its end`));
    }
    await visitor.close();
    expect(errors).toEqual([]);
  });

  describe('says what is wrong', () => {
    it('with an address where nothing is', async () => {
      expect(await refusal('nothing.keras')).toBe(
        `FormatError: load: '${server.url}/nothing.keras' answers 404 Not Found; check the address`,
      );
    });

    it('with a page that a server answers instead', async () => {
      expect(await refusal('page.html')).toMatch(
        /^FormatError: load: '.*page\.html' answers with an HTML page, not a model; check the address$/,
      );
      // Some servers do not say what they send.
      expect(await refusal('page.keras')).toBe(
        'FormatError: load: the file is an HTML page; check the address it came from',
      );
    });

    it.each([
      ['cut-net.keras', /damaged|cut short|no end/],
      ['cut-net.h5', /damaged|truncated/],
      ['cut-net.safetensors', /damaged/],
      ['cut-net.onnx', /damaged/],
      ['cut/model.json', /damaged/],
    ])('with the damaged %s', async (file, message) => {
      const text = await refusal(file);
      expect(text).toMatch(/^FormatError: /);
      expect(text).toMatch(message);
    });

    it('with a shard that is missing', async () => {
      expect(await refusal('gone/model.json')).toMatch(/gone\/group1.*\.bin' answers 404/);
      await page.setInputFiles('input', join(folder, 'tfjs/model.json'));
      expect(await refusal({ input: 'input' })).toMatch(
        /'group1.*\.bin' is not among the files; choose it as well/,
      );
      expect(await refusal({ input: 'input', single: true })).toMatch(
        /weights lie in files beside/,
      );
    });

    it('with another server that does not permit it, or is not there', async () => {
      expect(await refusal(`${otherUrl}/net.keras`)).toMatch(
        /cannot be reached: .*permit pages of http:\/\/127\.0\.0\.1:\d+ \(CORS, the header Access-Control-Allow-Origin\)/,
      );
      expect(await refusal(`${otherUrl}/free/net.keras`)).toBe('it was loaded');
      expect(await refusal('http://127.0.0.1:9/net.keras')).toMatch(
        /cannot be reached: .*must be up/,
      );
    });

    it('with a storage that is not there, not allowed or full', async () => {
      await inPage('open', 'net.keras');
      expect(await inPage('saveWith', 'none')).toMatch(
        /^FormatError: .*has no IndexedDB; use a file/,
      );
      expect(await inPage('saveWith', 'blocked')).toMatch(
        /^FormatError: .*cannot be opened \(storage is disabled\); allow it in the browser/,
      );
      expect(await inPage('saveWith', 'full')).toMatch(
        /^FormatError: .*is full; remove models with/,
      );
      expect(await inPage('stored')).toEqual([]);
    });

    it('with weights alone, no file and names that are not kept', async () => {
      expect(await refusal('net.weights.h5')).toMatch(/weights only/);
      await page.setInputFiles('input', []);
      expect(await refusal({ input: 'input' })).toMatch(/no file is chosen/);
      expect(await refusal('indexeddb://never')).toMatch(
        /there is no model 'never' in the storage of this page; it has none/,
      );
      expect(await refusal('indexeddb://')).toMatch(/has no name/);
    });
  });
});
