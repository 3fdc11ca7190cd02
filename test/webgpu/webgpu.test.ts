import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * The WebGPU provider in Node. A machine without a GPU can use SwiftShader, a software driver that
 * Debian's chromium package brings along; it needs libvulkan1 beside it.
 */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

interface Report {
  missing?: string;
  conformance?: { passed: number; failures: string[] };
  training?: Record<
    'gpu' | 'js',
    { losses: number[]; weights: number[]; count: number; onDevice: boolean; replaced: string }
  >;
}

let folder = '';
let report: Report;

async function run(program: string): Promise<Report> {
  const driver = existsSync(SWIFTSHADER)
    ? { VK_DRIVER_FILES: SWIFTSHADER, VK_ICD_FILENAMES: SWIFTSHADER }
    : {};
  const child = spawn(process.execPath, [program], {
    env: { ...driver, ...process.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...end) => resolve(end));
  });
  const last = output.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) {
    throw new Error(`the program ended with ${signal ?? code} and no report: ${errors}`);
  }
  return JSON.parse(last);
}

beforeAll(async () => {
  // Beside node_modules, so that the program finds its packages there.
  const root = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
  folder = await mkdtemp(existsSync(root) ? join(root, 'webgpu-') : join(tmpdir(), 'webgpu-'));
  const outfile = join(folder, 'program.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./program.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    alias: {
      'onnxruntime-node': fileURLToPath(
        new URL('../../node_modules/onnxruntime-node/dist/index.js', import.meta.url),
      ),
    },
    external: ['*/onnxruntime-node/dist/index.js'],
    logLevel: 'error',
  });
  report = await run(outfile);
  if (report.missing) console.info(`webgpu: not tested, no adapter: ${report.missing}`);
}, 180_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('webgpu in Node', () => {
  it('agrees with the references', ({ skip }) => {
    if (report.missing) skip();
    expect(report.conformance!.failures).toEqual([]);
    expect(report.conformance!.passed).toBeGreaterThan(100);
  });

  it('trains with its state on the device as the js engine does', ({ skip }) => {
    if (report.missing) skip();
    const { gpu, js } = report.training!;
    expect(gpu.onDevice).toBe(true);
    gpu.losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(js.losses[i], 3);
    });
    gpu.weights.forEach((weight, i) => {
      expect(weight).toBeCloseTo(js.weights[i], 4);
    });
    expect(gpu.losses.at(-1)).toBeLessThan(gpu.losses[0]);
    expect(gpu.count).toBe(160);
  });

  it('says so when a state is read that a later step has replaced', ({ skip }) => {
    if (report.missing) skip();
    expect(report.training!.gpu.replaced).toMatch(/replaced by a later step/);
  });
});
