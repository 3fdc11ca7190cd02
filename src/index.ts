/**
 * Nabla in the browser: the JavaScript engine at once, ONNX Runtime on WebAssembly or WebGPU when a
 * computation is large enough to be worth loading it.
 */
import { createJsEngine } from './engines/js/engine.ts';
import { createOnnxEngine, startOnnxEngine } from './engines/onnx/engine.ts';
import { registerBrowserFiles } from './formats/browser.ts';
import { type EngineOptions, onDeviceWarning, registerEngine } from './tensor/device.ts';

export * from './api.ts';
export { listStoredModels, loadModel, removeStoredModel } from './formats/browser.ts';
export { callbacks } from './training/callbacks/index.ts';

registerEngine('js', async () => createJsEngine());
registerEngine('cpu', async (options) => {
  const runtime = await import('onnxruntime-web/wasm');
  configure(runtime.env.wasm, options);
  return createOnnxEngine({ runtime: runtime as any, provider: 'wasm' });
});
registerEngine('gpu', async (options) => {
  if (!('gpu' in navigator)) throw new Error('this browser has no WebGPU');
  const runtime = await import('onnxruntime-web/webgpu');
  configure(runtime.env.wasm, options);
  return startOnnxEngine({ runtime: runtime as any, provider: 'webgpu' });
});
registerBrowserFiles();
onDeviceWarning((message) => console.warn(`nabla: ${message}`));

/** Threads need a page that is cross-origin isolated; without that the runtime uses one. */
function configure(
  wasm: { numThreads?: number; wasmPaths?: unknown },
  { threads, runtimePath }: EngineOptions,
): void {
  if (threads !== undefined) wasm.numThreads = threads;
  if (runtimePath !== undefined) wasm.wasmPaths = runtimePath;
}
