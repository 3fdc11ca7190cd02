import type { NDArray } from '../graph/ndarray.ts';
import type { Layer } from '../nn/layers/layer.ts';
import type { Variable } from '../tensor/variable.ts';
import type { SaveOptions } from '../training/files.ts';
import { Model } from '../training/model.ts';
import { crc32, encodeText } from './bytes.ts';
import { formatJson } from './json.ts';
import { legacyTrainingConfig, writeCompileConfig } from './keras/compile-config.ts';
import { Encoder } from './keras/encode.ts';
import { toKeras2 } from './keras/keras2.ts';
import { kerasLayers } from './keras/layer-order.ts';
import { backendOf } from './keras/torch-pooling.ts';
import type { SavedFile } from './saved-file.ts';

/** A model as TensorFlow.js reads it: model.json in the manner of Keras 2, and shards of 4 MB. */

const SHARD = 4 * 1024 * 1024;

/** What TensorFlow.js calls a weight whose name here is another. */
function weightName(layer: Layer, variable: Variable): string {
  return /^DepthwiseConv/.test(layer.className) && variable.name === 'kernel'
    ? 'depthwise_kernel'
    : variable.name;
}

/**
 * The names under which TensorFlow.js looks for weights: the layer's, then the weight's. Cells and the
 * layer inside of a wrapper are built in the scope of the outer layer; layers of models inside of models
 * were built before, in none.
 */
function collectNames(layer: Layer, scope: string, into: Map<Variable, string>): void {
  if (layer instanceof Model) {
    for (const inner of kerasLayers(layer)) collectNames(inner, '', into);
    return;
  }
  const own = `${scope}${layer.name}/`;
  const add = (part: Layer, within: string): void => {
    for (const v of part.ownWeights) if (!into.has(v)) into.set(v, within + weightName(part, v));
  };
  const addAll = (part: Layer, within: string): void => {
    add(part, within);
    part.sublayers().forEach((inner, i) => {
      addAll(inner, part.className === 'StackedRNNCells' ? `${within}RNNCell_${i}/` : within);
    });
  };
  add(layer, own);
  for (const inner of layer.sublayers()) {
    if (inner instanceof Model) collectNames(inner, '', into);
    else if (layer.className === 'Bidirectional') collectNames(inner, own, into);
    else addAll(inner, own);
  }
}

/** Weights by name, each layer's in a row: first what is trained, then the rest. */
async function namedWeights(model: Model): Promise<[string, NDArray][]> {
  const names = new Map<Variable, string>();
  collectNames(model, '', names);
  for (const variable of model.ownWeights) names.set(variable, `${model.name}/${variable.name}`);
  const entries: [string, NDArray][] = [];
  const used = new Set<string>();
  const seen = new Set<Variable>();
  const layers = kerasLayers(model).map((l) => [...l.trainableWeights, ...l.nonTrainableWeights]);
  for (const variable of [...layers.flat(), ...model.ownWeights]) {
    if (seen.has(variable)) continue;
    seen.add(variable);
    const base = names.get(variable)!;
    let name = base;
    for (let n = 1; used.has(name); n++) name = `${base}_${n}`;
    used.add(name);
    entries.push([name, await variable.ndarray()]);
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
  // Shards of another content have another name, so that a model.json never meets foreign shards.
  const id = crc32(bytes).toString(16).padStart(8, '0');
  const shards = Array.from({ length: count }, (_, i) => ({
    name: `group1-${id}-shard${i + 1}of${count}.bin`,
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
