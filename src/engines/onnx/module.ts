import type { TypedArray } from '../../graph/dtype.ts';
import type { Backend } from './backend.ts';
import { runError, sessionError } from './errors.ts';
import type {
  OnnxRuntime,
  Provider,
  RuntimeSession,
  RuntimeTensor,
  RuntimeTensors,
} from './runtime.ts';

export interface ModuleOptions {
  readonly runtime: OnnxRuntime;
  readonly provider: Provider;
  readonly threads?: number;
}

export function createRuntimeSession(
  { runtime, provider, threads }: ModuleOptions,
  model: Uint8Array,
  options: Record<string, unknown> = {},
): Promise<RuntimeSession> {
  return runtime.InferenceSession.create(model, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    // Errors are thrown as well as logged; 4 keeps them out of the terminal.
    logSeverityLevel: 4,
    ...options,
  }).catch((error: unknown) => {
    throw sessionError(provider, error);
  });
}

/**
 * ONNX Runtime through its JavaScript module: onnxruntime-node or onnxruntime-web. Both copy every output
 * into a new array (1.30); passing arrays to fill saves nothing in one and is not heeded by the other.
 */
export function moduleBackend(options: ModuleOptions): Backend<RuntimeTensor> {
  const { runtime, provider } = options;
  return {
    provider,
    inPlace: false,
    wrap: (data, dtype, shape) => new runtime.Tensor(dtype, data, shape),
    dataOf: (tensor) => tensor.data as TypedArray,
    load: async (model, names) => {
      const session = await createRuntimeSession(options, model);
      return {
        run: async (inputs) => {
          const feeds: RuntimeTensors = {};
          for (let i = 0; i < inputs.length; i++) feeds[names.inputs[i]] = inputs[i];
          try {
            const results: RuntimeTensors = await session.run(feeds);
            return names.outputs.map((name) => results[name]);
          } catch (error) {
            throw runError(provider, error);
          }
        },
        dispose: () => session.release(),
      };
    },
  };
}
