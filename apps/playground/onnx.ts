import * as runtime from 'onnxruntime-web/wasm';
import type { Engine } from '../../src/engines/engine.ts';
import { createOnnxEngine } from '../../src/engines/onnx/engine.ts';

/** The engine for networks too large for the interpreter. A file of its own, loaded when one asks. */
export function createEngine(folder: string): Engine {
  // Only the binary is a file of its own; its JavaScript is in this bundle.
  runtime.env.wasm.wasmPaths = { wasm: new URL('ort-wasm-simd-threaded.wasm', folder).href };
  // Threads need a page that is cross-origin isolated, which a page to embed cannot count on.
  runtime.env.wasm.numThreads = 1;
  return createOnnxEngine({ runtime: runtime as never, provider: 'wasm', threads: 1 });
}
