import type { NDArray } from '../graph/ndarray.ts';
import type { Model } from '../training/model.ts';
import { encodeText } from './bytes.ts';
import { formatJson } from './json.ts';
import { legacyTrainingConfig, writeCompileConfig } from './keras/compile-config.ts';
import { Encoder } from './keras/encode.ts';
import { toKeras2 } from './keras/keras2.ts';
import { kerasLayers } from './keras/layer-order.ts';
import { backendOf } from './keras/torch-pooling.ts';
import type { SavedFile, SaveOptions } from './save.ts';
import { variablePaths } from './weights/names.ts';

/** A model as TensorFlow.js reads it: model.json in the manner of Keras 2, and shards of 4 MB. */

const SHARD = 4 * 1024 * 1024;

/** Weights by name, each layer's in a row; the first part of a name is the layer's. */
async function namedWeights(model: Model): Promise<[string, NDArray][]> {
  const paths = variablePaths(model);
  const prefix = `${model.name}/`;
  const entries: [string, NDArray][] = [];
  const seen = new Set<unknown>();
  for (const layer of kerasLayers(model)) {
    for (const variable of [...layer.trainableWeights, ...layer.nonTrainableWeights]) {
      if (seen.has(variable)) continue;
      seen.add(variable);
      const path = paths.get(variable)!;
      const own = path.startsWith(prefix) ? path.slice(prefix.length) : path;
      entries.push([own, await variable.ndarray()]);
    }
  }
  return entries;
}

export async function writeTfjsModel(model: Model, options: SaveOptions): Promise<SavedFile[]> {
  const topology = toKeras2(new Encoder({ legacy: true }).layer(model));
  const weights = await namedWeights(model);
  const total = weights.reduce((n, [, { data }]) => n + data.byteLength, 0);
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const [, { data }] of weights) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  const count = Math.max(1, Math.ceil(total / SHARD));
  const shards = Array.from({ length: count }, (_, i) => ({
    name: `group1-shard${i + 1}of${count}.bin`,
    bytes: bytes.subarray(i * SHARD, (i + 1) * SHARD),
  }));
  const compiled =
    model.isCompiled && (options.includeOptimizer ?? true)
      ? await writeCompileConfig(model)
      : undefined;
  const json = {
    format: 'layers-model',
    generatedBy: 'nabla',
    convertedBy: null,
    modelTopology: {
      ...topology,
      keras_version: 'tfjs-layers 4.22.0',
      backend: backendOf(model) ?? 'nabla',
    },
    ...(compiled ? { trainingConfig: legacyTrainingConfig(compiled) } : {}),
    weightsManifest: [
      {
        paths: shards.map((s) => s.name),
        weights: weights.map(([name, { shape, dtype }]) => ({ name, shape, dtype })),
      },
    ],
  };
  return [{ name: 'model.json', bytes: encodeText(formatJson(json)) }, ...shards];
}
