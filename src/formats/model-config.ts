import { allocate } from '../graph/dtype.ts';
import { type FirstValues, withFirstValues } from '../nn/layers/first-values.ts';
import { InputLayer } from '../nn/layers/input.ts';
import type { Layer } from '../nn/layers/layer.ts';
import { Model } from '../training/model.ts';
import { refuse } from './bytes.ts';
import { isObject, type Json } from './json.ts';
import { readCompileConfig } from './keras/compile-config.ts';
import { Decoder } from './keras/decode.ts';
import type { KerasVersion } from './keras/version.ts';

/** A model from Keras's configuration of it. */

/** Sizes tried for axes of unknown size; deep networks of windows need larger ones. */
export const STAND_INS = [16, 64, 256];

export interface ModelSpec {
  readonly config: Json;
  readonly version: KerasVersion;
  /** Keras's backend that wrote the file, where it is known. */
  readonly backend?: string;
  /** How many numbers the file has for weights; a model that claims more is refused. */
  readonly elements: number;
}

export function modelFromConfig({ config, version, backend, elements }: ModelSpec): Model {
  let first: unknown;
  for (const standIn of STAND_INS) {
    const decoder = new Decoder({ version, standIn, backend });
    try {
      const model = withFirstValues(zerosWithin(elements), () => decoder.layer(config));
      if (!(model instanceof Model)) {
        return refuse('keras', `the file holds a ${model.className}, not a model`);
      }
      withFirstValues(zerosWithin(elements), () => buildCustom(model, config));
      return model;
    } catch (error) {
      if (!decoder.usedStandIn) throw error;
      first ??= error;
    }
  }
  throw first;
}

/** Weights begin as zeros, because their values are read afterwards; all of them must come from the file. */
function zerosWithin(elements: number): FirstValues {
  let left = elements;
  return (shape, dtype, name) => {
    const size = shape.reduce((n, d) => n * d, 1);
    left -= size;
    if (!(left >= 0)) {
      refuse(
        'keras',
        `the weight '${name}' [${shape.join(', ')}] is not in the file, which has ${elements} numbers for all weights together`,
      );
    }
    return { data: allocate(dtype, size), shape, dtype };
  };
}

/** A model of a class of its own makes its weights when it is called. */
function buildCustom(model: Layer, config: Json): void {
  if (model.built || !isObject(config) || !isObject(config.build_config)) return;
  const shape = config.build_config.input_shape;
  if (!Array.isArray(shape) || !shape.every((d) => d === null || typeof d === 'number')) return;
  model.call(new InputLayer({ batchShape: shape as number[] }).tensor);
  model.built = true;
}

/** Compiles a model as its file says; what is not known here is a warning, because prediction goes on. */
export function compileFromConfig(
  model: Model,
  config: Json,
  version: KerasVersion,
  onWarning: (message: string) => void,
): boolean {
  try {
    const options = readCompileConfig(new Decoder({ version }), config);
    if (!options) return false;
    model.compile(options);
    return true;
  } catch (error) {
    onWarning(
      `the model is loaded, but not compiled: ${(error as Error).message}; call compile() to train or evaluate it`,
    );
    return false;
  }
}
