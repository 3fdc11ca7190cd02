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
  /** Whether runs write into arrays of ours; if not, they bring new ones. */
  readonly inPlace: boolean;
  /** `data` as a tensor, without a copy; the tensor keeps the array alive. */
  wrap(data: TypedArray, dtype: DType, shape: Shape): T;
  dataOf(tensor: T): TypedArray;
  load(model: Uint8Array, names: SessionNames): Promise<BackendSession<T>>;
}

export interface SessionNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface BackendSession<T = unknown> {
  /**
   * The outputs of a run, in the order of their names: `outputs` themselves, filled, where the backend
   * works in place.
   */
  run(inputs: readonly T[], outputs: readonly T[]): Promise<readonly T[]>;
  dispose(): Promise<void>;
}
