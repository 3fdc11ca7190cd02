import type { NDArray } from '../graph/ndarray.ts';
import type { LoadWeightsOptions } from '../training/files.ts';
import type { Model } from '../training/model.ts';
import { refuse } from './bytes.ts';
import { detectFile } from './detect.ts';
import { readHdf5 } from './hdf5/read.ts';
import { findGroup, type H5Group } from './hdf5/tree.ts';
import { isObject, type Json, type JsonObject, parseJson, parseJsonBytes } from './json.ts';
import { withVocabularies } from './keras/assets.ts';
import { type KerasVersion, parseVersion } from './keras/version.ts';
import { compileFromConfig, modelFromConfig } from './model-config.ts';
import { readSafetensors } from './safetensors.ts';
import { readTfjsModel } from './tfjs.ts';
import { assignAll } from './weights/assign.ts';
import { assignFlat } from './weights/flat.ts';
import {
  type NamedValue,
  readLegacyWeights,
  readNamedValues,
  readNames,
} from './weights/legacy.ts';
import { readOptimizerState } from './weights/optimizer.ts';
import { readSeeds } from './weights/seeds.ts';
import { readVars, readWeightTree, splitBackslashes } from './weights/tree.ts';
import { ZipArchive } from './zip.ts';

/** Models from bytes. Where the bytes come from is the concern of the floors above. */

/** A model's main file, and what lies beside it. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  /** Reads a file beside the main one, for formats of several files. `name` has no `..` in it. */
  readonly sibling?: (name: string) => Promise<Uint8Array>;
}

export interface LoadOptions {
  /** Restore optimizer, loss and metrics where the file has them; true by default. */
  readonly compile?: boolean;
  /** Where notices go, such as an optimizer state that does not fit. */
  readonly onWarning?: (message: string) => void;
}

interface Loading {
  readonly compile: boolean;
  readonly warn: (message: string) => void;
}

/** Views of Node's Buffer share memory when they are sliced; a plain view does not. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The model in a file: .keras, .h5, .safetensors with a configuration, a TensorFlow.js model.json, or an
 * ONNX graph.
 * @throws FormatError that says what is wrong with the file.
 */
export async function loadModelFile(file: ModelFile, options: LoadOptions = {}): Promise<Model> {
  const bytes = plain(file.bytes);
  const loading = { compile: options.compile ?? true, warn: options.onWarning ?? (() => {}) };
  switch (detectFile(bytes)) {
    case 'zip':
      return loadArchive(bytes, loading);
    case 'hdf5':
      return loadHdf5(await readHdf5(bytes), loading);
    case 'json':
      return loadJson(bytes, file, loading);
    case 'safetensors':
      return loadSafetensors(bytes, loading);
    case 'onnx': {
      const { readOnnxModel } = await import('./onnx/onnx-model.ts');
      return readOnnxModel(bytes);
    }
    case 'npy':
      return refuse('load', 'the file is an array, not a model');
  }
}

const weightsOnly = (): never =>
  refuse(
    'load',
    'the file holds weights only; build the model in the program and call model.loadWeights',
  );

/** How many numbers arrays hold. */
function sizes(arrays: Iterable<NDArray>): number {
  let total = 0;
  for (const { data } of arrays) total += data.length;
  return total;
}

function countElements(group: H5Group): number {
  let total = 0;
  for (const { value } of group.datasets.values()) {
    if (typeof value === 'object' && 'data' in value) total += value.data.length;
  }
  for (const inner of group.groups.values()) total += countElements(inner);
  return total;
}

const WEIGHTS = 'model.weights.h5';

/** A zip archive that is no Keras model: what it is instead. */
export function expectKerasArchive(archive: ZipArchive): void {
  if (archive.has('config.json')) return;
  if (archive.names.some((n) => n.endsWith('data.pkl'))) {
    refuse(
      'load',
      'the file is a PyTorch checkpoint, a pickle that runs when it is read; convert it to .safetensors or .onnx',
    );
  }
  refuse('load', 'the archive has no config.json; expected a .keras file');
}

async function loadArchive(bytes: Uint8Array, loading: Loading): Promise<Model> {
  const archive = new ZipArchive(bytes);
  expectKerasArchive(archive);
  const described = parseJsonBytes(await archive.read('config.json'), 'keras', 'config.json');
  const config = await withVocabularies(described, archive);
  const metadata: Json = archive.has('metadata.json')
    ? parseJsonBytes(await archive.read('metadata.json'), 'keras', 'metadata.json')
    : {};
  const known: JsonObject = isObject(metadata) ? metadata : {};
  const version = parseVersion(known.keras_version);
  const root = await readArchiveWeights(archive);
  const backend = writerBackend(known.backend, config);
  const model = modelFromConfig({ config, version, backend, elements: countElements(root) });
  assignAll(readWeightTree(model, root, { onWarning: loading.warn }));
  readSeeds(model, root);
  const compileConfig = isObject(config) ? config.compile_config : undefined;
  restoreOptimizer(model, compileConfig ?? null, version, loading, () =>
    readVars(findGroup(root, 'optimizer/vars')).map((value, i) => ({ name: String(i), value })),
  );
  return model;
}

