/**
 * Runs in a process of its own, since a fault in a driver ends it: conformance on the WebGPU provider
 * of onnxruntime-node, and a training step whose state stays on the device. Reports as JSON.
 */
import * as runtime from 'onnxruntime-node';
import { gradients } from '../../src/autodiff/grad.ts';
import { type Buffer, HostBuffer } from '../../src/engines/engine.ts';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { createOnnxEngine } from '../../src/engines/onnx/engine.ts';
import * as b from '../../src/ops/build.ts';
import { type PrimitiveName, primitives } from '../../src/ops/primitives/index.ts';
import {
  type ConformanceCase,
  checkCase,
  conformanceCases,
  skipReason,
  strictTolerances,
  type Tolerances,
} from '../conformance/conformance.ts';

/** Shader functions are less exact than a processor's, by the WGSL standard. */
const coarse = { relative: 1e-4, absolute: 5e-4 };
const sums = { relative: 1e-5, absolute: 1e-4 };
const functions = ['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'asinh', 'acosh', 'atanh'];
const products = ['matMul', 'conv', 'convInputGrad', 'convKernelGrad'];
const tolerances: Tolerances = {
  ...strictTolerances,
  primitives: Object.fromEntries([
    ...functions.map((name) => [name, coarse]),
    ...products.map((name) => [name, sums]),
  ]),
};

/** Shaders may assume that there is no NaN and no infinity, and ours meet both in these cases. */
const meetsNaN = ({ name }: ConformanceCase) => /\((edges|not a number)\)/.test(name);

const CASES_PER_PRIMITIVE = 5;

async function conformance(): Promise<{ passed: number; failures: string[] }> {
  const engine = createOnnxEngine({ runtime, provider: 'webgpu' });
  const failures: string[] = [];
  let passed = 0;
  for (const primitive of Object.keys(primitives) as PrimitiveName[]) {
    const all = conformanceCases({ only: [primitive] }).filter(
      (test) => skipReason(engine, test) === undefined && !meetsNaN(test),
    );
    // From the first to the last, evenly: later cases are the odd ones.
    const step = Math.max(1, Math.ceil(all.length / CASES_PER_PRIMITIVE));
    for (const test of all.filter((_, i) => i % step === 0 || i === all.length - 1)) {
      const message = await checkCase(engine, test, tolerances).catch((e: unknown) => String(e));
      if (message === undefined) passed++;
      else failures.push(`${test.name}: ${message}`);
    }
  }
  await engine.dispose();
  return { passed, failures };
}

/** A few steps of a small classifier on both engines: losses, and how far the weights end apart. */
async function training() {
  const x = b.placeholder([8, 6], 'float32');
  const y = b.placeholder([8, 3], 'float32');
  const [w, v, seen] = [
    b.placeholder([6, 3], 'float32'),
    b.placeholder([6, 3], 'float32'),
    b.placeholder([], 'int32'),
  ];
  const loss = b.neg(b.sum(b.mul(y, b.logSoftmax(b.matMul(x, w)))));
  const [dw] = gradients([loss], [w]);
  const velocity = b.sub(b.mul(v, 0.9), b.mul(dw!, 0.02));
  const graph = {
    inputs: [x, y, w, v, seen],
    outputs: [loss, b.add(w, velocity), velocity, b.add(seen, 8)],
    state: [
      [2, 1],
      [3, 2],
      [4, 3],
    ] as const,
  };
  const numbers = (n: number, f: (i: number) => number) =>
    Float32Array.from({ length: n }, (_, i) => f(i));
  const start = (): Buffer[] => [
    new HostBuffer(
      numbers(48, (i) => Math.sin(i)),
      [8, 6],
      'float32',
    ),
    new HostBuffer(
      numbers(24, (i) => Number(i % 3 === Math.floor(i / 3) % 3)),
      [8, 3],
      'float32',
    ),
    new HostBuffer(
      numbers(18, (i) => Math.cos(i) / 3),
      [6, 3],
      'float32',
    ),
    new HostBuffer(
      numbers(18, () => 0),
      [6, 3],
      'float32',
    ),
    new HostBuffer(Int32Array.of(0), [], 'int32'),
  ];
  const run = async (engine: ReturnType<typeof createOnnxEngine>) => {
    const executable = await engine.compile(graph);
    const buffers = start();
    const losses: number[] = [];
    const first = buffers[2];
    let afterOne: Buffer = first;
    for (let step = 0; step < 20; step++) {
      const results = await executable.run(buffers);
      for (const [input, output] of graph.state) buffers[input] = results[output];
      losses.push((await results[0].read())[0]);
      if (step === 0) afterOne = buffers[2];
    }
    const weights = Array.from(await buffers[2].read());
    const count = (await buffers[4].read())[0];
    const onDevice = buffers[2].data === undefined;
    const replaced = await Promise.resolve()
      .then(() => afterOne.read())
      .then(
        () => 'still readable',
        (error: Error) => error.message,
      );
    for (const buffer of buffers) buffer.dispose();
    await executable.dispose();
    await engine.dispose();
    return { losses, weights, count, onDevice, replaced };
  };
  return {
    gpu: await run(createOnnxEngine({ runtime, provider: 'webgpu' })),
    js: await run(createJsEngine()),
  };
}

async function adapter(): Promise<string | undefined> {
  const engine = createOnnxEngine({ runtime, provider: 'webgpu' });
  const x = b.placeholder([1], 'float32');
  try {
    await (await engine.compile({ inputs: [x], outputs: [b.exp(x)], state: [] })).dispose();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const missing = await adapter();
const report = missing
  ? { missing }
  : { conformance: await conformance(), training: await training() };
process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0));
