/**
 * What the machine can do at best: `roofline-program.ts <threads> <seconds>` prints the rate of a large
 * matrix product and of passes over arrays that no cache holds, by the kernels of ONNX Runtime.
 */
import * as ort from 'onnxruntime-node';
import { timeSteps } from './measure.ts';
import type { Roofline } from './roofline.ts';
import { OnnxGraph } from './yardstick/onnx-writer.ts';

const side = 1024;
/** 128 MiB an array: far more than a cache. */
const length = 2 ** 25;

const threads = Number(process.argv[2]);
const seconds = Number(process.argv[3]);

/** Milliseconds of a graph whose output is a single number, so that reading it costs nothing. */
async function time(
  shapes: Record<string, readonly number[]>,
  build: (g: OnnxGraph) => string,
): Promise<number> {
  const g = new OnnxGraph();
  for (const [name, shape] of Object.entries(shapes)) g.input(name, shape);
  const first = g.op('Slice', [build(g), g.integers(0), g.integers(1), g.integers(0)]);
  g.rename(g.sum(first), 'result');
  g.output('result', []);
  const session = await ort.InferenceSession.create(g.build(), {
    intraOpNumThreads: threads,
    // The optimizer would slice first and compute one number only.
    graphOptimizationLevel: 'disabled',
  });
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((product, d) => product * d, 1);
      return [name, new ort.Tensor('float32', new Float32Array(size).fill(0.5), shape)];
    }),
  );
  const { minMs } = await timeSteps(async () => {
    const { result } = await session.run(feeds);
    return result?.data[0] as number;
  }, seconds);
  await session.release();
  return minMs;
}

const square = [side, side];
const product = await time({ a: square, b: square }, (g) => g.op('MatMul', ['a', 'b']));
const line = [length];
// Triad without the factor: two arrays are read, one is written.
const triad = await time({ a: line, b: line }, (g) => g.op('Add', ['a', 'b']));

const source = new Float32Array(length).fill(0.5);
const target = new Float32Array(length).fill(0.5);
const copy = await timeSteps(() => {
  target.set(source);
  return target[0] as number;
}, seconds);

const result: Roofline = {
  threads,
  gflops: (2 * side ** 3) / product / 1e6,
  triadGbs: (3 * 4 * length) / triad / 1e6,
  copyGbs: (2 * 4 * length) / copy.minMs / 1e6,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