/** Keras's backend: said by our own files, betrayed by the class of the optimizer in others. */
function writerBackend(said: Json | undefined, config: Json): string | undefined {
  if (typeof said === 'string') return said;
  const compiled = isObject(config) ? config.compile_config : undefined;
  const optimizer = isObject(compiled) && isObject(compiled.optimizer) ? compiled.optimizer : {};
  return /backend\.(\w+)\./.exec(String(optimizer.module))?.[1];
}

async function readArchiveWeights(archive: ZipArchive): Promise<H5Group> {
  if (archive.has(WEIGHTS)) return splitBackslashes(await readHdf5(await archive.read(WEIGHTS)));
  if (archive.has('model.weights.npz')) {
    return refuse(
      'keras',
      'the weights are in model.weights.npz, which Keras fills with pickled Python objects, programs that run when they are read; save the model again with weights_format="h5"',
    );
  }
  return refuse('keras', `the archive has no ${WEIGHTS}`);
}

/** Compiles a model and gives the optimizer its memory back. */
function restoreOptimizer(
  model: Model,
  config: Json,
  version: KerasVersion,
  { compile, warn }: Loading,
  values: () => readonly NamedValue[],
): void {
  if (!compile || !isObject(config)) return;
  if (!compileFromConfig(model, config, version, warn)) return;
  const stored = values();
  if (stored.length === 0) return;
  model.optimizer.build(model.trainableWeights);
  const assignments = readOptimizerState(model.optimizer, stored);
  if (assignments) assignAll(assignments);
  else {
    warn(
      `the state of the optimizer (${stored.length} arrays) does not fit ${model.optimizer.name} with ${model.optimizer.variables.length}; it starts anew`,
    );
  }
}

