import type { DType, TypedArray } from '../../graph/dtype.ts';
import type { Shape } from '../../graph/shape.ts';
import type { Provider } from './runtime.ts';

/**
 * Two ways lead to ONNX Runtime: its JavaScript module (module.ts), which exists everywhere, and its C
 * interface called directly (direct.ts), which copies nothing. A backend is one of them: it wraps host
 * arrays as tensors of its own kind and runs sessions over them.
 */
export interface Backend<T = unknown> {
  readonly provider: Provider;
  /** `data` as a tensor, without a copy; the tensor keeps the array alive. */
  wrap(data: TypedArray, dtype: DType, shape: Shape): T;
  load(model: Uint8Array, names: SessionNames): Promise<BackendSession<T>>;
}

export interface SessionNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface BackendSession<T = unknown> {
  /** Computes `outputs` in place from `inputs`, both in the order of their names. */
  run(inputs: readonly T[], outputs: readonly T[]): Promise<void>;
  dispose(): Promise<void>;
}
