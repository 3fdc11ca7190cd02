import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataFile } from '../data/source.ts';
import { datasetCacheDirectory, storeFile } from './dataset-cache.ts';
import { nodeSource } from './dataset-files.ts';

const content = new TextEncoder().encode('the data');
const hash = createHash('sha256').update(content).digest('hex');

let root = '';
let cacheDirectory = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nabla-data-'));
  cacheDirectory = join(root, 'cache');
});
afterEach(() => rm(root, { recursive: true }));

function dataFile(changes: Partial<DataFile> = {}): DataFile {
  return { dataset: 'toy', name: 'toy.bin', maxBytes: 100, sha256: hash, urls: [], ...changes };
}

async function serve(
  body: Uint8Array,
): Promise<{ url: string; requests: () => number; close: () => void }> {
  let requests = 0;
  const server = createServer((_, response) => {
    requests++;
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/toy.bin.gz`,
    requests: () => requests,
    close: () => server.close(),
  };
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'it succeeded',
    (error: Error) => error.message,
  );
}

describe('nodeSource', () => {
  it('finds the file in a directory, plain, compressed, or in a folder of the data set', async () => {
    for (const [folder, name, bytes] of [
      ['a', 'toy.bin', content],
      ['b', 'toy.bin.gz', gzipSync(content)],
      ['c/toy', 'toy.bin', content],
    ] as const) {
      await mkdir(join(root, folder), { recursive: true });
      await writeFile(join(root, folder, name), bytes);
      const directory = join(root, folder.split('/')[0]);
      const found = await nodeSource({ directory, cacheDirectory }).find([dataFile()]);
      expect(new Uint8Array(found.bytes)).toEqual(content);
    }
  });

  it('downloads once, keeps the file decompressed, and then reads it from the cache', async () => {
    const server = await serve(gzipSync(content));
    try {
      const file = dataFile({ urls: [server.url] });
      for (let i = 0; i < 2; i++) {
        const found = await nodeSource({ cacheDirectory }).find([file]);
        expect(new Uint8Array(found.bytes)).toEqual(content);
      }
      expect(server.requests()).toBe(1);
      expect(await readdir(join(cacheDirectory, 'toy'))).toEqual(['toy.bin']);
    } finally {
      server.close();
    }
  });

  it('replaces a damaged file in the cache', async () => {
    const server = await serve(content);
    try {
      await storeFile(join(cacheDirectory, 'toy', 'toy.bin'), Uint8Array.of(1));
      await nodeSource({ cacheDirectory }).find([dataFile({ urls: [server.url] })]);
      const kept = await readFile(join(cacheDirectory, 'toy', 'toy.bin'));
      expect(new Uint8Array(kept)).toEqual(content);
    } finally {
      server.close();
    }
  });

  it('prefers a file at hand over a download of another form', async () => {
    const server = await serve(content);
    try {
      await writeFile(join(root, 'other.bin'), content);
      const forms = [dataFile({ urls: [server.url] }), dataFile({ name: 'other.bin' })];
      const found = await nodeSource({ directory: root, cacheDirectory }).find(forms);
      expect(found.file).toBe(forms[1]);
      expect(server.requests()).toBe(0);
    } finally {
      server.close();
    }
  });

  it('lists everything it tried, with the reasons, and the way out', async () => {
    const wrong = await serve(Uint8Array.of(1, 2, 3));
    try {
      await writeFile(join(root, 'toy.bin'), 'not the data');
      const file = dataFile({
        urls: [wrong.url, 'http://127.0.0.1:1/toy.bin.gz'],
        packages: [{ name: 'no-such-package-of-data', path: 'data/toy' }],
        systemPaths: ['/nonexistent/toy.bin.gz'],
        hint: 'ask the author',
      });
      const message = await failure(nodeSource({ directory: root, cacheDirectory }).find([file]));
      expect(message).toContain('toy: no toy.bin with the right content. Tried:');
      expect(message).toContain(`cache ${join(cacheDirectory, 'toy', 'toy.bin')}: not there`);
      expect(message).toContain(`directory ${join(root, 'toy.bin')}: toy.bin has the SHA-256`);
      expect(message).toContain('system file /nonexistent/toy.bin.gz: not there');
      expect(message).toContain('npm package no-such-package-of-data');
      expect(message).toContain(`${wrong.url}: toy.bin has the SHA-256`);
      expect(message).toMatch(/127\.0\.0\.1:1\/toy\.bin\.gz: fetch failed \(.+\)/);
      expect(message).toContain('`npm install no-such-package-of-data`');
      expect(message).toContain('NABLA_DATA, or ask the author.');
    } finally {
      wrong.close();
    }
  });

  it('stays off the network when told', async () => {
    const file = dataFile({ urls: ['http://127.0.0.1:1/toy.bin'] });
    expect(await failure(nodeSource({ cacheDirectory, download: false }).find([file]))).toContain(
      'downloads are switched off',
    );
  });
});

describe('a cache that cannot be written', () => {
  it('costs a warning, not the data', async () => {
    const server = await serve(content);
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', listen);
    try {
      await writeFile(cacheDirectory, 'a file where the folder should be');
      const found = await nodeSource({ cacheDirectory }).find([dataFile({ urls: [server.url] })]);
      expect(found.bytes).toEqual(content);
      await new Promise((resolve) => setImmediate(resolve));
      expect(warnings.join()).toContain('set NABLA_CACHE to a directory that can be written');
    } finally {
      process.off('warning', listen);
      server.close();
    }
  });
});

describe('datasetCacheDirectory', () => {
  it('follows the environment', () => {
    expect(datasetCacheDirectory({ NABLA_CACHE: '/x' })).toBe('/x');
    expect(datasetCacheDirectory({ XDG_CACHE_HOME: '/y' })).toBe(join('/y', 'nabla'));
    expect(datasetCacheDirectory({})).toMatch(/\.cache.nabla$/);
  });
});

describe('storeFile', () => {
  it('leaves nothing behind when it fails', async () => {
    await mkdir(join(root, 'taken'));
    expect(await failure(storeFile(join(root, 'taken'), content))).not.toBe('it succeeded');
    expect(await readdir(root)).toEqual(['taken']);
  });
});
