import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import koffi from 'koffi';
import * as runtime from 'onnxruntime-node';
import { libraryPath } from '../../src/engines/onnx/direct.ts';
import { createOnnxEngine } from '../../src/engines/onnx/engine.ts';

const require = createRequire(import.meta.url);
const { version } = require('onnxruntime-node/package.json') as { version: string };

/** How tests reach ONNX Runtime's C interface. */
export const direct = {
  koffi,
  library: join(
    dirname(require.resolve('onnxruntime-node/package.json')),
    libraryPath(process.platform, process.arch, version),
  ),
  pause: () => setImmediate(),
};

/** The CPU engine in both ways: through the module, and called directly. */
export const cpuEngines = {
  module: () => createOnnxEngine({ runtime, provider: 'cpu', threads: 1 }),
  direct: () => createOnnxEngine({ runtime, provider: 'cpu', threads: 1, direct }),
};
