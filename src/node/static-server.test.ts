import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StaticServer, serveFolder } from './static-server.ts';

let folder: string;
let server: StaticServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nabla-serve-'));
  await mkdir(join(folder, 'site/sub'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'site/index.html'), '<p>home</p>');
  await writeFile(join(folder, 'site/app.js'), 'let a;');
  server = await serveFolder({ folder: join(folder, 'site'), port: 0 });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** A request with its path as it is written, which fetch would tidy up. */
const raw = (path: string, method = 'GET'): Promise<number> =>
  new Promise((done, failed) => {
    const { hostname, port } = new URL(server.url);
    request({ hostname, port, path, method }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .on('error', failed)
      .end();
  });

describe('serveFolder', () => {
  it('serves files with their types, and index.html for a folder', async () => {
    const home = await fetch(server.url);
    expect(await home.text()).toBe('<p>home</p>');
    expect(home.headers.get('content-type')).toContain('text/html');
    const script = await fetch(`${server.url}app.js`);
    expect(script.headers.get('content-type')).toContain('text/javascript');
    expect(await script.text()).toBe('let a;');
  });

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/sub/', '/%00', '/%'])(
    'has nothing at %s',
    async (path) => {
      expect(await raw(path)).toBe(404);
    },
  );

  it('answers reading only', async () => {
    expect(await raw('/', 'POST')).toBe(405);
    expect(await raw('/', 'HEAD')).toBe(200);
  });

  it('says when a port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(serveFolder({ folder, port })).rejects.toThrow(/EADDRINUSE/);
  });
});
