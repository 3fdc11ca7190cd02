import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchModelFile, isWebAddress, plainSource } from './sources.ts';

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    switch (request.url) {
      case '/models/net.keras':
        return response.writeHead(200).end(Uint8Array.of(1, 2, 3));
      case '/models/shard.bin':
        return response.writeHead(200).end(Uint8Array.of(4));
      case '/page':
        return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>');
      case '/short':
        response.writeHead(200, { 'content-length': 1000 });
        response.write('abc');
        return setTimeout(() => response.destroy(), 20);
      default:
        return response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('models at web addresses', () => {
  it('are read with the files beside them', async () => {
    const file = await fetchModelFile(`${url}/models/net.keras`);
    expect(Array.from(file.bytes)).toEqual([1, 2, 3]);
    expect(Array.from(await file.sibling!('shard.bin'))).toEqual([4]);
    await expect(file.sibling!('other.bin')).rejects.toThrow(/models\/other.bin' answers 404/);
    for (const name of ['../page', '/page', 'http://x/y']) {
      await expect(async () => file.sibling!(name)).rejects.toThrow(/outside of its folder/);
    }
  });

  it.each([
    ['/none', /answers 404 Not Found; check the address/],
    ['/page', /answers with an HTML page, not a model; check the address/],
    ['/short', /broke off: .*; try again/],
  ])('%s is refused in words', async (path, message) => {
    await expect(fetchModelFile(`${url}${path}`)).rejects.toThrow(message);
  });

  it('that cannot be reached say why', async () => {
    await expect(fetchModelFile('http://127.0.0.1:9/net.keras')).rejects.toThrow(
      /^load: 'http:.*' cannot be reached: fetch failed \(.+\); check the address and the connection$/,
    );
  });

  it('are told from paths', () => {
    const addresses = ['http://x/y', 'https://x/y', 'blob:x', 'data:,x', new URL('http://x')];
    expect(addresses.map(isWebAddress)).toEqual([true, true, true, true, true]);
    expect(['x.keras', './http', 'file:///x', 'C:\\x'].map(isWebAddress)).toEqual(
      Array(4).fill(false),
    );
  });
});

describe('models in memory', () => {
  const named = (name: string, ...bytes: number[]) =>
    Object.assign(new Blob([Uint8Array.from(bytes)]), { name });

  it('are bytes, a file, or several of which one is the main one', async () => {
    for (const source of [Uint8Array.of(7), Uint8Array.of(7).buffer, named('net.keras', 7)]) {
      expect(Array.from((await plainSource(source)).bytes)).toEqual([7]);
    }
    const file = await plainSource([named('a.bin', 1), named('model.json', 2)]);
    expect(Array.from(file.bytes)).toEqual([2]);
    expect(Array.from(await file.sibling!('folder/a.bin'))).toEqual([1]);
    await expect(file.sibling!('b.bin')).rejects.toThrow(/'b.bin' is not among the files/);
  });

  it('are nothing else', async () => {
    await expect(plainSource([])).rejects.toThrow(/no file is chosen/);
    for (const source of [undefined, null, 5, {}, [5]]) {
      await expect(plainSource(source as never)).rejects.toThrow(
        /^load: received .*; expected a path/,
      );
    }
  });
});
