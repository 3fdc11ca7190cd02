/**
 * The part of ONNX Runtime's JavaScript API that the engine uses. The module itself is passed in by the
 * entry point: onnxruntime-node there, onnxruntime-web here; the engine imports neither.
 */

export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  /** Throws unless the location is 'cpu'. */
  readonly data: unknown;
  readonly location: string;
  getData(releaseData?: boolean): Promise<unknown>;
  dispose(): void;
}

export type RuntimeTensors = { [name: string]: RuntimeTensor };

export interface RuntimeSession {
  run(feeds: RuntimeTensors, fetches?: any, options?: any): Promise<any>;
  release(): Promise<void>;
}

export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: any): Promise<RuntimeSession>;
  };
  readonly Tensor: new (type: any, data: any, dims?: readonly number[]) => RuntimeTensor;
}

export type Provider = 'cpu' | 'wasm' | 'webgpu' | 'cuda';
