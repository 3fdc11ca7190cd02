import { NablaError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { Optimizer } from '../nn/optimizers/optimizer.ts';
import type { ModelFormat, SaveOptions } from '../training/files.ts';
import type { Model } from '../training/model.ts';
import { refuse } from './bytes.ts';
import { GroupBuilder } from './hdf5/tree.ts';
import { writeHdf5 } from './hdf5/write.ts';
import { formatJson } from './json.ts';
import { legacyTrainingConfig, writeCompileConfig } from './keras/compile-config.ts';
import { Encoder } from './keras/encode.ts';
import { backendOf } from './keras/torch-pooling.ts';
import { safetensorsKeys } from './load.ts';
import { writeSafetensors } from './safetensors.ts';
import type { SavedFile } from './saved-file.ts';
import { writeTfjsModel } from './tfjs-write.ts';
import { writeLegacyWeights, writeNamedVariables } from './weights/legacy.ts';
import { innerOptimizer, optimizerPaths, variablePaths } from './weights/names.ts';
import { generatorsOf, writeSeeds } from './weights/seeds.ts';
import { writeWeightTree } from './weights/tree.ts';
import { textFile, writeZip } from './zip.ts';

/** Models to bytes, in the layouts of Keras 3 and others. */

/** The version of Keras whose layout is written. */
const KERAS_VERSION = '3.15.1';

/** The format that a name asks for. A name without an extension is a folder of TensorFlow.js files. */
export function formatOfName(name: string): ModelFormat {
  const lower = name.toLowerCase();
  if (lower.endsWith('.keras')) return 'keras';
  if (lower.endsWith('.weights.h5')) return 'weights.h5';
  if (/\.(h5|hdf5)$/.test(lower)) return 'h5';
  if (lower.endsWith('.safetensors')) return 'safetensors';
  if (lower.endsWith('.onnx')) return 'onnx';
  const last = lower.split(/[/\\]/).at(-1)!;
  if (last === 'model.json' || !last.includes('.')) return 'tfjs';
  return refuse(
    'save',
    `'${name}' names no known format; expected an ending of .keras, .h5, .weights.h5, .safetensors or .onnx, or model.json for TensorFlow.js`,
  );
}

function expectBuilt(model: Model): void {
  if (model.weights.length > 0 || model.built) return;
  refuse(
    'save',
    `the model '${model.name}' has no weights yet; give it an input shape, or call it on data first`,
  );
}

function includesOptimizer(model: Model, options: SaveOptions): boolean {
  return model.isCompiled && (options.includeOptimizer ?? true);
}

/**
 * A model as files: one for most formats; model.json and its shards for TensorFlow.js.
 * @throws FormatError for what the format cannot hold.
 */
export async function saveModelFiles(
  model: Model,
  format: ModelFormat,
  options: SaveOptions = {},
): Promise<SavedFile[]> {
  expectBuilt(model);
  const single = (bytes: Uint8Array): SavedFile[] => [{ name: '', bytes }];
  switch (format) {
    case 'keras':
      return single(await writeKeras(model, options));
    case 'h5':
      return single(await writeLegacyH5(model, options));
    case 'weights.h5':
      return single(await writeWeightsH5(model, includesOptimizer(model, options)));
    case 'safetensors':
      return single(await writeSafetensorsModel(model, options));
    case 'onnx': {
      const { exportOnnx } = await import('./onnx/export.ts');
      return single(await exportOnnx(model, options));
    }
    case 'tfjs':
      return writeTfjsModel(model, options);
  }
}

async function fullConfig(model: Model, options: SaveOptions): Promise<Record<string, unknown>> {
  const config = new Encoder().layer(model);
  if (!includesOptimizer(model, options)) return config;
  return { ...config, compile_config: await writeCompileConfig(model) };
}

/** As Keras writes it: 2025-03-01@14:05:09, local time. */
function dateText(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}@${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

async function writeKeras(model: Model, options: SaveOptions): Promise<Uint8Array> {
  const date = options.date ?? new Date();
  const config = await fullConfig(model, options);
  const backend = backendOf(model);
  const metadata = {
    keras_version: KERAS_VERSION,
    date_saved: dateText(date),
    ...(backend ? { backend } : {}),
  };
  const weights = await writeWeightsH5(model, includesOptimizer(model, options));
  return writeZip(
    [
      textFile('metadata.json', formatJson(metadata)),
      textFile('config.json', formatJson(config)),
      { name: 'model.weights.h5', bytes: weights },
    ],
    date,
  );
}

async function writeWeightsH5(model: Model, withOptimizer: boolean): Promise<Uint8Array> {
  const root = new GroupBuilder();
  await writeWeightTree(model, root);
  if (withOptimizer) await writeOptimizer(model.optimizer, root.group('optimizer'));
  await writeSeeds(model, root);
  return writeHdf5(root);
}

async function writeOptimizer(optimizer: Optimizer, group: GroupBuilder): Promise<void> {
  const vars = group.group('vars');
  vars.attributes.set('name', optimizer.name);
  const { variables } = optimizer;
  for (let i = 0; i < variables.length; i++) {
    vars.dataset(String(i), await variables[i].ndarray());
  }
  const inner = innerOptimizer(optimizer);
  if (inner) await writeOptimizer(inner, group.group('inner_optimizer'));
}

async function writeLegacyH5(model: Model, options: SaveOptions): Promise<Uint8Array> {
  const root = new GroupBuilder();
  const backend = backendOf(model) ?? 'nabla';
  root.attributes.set('backend', backend);
  root.attributes.set('keras_version', KERAS_VERSION);
  root.attributes.set('model_config', formatJson(new Encoder({ legacy: true }).layer(model)));
  const withOptimizer = includesOptimizer(model, options);
  if (withOptimizer) {
    const config = await writeCompileConfig(model);
    if (config) root.attributes.set('training_config', formatJson(legacyTrainingConfig(config)));
  }
  const weights = root.group('model_weights');
  await writeLegacyWeights(model, weights, KERAS_VERSION);
  weights.attributes.set('backend', backend);
  if (withOptimizer) {
    const { optimizer } = model;
    const names = optimizerPaths(optimizer, variablePaths(model));
    await writeNamedVariables(root.group('optimizer_weights'), optimizer.variables, names);
  }
  await writeSeeds(model, root);
  return writeHdf5(root);
}

async function writeSafetensorsModel(model: Model, options: SaveOptions): Promise<Uint8Array> {
  const tensors = new Map<string, NDArray>();
  for (const [variable, path] of variablePaths(model)) tensors.set(path, await variable.ndarray());
  if (includesOptimizer(model, options)) {
    const { variables } = model.optimizer;
    for (let i = 0; i < variables.length; i++) {
      tensors.set(`${safetensorsKeys.optimizer}${i}`, await variables[i].ndarray());
    }
  }
  const generators = generatorsOf(model);
  for (let i = 0; i < generators.length; i++) {
    tensors.set(`${safetensorsKeys.seeds}${i}`, await generators[i].state.ndarray());
  }
  if (model.shuffleSeed !== undefined) {
    const data = Int32Array.of(model.shuffleSeed);
    tensors.set('nabla/shuffle_seed', { data, shape: [], dtype: 'int32' });
  }
  const metadata: Record<string, string> = { format: 'nabla' };
  try {
    metadata[safetensorsKeys.config] = formatJson(await fullConfig(model, options));
    metadata[safetensorsKeys.version] = KERAS_VERSION;
    const backend = backendOf(model);
    if (backend) metadata[safetensorsKeys.backend] = backend;
  } catch (error) {
    // A model whose structure no file can hold still has weights: the file is for loadWeights then.
    if (!(error instanceof NablaError)) throw error;
  }
  return writeSafetensors(tensors, metadata);
}
