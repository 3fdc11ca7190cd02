import type { SerializedObject } from '../nn/registry.ts';
import { modelFiles } from './files.ts';
import type { Model } from './model.ts';

/**
 * A model from its configuration, as text of `model.toJson()` or of Keras's `to_json`, or as the object that
 * `layers.serialize(model)` gives. Its weights begin anew.
 * @throws FormatError for what is no configuration of a model.
 */
export function modelFromJson(json: string | SerializedObject): Model {
  return modelFiles('modelFromJson').fromConfig(json) as Model;
}
