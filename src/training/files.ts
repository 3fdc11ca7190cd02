import { fail } from '../graph/errors.ts';
import type { Layer } from '../nn/layers/layer.ts';
import { registries, type SerializedObject } from '../nn/registry.ts';

/**
 * Saving models is the affair of the formats, and of the platform that has places to save to; entry
 * points register both here, so that a model can offer it.
 */

export type ModelFormat = 'keras' | 'h5' | 'weights.h5' | 'safetensors' | 'onnx' | 'tfjs';

export interface SaveOptions {
  /** Told from the name by default. */
  readonly format?: ModelFormat;
  /** Save the optimizer's state and how the model was compiled; true by default. */
  readonly includeOptimizer?: boolean;
  /** The time that the file says it was saved at; now by default. */
  readonly date?: Date;
  /** For .onnx: shapes of inputs that have axes of open size beside the batch, by the input's name. */
  readonly inputShapes?: Readonly<Record<string, readonly (number | null)[]>>;
  /** Where notices go, such as a layer that the format's other readers do not know. */
  readonly onWarning?: (message: string) => void;
}

export interface LoadWeightsOptions {
  /** Match layers of an .h5 file by name; layers without a match keep their weights. */
  readonly byName?: boolean;
  /** Leave weights alone that the file lacks or has in another shape. */
  readonly skipMismatch?: boolean;
  readonly onWarning?: (message: string) => void;
}

/** Models as configurations without weights. */
export interface ModelConfigs {
  toConfig(model: Layer): SerializedObject;
  fromConfig(config: string | SerializedObject): Layer;
}

export interface ModelFiles extends ModelConfigs {
  save(model: Layer, target: string, options: SaveOptions): Promise<void>;
  loadWeights(model: Layer, source: unknown, options: LoadWeightsOptions): Promise<void>;
}

let files: ModelFiles | undefined;

export function registerModelFiles(implementation: ModelFiles): void {
  files = implementation;
  registries.layers.readStructure = (spec) =>
    /^(Sequential|Functional|Model)$/.test(spec.class_name) && 'layers' in Object(spec.config)
      ? implementation.fromConfig(spec)
      : undefined;
}

export function modelFiles(operation: string): ModelFiles {
  return (
    files ??
    fail(operation, "nothing is registered to save models with; import the library's entry point")
  );
}
