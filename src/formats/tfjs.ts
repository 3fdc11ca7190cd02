import { allocate } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { damaged, refuse } from './bytes.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type KerasVersion, parseVersion } from './keras/version.ts';
import { float16ToFloat32 } from './numbers.ts';
import { table } from './table.ts';

/**
 * TensorFlow.js layers models: a model.json with the configuration and the list of weights, and binary
 * files in which the weights follow one another, cut anywhere into shards.
 */

const FORMAT = 'tfjs';

export interface TfjsModel {
  readonly topology: Json;
  readonly version: KerasVersion;
  readonly backend: string | undefined;
  readonly compileConfig: Json | undefined;
  readonly weights: ReadonlyMap<string, NDArray>;
}

interface Quantization {
  readonly dtype: 'uint8' | 'uint16' | 'float16';
  readonly scale: number;
  readonly min: number;
}

interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: Quantization;
}

function readQuantization(value: Json | undefined, name: string): Quantization | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) return damaged(FORMAT, `'${name}' is quantized in an unknown way`);
  const { dtype, scale = 1, min = 0 } = value;
  if (dtype !== 'uint8' && dtype !== 'uint16' && dtype !== 'float16') {
    return refuse(FORMAT, `'${name}' is quantized as ${String(dtype)}, which is not supported`);
  }
  if (typeof scale !== 'number' || typeof min !== 'number') {
    return damaged(FORMAT, `'${name}' is quantized without scale and min`);
  }
  return { dtype, scale, min };
}

function readSpec(value: Json): WeightSpec {
  if (!isObject(value)) return damaged(FORMAT, 'a weight is not described');
  const { name, shape, dtype } = value;
  const dims = shape as readonly number[];
  if (
    typeof name !== 'string' ||
    typeof dtype !== 'string' ||
    !Array.isArray(shape) ||
    !shape.every((d) => Number.isSafeInteger(d) && (d as number) >= 0)
  ) {
    return damaged(FORMAT, 'a weight is not described by name, shape and dtype');
  }
  return { name, shape: dims, dtype, quantization: readQuantization(value.quantization, name) };
}

const widths = table<number>({
  float32: 4,
  float16: 2,
  int32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
});

/** The values of a weight; `bytes` is a copy of its own. */
function readWeight({ name, shape, dtype, quantization }: WeightSpec, bytes: Uint8Array): NDArray {
  const { buffer } = bytes;
  if (quantization) {
    const { dtype: stored, scale, min } = quantization;
    if (stored === 'float16') {
      return { data: float16ToFloat32(new Uint16Array(buffer)), shape, dtype: 'float32' };
    }
    const levels = stored === 'uint8' ? bytes : new Uint16Array(buffer);
    const integer = dtype === 'int32';
    const data = allocate(integer ? 'int32' : 'float32', levels.length);
    for (let i = 0; i < levels.length; i++) {
      const value = levels[i] * scale + min;
      data[i] = integer ? Math.round(value) : value;
    }
    return { data, shape, dtype: integer ? 'int32' : 'float32' };
  }
  switch (dtype) {
    case 'float32':
      return { data: new Float32Array(buffer), shape, dtype };
    case 'float16':
      return { data: float16ToFloat32(new Uint16Array(buffer)), shape, dtype: 'float32' };
    case 'int32':
      return { data: new Int32Array(buffer), shape, dtype };
    case 'uint8':
      return { data: Int32Array.from(bytes), shape, dtype: 'int32' };
    case 'bool':
      return { data: bytes.map((b) => (b ? 1 : 0)), shape, dtype };
    default:
      return refuse(FORMAT, `'${name}' has the data type ${dtype}, which is not supported`);
  }
}

/** A file name that stays in its folder. */
function expectInside(path: Json): string {
  if (
    typeof path !== 'string' ||
    /^[/\\]|\\|\0|^[a-z][a-z0-9+.-]*:/i.test(path) ||
    path.split('/').includes('..')
  ) {
    return refuse(
      FORMAT,
      `the shard '${String(path).slice(0, 200)}' lies outside of the model's folder`,
    );
  }
  return path;
}

async function readGroup(
  group: Json,
  sibling: (name: string) => Promise<Uint8Array>,
  into: Map<string, NDArray>,
  taken: Set<string>,
): Promise<void> {
  if (!isObject(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
    return damaged(FORMAT, 'the list of weights has no paths or no weights');
  }
  const shards: Uint8Array[] = [];
  for (const value of group.paths) {
    const path = expectInside(value as Json);
    // A small list could fill all memory with one shard.
    if (taken.has(path)) damaged(FORMAT, `the shard '${path}' is listed twice`);
    taken.add(path);
    shards.push(await sibling(path));
  }
  const total = shards.reduce((n, s) => n + s.length, 0);
  let shard = 0;
  let at = 0;
  let left = total;
  for (const value of group.weights) {
    const spec = readSpec(value as Json);
    const width = widths[spec.quantization?.dtype ?? spec.dtype];
    if (width === undefined) {
      return refuse(
        FORMAT,
        `'${spec.name}' has the data type ${spec.dtype}, which is not supported`,
      );
    }
    const size = spec.shape.reduce((n, d) => n * d, 1) * width;
    if (!(size <= left)) {
      return damaged(FORMAT, `'${spec.name}' takes ${size} bytes; the shards have ${left} left`);
    }
    left -= size;
    // One weight may lie in several shards.
    const bytes = new Uint8Array(size);
    for (let filled = 0; filled < size; ) {
      if (at === shards[shard].length) {
        shard++;
        at = 0;
        continue;
      }
      const count = Math.min(size - filled, shards[shard].length - at);
      bytes.set(shards[shard].subarray(at, at + count), filled);
      filled += count;
      at += count;
    }
    if (into.has(spec.name)) damaged(FORMAT, `there are two weights named '${spec.name}'`);
    into.set(spec.name, readWeight(spec, bytes));
  }
  if (left > 0) damaged(FORMAT, `the shards have ${left} bytes more than the list says`);
}

/** The parts of a model.json and the weights in the files beside it. */
export async function readTfjsModel(
  json: JsonObject,
  sibling: ((name: string) => Promise<Uint8Array>) | undefined,
): Promise<TfjsModel> {
  if (json.format === 'graph-model') {
    return refuse(
      FORMAT,
      'the file is a graph model (converted from a TensorFlow SavedModel); only layers models can be read: convert the Keras model with tensorflowjs_converter --output_format=tfjs_layers_model',
    );
  }
  const outer = json.modelTopology;
  if (!isObject(outer)) return refuse(FORMAT, 'the model.json has no modelTopology');
  const topology = isObject(outer.model_config) ? outer.model_config : outer;
  const training = json.trainingConfig ?? outer.training_config;
  const weights = new Map<string, NDArray>();
  const manifest = json.weightsManifest ?? [];
  if (!Array.isArray(manifest)) return damaged(FORMAT, 'weightsManifest is no list');
  if (manifest.length > 0 && !sibling) {
    return refuse(
      FORMAT,
      'the weights lie in files beside the model.json; load it by its path or URL',
    );
  }
  const taken = new Set<string>();
  for (const group of manifest) await readGroup(group as Json, sibling!, weights, taken);
  return {
    topology,
    version: parseVersion(outer.keras_version ?? 'tfjs-layers'),
    backend: typeof outer.backend === 'string' ? outer.backend : undefined,
    compileConfig: isObject(training) ? training : undefined,
    weights,
  };
}
