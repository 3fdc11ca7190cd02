import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { download } from './download.ts';
import { DownloadProgress } from './download-progress.ts';

const body = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) & 255);

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A server on this machine; returns its address and the ranges that it was asked for. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<{ url: string; ranges: (string | undefined)[] }> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`, ranges };
}

/** Sends a part of the body and breaks the connection once that has left. */
function breakAfter(response: ServerResponse, from: number, to: number): void {
  response.write(body.subarray(from, to), () => setTimeout(() => response.destroy(), 20));
}

const startOf = (request: IncomingMessage): number =>
  Number(/bytes=(\d+)-/.exec(request.headers.range ?? 'bytes=0-')?.[1]);

describe('download', () => {
  it('gives the bytes, and tells how far it is', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': body.length }).end(body);
    });
    const seen: [number, number | undefined][] = [];
    const bytes = await download(url, {
      maxBytes: 1e6,
      onProgress: (received, total) => seen.push([received, total]),
    });
    expect(bytes).toEqual(body);
    expect(seen.at(-1)).toEqual([body.length, body.length]);
  });

  it('goes on where a connection broke', async () => {
    const { url, ranges } = await serve((request, response, count) => {
      const from = startOf(request);
      const range = `bytes ${from}-${body.length - 1}/${body.length}`;
      response.writeHead(from > 0 ? 206 : 200, {
        'content-length': body.length - from,
        ...(from > 0 ? { 'content-range': range } : {}),
      });
      if (count < 3) breakAfter(response, from, from + 70_000);
      else response.end(body.subarray(from));
    });
    expect(await download(url, { maxBytes: 1e6 })).toEqual(body);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]/), ranges[2]]);
    const starts = ranges.slice(1).map((range) => Number(range?.match(/\d+/)?.[0]));
    expect(starts[1]).toBeGreaterThan(starts[0]);
  });

  it('starts again where the server cannot go on', async () => {
    const { url } = await serve((_, response, count) => {
      response.writeHead(200, { 'content-length': body.length });
      if (count === 1) breakAfter(response, 0, 70_000);
      else response.end(body);
    });
    expect(await download(url, { maxBytes: 1e6 })).toEqual(body);
  });

  it('gives up on a connection that always breaks, and on silence', async () => {
    const { url, ranges } = await serve((request, response) => {
      response.writeHead(200, { 'content-length': body.length });
      breakAfter(response, 0, 1000 + startOf(request));
    });
    await expect(download(url, { maxBytes: 1e6, retries: 1 })).rejects.toThrow();
    expect(ranges).toHaveLength(2);
    const silent = await serve(() => {});
    await expect(download(silent.url, { maxBytes: 1e6, silence: 50 })).rejects.toThrow(
      'sent nothing for 0.05 seconds',
    );
  });

  it('refuses error answers, and more than was expected', async () => {
    const missing = await serve((_, response) => {
      response.writeHead(404).end('no such page');
    });
    await expect(download(missing.url, { maxBytes: 10 })).rejects.toThrow('answered 404 Not Found');
    const endless = await serve((_, response) => {
      const send = (): void => {
        while (!response.destroyed && response.write(body));
        if (!response.destroyed) response.once('drain', send);
      };
      send();
    });
    await expect(download(endless.url, { maxBytes: 1e6 })).rejects.toThrow(
      'more than the expected 1000000 bytes',
    );
    expect(endless.ranges).toHaveLength(1);
  });
});

describe('DownloadProgress', () => {
  it('shows all files of a data set in one line, which goes in the end', () => {
    let text = '';
    let time = 0;
    const stream = { write: (part: string) => (text += part), isTTY: true };
    const progress = new DownloadProgress({ stream, unicode: false, clock: () => time });
    const images = progress.begin('mnist', 'images');
    const labels = progress.begin('mnist', 'labels');
    time = 1000;
    images.update(1_000_000, 9_000_000);
    expect(text).toBe(
      '\rmnist  ===.....................  1.00MB of 9.00MB  1.00MB/s  ETA 8.0s\x1b[K',
    );
    labels.update(500_000, 1_000_000);
    expect(text.split('\r')).toHaveLength(2); // not so soon again
    time = 3000;
    images.update(5_500_000, 9_000_000);
    expect(text).toContain('6.00MB of 10.0MB  2.00MB/s  ETA 2.0s');
    labels.end();
    images.end();
    expect(text.endsWith('\r\x1b[K')).toBe(true);
  });

  it('does without what the server does not say, and is silent in a log', () => {
    let text = '';
    let time = 0;
    const stream = { write: (part: string) => (text += part), isTTY: true };
    const progress = new DownloadProgress({ stream, clock: () => time });
    const archive = progress.begin('imdb', 'a');
    time = 2000;
    archive.update(3_000_000, undefined);
    expect(text).toBe('\rimdb  3.00MB  1.50MB/s\x1b[K');
    const log = new DownloadProgress({ stream: { write: () => expect.unreachable() } });
    const file = log.begin('imdb', 'a');
    file.update(1, 2);
    file.end();
  });
});
