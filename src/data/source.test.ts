import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkedBytes, type DataFile, webSource } from './source.ts';
import { gunzip } from './web-platform.ts';

const content = new TextEncoder().encode('nine numbers '.repeat(100));
const file: DataFile = {
  dataset: 'numbers',
  name: 'nine.bin',
  maxBytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
  urls: [],
};

describe('checkedBytes', () => {
  it('takes plain and compressed bytes', async () => {
    expect(await checkedBytes(content, file)).toEqual(content);
    expect(await checkedBytes(gzipSync(content), file)).toEqual(content);
  });

  it('refuses other content, damaged gzip, and more than is expected', async () => {
    const other = content.slice();
    other[0] ^= 1;
    await expect(checkedBytes(other, file)).rejects.toThrow(/SHA-256 \w{64} \(1300 bytes\)/);
    const gz = gzipSync(content);
    await expect(checkedBytes(gz.subarray(0, 20), file)).rejects.toThrow('cannot be decompressed');
    await expect(gunzip(gzipSync(new Uint8Array(1e6)), 1000, 'bomb')).rejects.toThrow(
      'bomb cannot be decompressed: it holds more than the expected 1000 bytes',
    );
  });
});

describe('webSource', () => {
  const served = new Map<string, Uint8Array>();
  const server = createServer((request, response) => {
    const body = served.get(request.url ?? '');
    response.writeHead(body ? 200 : 404).end(body);
  });
  let baseUrl = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data/`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('fetches the file, or the file compressed', async () => {
    served.clear();
    served.set('/data/nine.bin.gz', gzipSync(content));
    const found = await webSource({ baseUrl }).find([file]);
    expect(found).toEqual({ file, bytes: content });
  });

  it('passes over a page that is not the file, and says what was tried', async () => {
    served.clear();
    served.set('/data/nine.bin', new TextEncoder().encode('<!doctype html>'));
    const error: Error = await webSource({ baseUrl })
      .find([file])
      .then(
        () => new Error('found'),
        (e) => e,
      );
    expect(error.message).toContain('numbers: no nine.bin with the right content');
    expect(error.message).toContain('/data/nine.bin: nine.bin has the SHA-256');
    expect(error.message).toContain('/data/nine.bin.gz: the server answered 404');
  });

  it('needs an address', () => {
    expect(() => webSource({} as never)).toThrow("load({ baseUrl: '/data/mnist' })");
  });
});
