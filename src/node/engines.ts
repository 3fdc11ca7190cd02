/** The engines that Node has: JavaScript, ONNX Runtime on the CPU, and on the GPU through WebGPU. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createJsEngine } from '../engines/js/engine.ts';
import { libraryPath } from '../engines/onnx/direct.ts';
import { createOnnxEngine, startOnnxEngine } from '../engines/onnx/engine.ts';
import { onDeviceWarning, registerEngine } from '../tensor/device.ts';

const require = createRequire(import.meta.url);

/** ONNX Runtime's library and the means to call it directly; undefined where either is missing. */
async function directAccess() {
  try {
    const manifest = require.resolve('onnxruntime-node/package.json');
    const { version } = require('onnxruntime-node/package.json') as { version: string };
    const library = join(dirname(manifest), libraryPath(process.platform, process.arch, version));
    const { default: koffi } = await import('koffi');
    return { koffi: koffi as any, library, pause: () => setImmediate() };
  } catch {
    return undefined;
  }
}

export function registerNodeEngines(): void {
  registerEngine('js', async () => createJsEngine());
  registerEngine('cpu', async ({ threads }) => {
    const direct = await directAccess();
    if (direct) {
      try {
        return createOnnxEngine({ runtime: undefined as any, provider: 'cpu', threads, direct });
      } catch {
        // The library is there but cannot be called: its own module may still work.
      }
    }
    const runtime = await import('onnxruntime-node');
    return createOnnxEngine({ runtime: runtime as any, provider: 'cpu', threads });
  });
  registerEngine('gpu', async ({ threads }) => {
    const runtime = await import('onnxruntime-node');
    return startOnnxEngine({ runtime: runtime as any, provider: 'webgpu', threads });
  });
  onDeviceWarning((message) => process.stderr.write(`nabla: ${message}\n`));
}
