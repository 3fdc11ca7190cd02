import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chromiumMissing,
  launchChromium,
  type StaticServer,
  serve,
  softwareWebGPU,
} from '../chromium.ts';
import type { PageEngine, PageReport } from './page.ts';

/** The engines in a page: the js engine, ONNX Runtime on WebAssembly, and on WebGPU in software. */

const here = dirname(fileURLToPath(import.meta.url));
const runtimeFiles = join(here, '../../../node_modules/onnxruntime-web/dist');

let browser: Browser;
let server: StaticServer;
let folder: string;
let page: Page;

describe.skipIf(chromiumMissing)(`engines in Chromium ${chromiumMissing ?? ''}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nabla-page-'));
    await build({
      entryPoints: [join(here, 'page.ts')],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      outfile: join(folder, 'page.js'),
      logLevel: 'error',
    });
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><title>engines</title><script type="module" src="/page.js"></script>',
    );
    server = await serve({ '/': folder, '/ort/': runtimeFiles });
    browser = await launchChromium(softwareWebGPU);
    page = await browser.newPage();
    await page.goto(`${server.url}/index.html`);
    await page.waitForFunction('window.engines !== undefined', undefined, { timeout: 60_000 });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const conformance = (kind: PageEngine, stride: number): Promise<PageReport> =>
    page.evaluate(([k, s]) => (globalThis as any).engines.conformance(k, s), [
      kind,
      stride,
    ] as const);
  const train = (device: string, units: number, epochs: number): Promise<number[]> =>
    page.evaluate(([d, u, e]) => (globalThis as any).engines.train(d, u, e), [
      device,
      units,
      epochs,
    ] as const);

  it.each([
    ['js', 1],
    ['wasm', 1],
    ['webgpu', 12],
  ] as const)(
    '%s computes every primitive right',
    async (kind, stride) => {
      const report = await conformance(kind, stride);
      if (report.skipped.length > 0)
        console.log(`${kind}, left out:\n  ${report.skipped.join('\n  ')}`);
      expect(report.failed).toEqual([]);
      expect(report.passed).toBeGreaterThan(60);
    },
    300_000,
  );

  it('trains alike on every device', async () => {
    const js = await train('js', 64, 4);
    expect(js[3]).toBeLessThan(js[0]);
    const close = (losses: number[]) =>
      losses.forEach((loss, i) => {
        expect(loss).toBeCloseTo(js[i], 4);
      });
    close(await train('cpu', 64, 4));
    close(await train('gpu', 64, 4));
  }, 300_000);
});
