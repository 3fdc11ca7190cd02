import type { Layer } from '../../nn/layers/layer.ts';
import { Sequential } from '../../training/sequential.ts';
import { refuse } from '../bytes.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { ObjectDecoder } from './object-decoder.ts';
import { FORMAT } from './values.ts';

/** A sequential model from its configuration; up to Keras 2.1 that was the bare list of its layers. */
export function readSequential(decoder: ObjectDecoder, config: Json, spec: JsonObject): Sequential {
  const bare = Array.isArray(config);
  const own: JsonObject = isObject(config) ? config : {};
  const specs = bare ? config : own.layers;
  if (!Array.isArray(specs)) {
    return refuse(FORMAT, `${decoder.where} is a sequential model without a list of layers`);
  }
  const layers: Layer[] = [];
  specs.forEach((layerSpec, i) => {
    const shape = i === 0 ? firstShape(layerSpec) : undefined;
    if (shape) {
      const name = isObject(layerSpec) && isObject(layerSpec.config) ? layerSpec.config.name : 'x';
      layers.push(decoder.input({ name: `${name}_input`, batchShape: shape }));
    }
    layers.push(decoder.layer(withoutShape(layerSpec)));
  });
  const model = new Sequential(layers, {
    name: typeof own.name === 'string' ? own.name : undefined,
    trainable: own.trainable === false ? false : undefined,
  });
  const known = buildShape(own, spec);
  if (known && !model.inputLayer) {
    const input = decoder.input({ name: `${model.name}_input`, batchShape: known });
    const rebuilt = new Sequential([input, ...layers], {
      name: model.name,
      trainable: own.trainable === false ? false : undefined,
    });
    return rebuilt;
  }
  return model;
}

const isShape = (value: unknown): value is (number | null)[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((d) => d === null || typeof d === 'number');

/** The shape that older versions gave to the first layer instead of an input layer. */
function firstShape(spec: Json): (number | null)[] | undefined {
  if (!isObject(spec) || !isObject(spec.config) || spec.class_name === 'InputLayer')
    return undefined;
  const shape = spec.config.batch_input_shape;
  return isShape(shape) ? shape : undefined;
}

function withoutShape(spec: Json): Json {
  if (!isObject(spec) || !isObject(spec.config) || spec.class_name === 'InputLayer') return spec;
  const { batch_input_shape: _, ...config } = spec.config;
  return { ...spec, config };
}

/** The input shape of a model that was built when it was first called. */
function buildShape(config: JsonObject, spec: JsonObject): (number | null)[] | undefined {
  const built = isObject(spec.build_config) ? spec.build_config.input_shape : undefined;
  for (const shape of [config.build_input_shape, built]) if (isShape(shape)) return shape;
  return undefined;
}
