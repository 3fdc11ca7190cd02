/**
 * Nabla in the browser: the JavaScript engine at once, ONNX Runtime on WebAssembly or WebGPU when a
 * computation is large enough to be worth loading it.
 */
import { createJsEngine } from './engines/js/engine.ts';
import { createOnnxEngine } from './engines/onnx/engine.ts';
import { onDeviceWarning, registerEngine } from './tensor/device.ts';

export * from './api.ts';
export { callbacks } from './training/callbacks/index.ts';

registerEngine('js', async () => createJsEngine());
registerEngine('cpu', async ({ threads }) => {
  const runtime = await import('onnxruntime-web/wasm');
  return createOnnxEngine({ runtime: runtime as any, provider: 'wasm', threads });
});
registerEngine('gpu', async () => {
  if (!('gpu' in navigator)) throw new Error('this browser has no WebGPU');
  const runtime = await import('onnxruntime-web/webgpu');
  return createOnnxEngine({ runtime: runtime as any, provider: 'webgpu' });
});
onDeviceWarning((message) => console.warn(`nabla: ${message}`));
