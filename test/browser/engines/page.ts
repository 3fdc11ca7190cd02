/**
 * What runs inside the page: conformance of an engine, and a model that trains. The test outside calls
 * these through the window.
 */
import * as wasmRuntime from 'onnxruntime-web/wasm';
import * as webgpuRuntime from 'onnxruntime-web/webgpu';
import type { Engine } from '../../../src/engines/engine.ts';
import { createJsEngine } from '../../../src/engines/js/engine.ts';
import { createOnnxEngine } from '../../../src/engines/onnx/engine.ts';
import {
  type Device,
  layers,
  optimizers,
  sequential,
  setDevice,
  setRandomSeed,
  tensor,
} from '../../../src/index.ts';
import {
  checkCase,
  conformanceCases,
  type Skip,
  skipReason,
  strictTolerances,
} from '../../conformance/conformance.ts';

export type PageEngine = 'js' | 'wasm' | 'webgpu';

export interface PageReport {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

const runtimePath = '/ort/';

async function createEngine(kind: PageEngine): Promise<Engine> {
  if (kind === 'js') return createJsEngine();
  const runtime = kind === 'wasm' ? wasmRuntime : webgpuRuntime;
  runtime.env.wasm.wasmPaths = runtimePath;
  runtime.env.wasm.numThreads = 1;
  return createOnnxEngine({ runtime: runtime as any, provider: kind });
}

const all = (names: readonly string[], relative: number, absolute: number) =>
  Object.fromEntries(names.map((p) => [p, { relative, absolute }]));

/** Sums run in float32 and in another order than the reference's; WGSL's sin and cos may err by 2^-11. */
const tolerances = {
  ...strictTolerances,
  float32: { relative: 2e-5, absolute: 1e-5 },
  primitives: {
    ...all(['matMul', 'conv', 'convInputGrad', 'convKernelGrad'], 1e-4, 1e-3),
    ...all(['sin', 'cos', 'tan'], 5e-4, 5e-4),
  },
};

const skips: Record<PageEngine, Skip[]> = {
  js: [],
  wasm: [
    {
      matches: ({ primitive, dtype, name }) =>
        primitive === 'pow' && dtype === 'int32' && name.includes('edges'),
      reason: 'an integer power that overflows saturates instead of wrapping around',
    },
    {
      matches: ({ primitive, name }) => primitive === 'maxPool' && name.includes('edges'),
      reason: 'vector kernels keep or lose a NaN by its place in the window',
    },
  ],
  webgpu: [
    {
      matches: ({ name }) => name.includes('edges'),
      reason: 'WGSL leaves NaN, infinities and overflow to the device',
    },
  ],
};

/** Every `stride`-th case of every primitive, at least one each. */
async function conformance(kind: PageEngine, stride: number): Promise<PageReport> {
  const engine = await createEngine(kind);
  const failed: string[] = [];
  const skipped = new Map<string, Set<string>>();
  const seen = new Map<string, number>();
  let passed = 0;
  for (const test of conformanceCases()) {
    const reason = skipReason(engine, test, skips[kind]);
    if (reason !== undefined) {
      skipped.set(reason, (skipped.get(reason) ?? new Set()).add(test.primitive));
      continue;
    }
    const n = seen.get(test.primitive) ?? 0;
    seen.set(test.primitive, n + 1);
    if (n % stride !== 0) continue;
    try {
      const message = await checkCase(engine, test, tolerances);
      if (message === undefined) passed++;
      else failed.push(`${test.name}: ${message}`);
    } catch (error) {
      failed.push(`${test.name}: ${error}`);
    }
  }
  await engine.dispose();
  return {
    passed,
    failed,
    skipped: [...skipped].map(([reason, names]) => `${reason}: ${[...names].join(', ')}`),
  };
}

/** Trains a network that is large enough for the runtime; returns the losses. */
async function train(device: Device, units: number, epochs: number): Promise<number[]> {
  setDevice(device, { threads: 1, runtimePath });
  setRandomSeed(1);
  const samples = 64;
  const x = tensor(
    Float32Array.from({ length: samples * 2 }, (_, i) => Math.sin(i * 1.3)),
    [samples, 2],
  );
  const y = tensor(
    Float32Array.from({ length: samples }, (_, i) => Math.sin(i * 2.6) * Math.sin(i * 2.6 + 1.3)),
    [samples, 1],
  );
  const model = sequential([
    layers.dense({ units, activation: 'relu', inputShape: [2] }),
    layers.dense({ units, activation: 'tanh' }),
    layers.dropout({ rate: 0.1, seed: 3 }),
    layers.dense({ units: 1 }),
  ]);
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'mse' });
  const { history } = await model.fit(x, y, { epochs, batchSize: 16 });
  return history.loss;
}

Object.assign(globalThis, { engines: { conformance, train, hasWebGPU: 'gpu' in navigator } });
