import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import koffi from 'koffi';
import * as runtime from 'onnxruntime-node';
import { libraryPath } from '../../src/engines/onnx/direct.ts';
import { createOnnxEngine } from '../../src/engines/onnx/engine.ts';
import { type Skip, strictTolerances, type Tolerances } from './conformance.ts';
import { describeConformance } from './suite.ts';

const require = createRequire(import.meta.url);
const { version } = require('onnxruntime-node/package.json') as { version: string };
const library = join(
  dirname(require.resolve('onnxruntime-node/package.json')),
  libraryPath(process.platform, process.arch, version),
);

/** Products are summed in float32 in blocks; the reference sums in float64. */
const sums = { relative: 1e-5, absolute: 1e-4 };
const tolerances: Tolerances = {
  ...strictTolerances,
  primitives: { matMul: sums, conv: sums, convInputGrad: sums, convKernelGrad: sums },
};

const skips: Skip[] = [
  {
    matches: ({ primitive, dtype, name }) =>
      primitive === 'pow' && dtype === 'int32' && name.includes('edges'),
    reason: 'an integer power that overflows saturates instead of wrapping around',
  },
  {
    matches: ({ primitive, name }) => primitive === 'maxPool' && name.includes('edges'),
    reason: 'vector kernels keep or lose a NaN by its place in the window',
  },
];

describeConformance(
  'onnx engine through the module',
  () => createOnnxEngine({ runtime, provider: 'cpu', threads: 1 }),
  { tolerances, skips },
);
describeConformance(
  'onnx engine through the C interface',
  () =>
    createOnnxEngine({
      runtime,
      provider: 'cpu',
      threads: 1,
      direct: { koffi, library, pause: () => setImmediate() },
    }),
  { tolerances, skips, constants: true },
);