function textAttribute(group: H5Group, name: string): string | undefined {
  const value = group.attributes.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** The version of Keras that wrote an .h5 file; files without one are of Keras 1. */
function hdf5Version(root: H5Group): KerasVersion {
  const weights = root.groups.get('model_weights');
  const text =
    textAttribute(root, 'keras_version') ?? (weights && textAttribute(weights, 'keras_version'));
  return parseVersion(text ?? '1.0');
}

function refuseKeras1(version: KerasVersion): void {
  if (version.major >= 2) return;
  refuse(
    'h5',
    `the file was written by Keras ${version.text === '1.0' ? '1' : version.text}, whose layers have other options and weights (an LSTM has 12 arrays); load and save it with Keras 2 first`,
  );
}

function loadHdf5(root: H5Group, loading: Loading): Model {
  const configText = textAttribute(root, 'model_config');
  if (configText === undefined) {
    if (root.groups.has('model_weights')) {
      return refuse('h5', 'the file has weights but no model_config attribute');
    }
    return weightsOnly();
  }
  const version = hdf5Version(root);
  refuseKeras1(version);
  const weights = root.groups.get('model_weights');
  if (!weights) return refuse('h5', 'the file has no group model_weights');
  const model = modelFromConfig({
    config: parseJson(configText, 'h5', 'model_config'),
    version,
    backend: textAttribute(root, 'backend'),
    elements: countElements(weights),
  });
  assignAll(readLegacyWeights(model, weights));
  readSeeds(model, root);
  const training = textAttribute(root, 'training_config');
  const config = training === undefined ? null : parseJson(training, 'h5', 'training_config');
  restoreOptimizer(model, config, version, loading, () => {
    const group = root.groups.get('optimizer_weights');
    return group ? readNamedValues(group) : [];
  });
  return model;
}

async function loadJson(bytes: Uint8Array, file: ModelFile, loading: Loading): Promise<Model> {
  const json = parseJsonBytes(bytes, 'json', 'the file');
  if (isObject(json) && isObject(json.weight_map)) return weightsOnly();
  if (isObject(json) && (json.modelTopology !== undefined || json.weightsManifest !== undefined)) {
    const { topology, version, backend, compileConfig, weights } = await readTfjsModel(
      json,
      file.sibling,
    );
    const elements = sizes(weights.values());
    const model = modelFromConfig({ config: topology, version, backend, elements });
    assignFlat(model, weights, 'tfjs');
    if (loading.compile && compileConfig) {
      compileFromConfig(model, compileConfig, version, loading.warn);
    }
    return model;
  }
  if (isObject(json) && typeof json.class_name === 'string') {
    return refuse('load', 'the file is the configuration of a model without its weights');
  }
  return refuse('load', 'the JSON is no model; expected a TensorFlow.js model.json');
}

/** Names of what our own .safetensors files hold beside the weights. */
export const safetensorsKeys = {
  config: 'config',
  version: 'keras_version',
  backend: 'backend',
  optimizer: 'optimizer/',
  seeds: 'nabla/seed_generators/',
} as const;

function loadSafetensors(bytes: Uint8Array, loading: Loading): Model {
  const { tensors, metadata } = readSafetensors(bytes);
  const text = metadata[safetensorsKeys.config];
  if (text === undefined) return weightsOnly();
  const config = parseJson(text, 'safetensors', 'the configuration') as JsonObject;
  const version = parseVersion(metadata[safetensorsKeys.version]);
  const model = modelFromConfig({
    config,
    version,
    backend: metadata[safetensorsKeys.backend],
    elements: sizes(tensors.values()),
  });
  assignFlat(model, tensors, 'safetensors');
  restoreOptimizer(model, config.compile_config ?? null, version, loading, () =>
    [...tensors]
      .filter(([name]) => name.startsWith(safetensorsKeys.optimizer))
      .sort(([a], [b]) => indexOf(a) - indexOf(b))
      .map(([name, value]) => ({ name, value })),
  );
  return model;
}

const indexOf = (name: string): number => Number(name.split('/')[1]);

/**
 * Puts the weights of a file into a model that is built: from .weights.h5 (also sharded, with its
 * .weights.json), .h5, .keras, .safetensors or a TensorFlow.js model. An optimizer's state comes along if
 * the model is compiled.
 */
export async function loadWeightsFile(
  model: Model,
  file: ModelFile,
  options: LoadWeightsOptions = {},
): Promise<void> {
  if (model.weights.length === 0) {
    refuse('weights', 'the model has no weights yet; build it (give it an input shape) first');
  }
  const bytes = plain(file.bytes);
  switch (detectFile(bytes)) {
    case 'zip': {
      const archive = new ZipArchive(bytes);
      return assignTree(model, await readArchiveWeights(archive), options);
    }
    case 'hdf5': {
      const root = await readHdf5(bytes);
      const legacy = root.groups.get('model_weights') ?? root;
      if (legacy === root && readNames(root.attributes, 'layer_names').length === 0) {
        return assignTree(model, splitBackslashes(root), options);
      }
      refuseKeras1(hdf5Version(root));
      assignAll(readLegacyWeights(model, legacy, options));
      readSeeds(model, root);
      return;
    }
    case 'safetensors':
      return assignFlat(model, readSafetensors(bytes).tensors, 'safetensors', options);
    case 'json': {
      const json = parseJsonBytes(bytes, 'json', 'the file');
      if (isObject(json) && isObject(json.weight_map)) {
        return assignTree(model, await readShards(json, file), options);
      }
      if (isObject(json) && json.weightsManifest !== undefined) {
        const { weights } = await readTfjsModel(json, file.sibling);
        return assignFlat(model, weights, 'tfjs', options);
      }
      return refuse('weights', 'the JSON lists no weights');
    }
    default:
      return refuse('weights', 'the file holds no weights that a model could take');
  }
}

function assignTree(model: Model, root: H5Group, options: LoadWeightsOptions): void {
  assignAll(readWeightTree(model, root, options));
  readSeeds(model, root);
  const state = readVars(findGroup(root, 'optimizer/vars'));
  if (!model.isCompiled || state.length === 0) return;
  model.optimizer.build(model.trainableWeights);
  const values = state.map((value, i) => ({ name: String(i), value }));
  const assignments = readOptimizerState(model.optimizer, values);
  if (assignments) assignAll(assignments);
  else options.onWarning?.('the state of the optimizer in the file does not fit; it starts anew');
}

/** Shards of a weights file, joined: `weight_map` says which shard has which path. */
async function readShards(json: JsonObject, file: ModelFile): Promise<H5Group> {
  const { sibling } = file;
  if (!sibling) return refuse('weights', 'the shards lie beside the file; load it by its path');
  const map = json.weight_map as JsonObject;
  const names = new Set<string>();
  for (const value of Object.values(map)) {
    for (const name of Array.isArray(value) ? value : [value]) {
      if (typeof name !== 'string') return refuse('weights', 'weight_map does not name files');
      names.add(expectSiblingName(name));
    }
  }
  const { GroupBuilder } = await import('./hdf5/tree.ts');
  const root = new GroupBuilder();
  const merge = (from: H5Group, to: InstanceType<typeof GroupBuilder>): void => {
    for (const [k, v] of from.attributes) to.attributes.set(k, v);
    for (const [k, v] of from.datasets) to.datasets.set(k, v);
    for (const [k, v] of from.groups) merge(v, to.group(k));
  };
  for (const name of names) merge(await readHdf5(plain(await sibling(name))), root);
  return splitBackslashes(root);
}

/** A file name that stays in its folder. */
export function expectSiblingName(name: string): string {
  const parts = name.split('/');
  if (/^[/\\]|\\|\0|^[a-z][a-z0-9+.-]*:/i.test(name) || parts.includes('..') || name === '') {
    refuse('load', `the file refers to '${name.slice(0, 200)}', which lies outside of its folder`);
  }
  return name;
}
