import type { SerializedObject } from '../nn/registry.ts';
import type { ModelConfigs } from '../training/files.ts';
import { Model } from '../training/model.ts';
import { refuse } from './bytes.ts';
import { formatJson, isObject, type Json, parseJson } from './json.ts';
import { Decoder } from './keras/decode.ts';
import { Encoder } from './keras/encode.ts';
import { parseVersion } from './keras/version.ts';
import { STAND_INS } from './model-config.ts';

/** Models as configurations without weights: what Keras's `to_json` gives and `model_from_json` takes. */

function modelOf(config: Json): Model {
  // Keras 2 wrote its version beside the class.
  const version = parseVersion(isObject(config) ? (config.keras_version ?? '3') : '3');
  let first: unknown;
  for (const standIn of STAND_INS) {
    const decoder = new Decoder({ version, standIn });
    try {
      const model = decoder.layer(config);
      if (model instanceof Model) return model;
      return refuse('json', `the configuration is of a ${model.className}, not of a model`);
    } catch (error) {
      if (!decoder.usedStandIn) throw error;
      first ??= error;
    }
  }
  throw first;
}

export const modelConfigs: ModelConfigs = {
  toConfig: (model) => new Encoder().layer(model) as unknown as SerializedObject,
  fromConfig: (config) =>
    modelOf(
      typeof config === 'string'
        ? parseJson(config, 'json', 'the model')
        : // Through text, so that what is no JSON is left out.
          parseJson(formatJson(config), 'json', 'the model'),
    ),
};
