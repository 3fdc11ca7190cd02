import type { NDArray } from '../graph/ndarray.ts';
import { refuse } from './bytes.ts';
import { detectFile } from './detect.ts';
import { readHdf5 } from './hdf5/read.ts';
import type { H5Group, H5Value } from './hdf5/tree.ts';
import { isObject, type Json, type JsonObject, parseJson, parseJsonBytes } from './json.ts';
import { expectKerasArchive, type ModelFile } from './load.ts';
import { readNpy } from './npy.ts';
import { readSafetensors } from './safetensors.ts';
import { ZipArchive } from './zip.ts';

/** What a file says of itself: its format, who wrote it, and the arrays of a file of weights. */

/** An array of a file by its name. */
export interface ArrayFacts {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export interface FileFacts {
  readonly format: string;
  /** Versions, dates and sizes: a label and a value each, in the order to show them. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Whether the file holds a model and not weights alone. */
  readonly isModel: boolean;
  /** The arrays of a file that holds no model. */
  readonly arrays: readonly ArrayFacts[];
}

type Fact = readonly [label: string, value: string];

const arrayFacts = (name: string, { shape, dtype }: NDArray): ArrayFacts => ({
  name,
  shape,
  dtype,
});

/** Facts of those that are known. */
function known(...facts: readonly (readonly [string, unknown])[]): Fact[] {
  return facts
    .filter(([, v]) => typeof v === 'string' || typeof v === 'number')
    .map(([k, v]) => [k, String(v)] as const);
}

/**
 * Describes the file of a model, of weights or of arrays without making a model of it.
 * @throws FormatError for a file that is damaged or of no known format.
 */
export async function describeFile(file: ModelFile): Promise<FileFacts> {
  const { bytes } = file;
  switch (detectFile(bytes)) {
    case 'zip':
      return describeArchive(bytes);
    case 'hdf5':
      return describeHdf5(await readHdf5(bytes));
    case 'json':
      return describeJson(parseJsonBytes(bytes, 'json', 'the file'));
    case 'safetensors':
      return describeSafetensors(bytes);
    case 'onnx':
      return describeOnnx(bytes);
    case 'npy':
      return {
        format: 'NumPy array (.npy)',
        facts: [],
        isModel: false,
        arrays: [arrayFacts('', readNpy(bytes))],
      };
  }
}

async function describeArchive(bytes: Uint8Array): Promise<FileFacts> {
  const archive = new ZipArchive(bytes);
  if (!archive.has('config.json') && archive.names.some((n) => n.endsWith('.npy'))) {
    const { readNpz } = await import('./npy.ts');
    const arrays = [...(await readNpz(bytes))].map(([name, value]) => arrayFacts(name, value));
    return { format: 'NumPy arrays (.npz)', facts: [], isModel: false, arrays };
  }
  expectKerasArchive(archive);
  const metadata: Json = archive.has('metadata.json')
    ? parseJsonBytes(await archive.read('metadata.json'), 'keras', 'metadata.json')
    : null;
  const said = isObject(metadata) ? metadata : {};
  return {
    format: 'Keras 3 archive (.keras)',
    facts: known(
      ['Keras version', said.keras_version],
      ['backend', said.backend],
      ['saved', said.date_saved],
    ),
    isModel: true,
    arrays: [],
  };
}

function listArrays(group: H5Group, path: string, into: ArrayFacts[]): void {
  const isArray = (value: H5Value): value is NDArray =>
    typeof value === 'object' && 'data' in value;
  for (const [name, { value }] of group.datasets) {
    if (isArray(value)) into.push(arrayFacts(`${path}${name}`, value));
  }
  for (const [name, inner] of group.groups) listArrays(inner, `${path}${name}/`, into);
}

/** The arrays in the file of a model, for one that no model can be made of. */
export async function describeArrays({ bytes }: ModelFile): Promise<ArrayFacts[]> {
  const listed = (root: H5Group): ArrayFacts[] => {
    const arrays: ArrayFacts[] = [];
    listArrays(root, '', arrays);
    return arrays.sort(byPath);
  };
  switch (detectFile(bytes)) {
    case 'hdf5':
      return listed(await readHdf5(bytes));
    case 'zip': {
      const archive = new ZipArchive(bytes);
      const name = 'model.weights.h5';
      return archive.has(name) ? listed(await readHdf5(await archive.read(name))) : [];
    }
    case 'safetensors':
      return [...readSafetensors(bytes).tensors].map(([name, value]) => arrayFacts(name, value));
    default:
      return [];
  }
}

/** Part by part, so that `conv` and what is in it stand before `conv_1`; numbers by their value. */
function byPath(a: ArrayFacts, b: ArrayFacts): number {
  const [left, right] = [a.name.split('/'), b.name.split('/')];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = left[i].localeCompare(right[i], 'en', { numeric: true });
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function describeHdf5(root: H5Group): FileFacts {
  const weights = root.groups.get('model_weights');
  const find = (name: string) => root.attributes.get(name) ?? weights?.attributes.get(name);
  const isModel = root.attributes.has('model_config');
  const arrays: ArrayFacts[] = [];
  if (!isModel) listArrays(root, '', arrays);
  const isLegacy = isModel || weights !== undefined || root.attributes.has('layer_names');
  return {
    format: isLegacy ? `Keras HDF5 ${isModel ? 'model' : 'weights'} (.h5)` : 'HDF5 (.weights.h5)',
    facts: known(['Keras version', find('keras_version')], ['backend', find('backend')]),
    isModel,
    arrays: arrays.sort(byPath),
  };
}

function describeJson(json: Json): FileFacts {
  if (isObject(json) && typeof json.class_name === 'string') {
    return {
      format: 'configuration of a Keras model, without weights (JSON)',
      facts: known(['Keras version', json.keras_version], ['backend', json.backend]),
      isModel: false,
      arrays: [],
    };
  }
  const isKnown = (j: JsonObject): boolean =>
    isObject(j.weight_map) || j.modelTopology !== undefined || j.weightsManifest !== undefined;
  if (!isObject(json) || !isKnown(json)) {
    return refuse('load', 'the JSON is no model; expected a TensorFlow.js model.json');
  }
  if (isObject(json.weight_map)) {
    const shards = new Set(Object.values(json.weight_map).flat());
    return {
      format: 'sharded Keras weights (.weights.json)',
      facts: known(['shards', shards.size]),
      isModel: false,
      arrays: [],
    };
  }
  const topology = isObject(json.modelTopology) ? json.modelTopology : {};
  const groups = Array.isArray(json.weightsManifest) ? json.weightsManifest.filter(isObject) : [];
  const weights = groups
    .flatMap((g) => (Array.isArray(g.weights) ? (g.weights as Json[]) : []))
    .filter(isObject);
  const stored = weights.map((w) => (isObject(w.quantization) ? w.quantization.dtype : undefined));
  const quantized = [...new Set(stored)].filter((d) => typeof d === 'string');
  return {
    format: 'TensorFlow.js (model.json)',
    facts: known(
      ['model format', json.format],
      ['generated by', json.generatedBy],
      ['converted by', json.convertedBy],
      ['Keras version', topology.keras_version],
      ['backend', topology.backend],
      ['shards', groups.flatMap((g) => (Array.isArray(g.paths) ? g.paths : [])).length],
      ['quantized', quantized.length > 0 ? quantized.join(', ') : undefined],
    ),
    isModel: json.modelTopology !== undefined,
    arrays: [],
  };
}

function describeSafetensors(bytes: Uint8Array): FileFacts {
  const { tensors, metadata } = readSafetensors(bytes);
  const isModel = metadata.config !== undefined;
  if (isModel) parseJson(metadata.config, 'safetensors', 'the configuration');
  return {
    format: 'safetensors',
    facts: known(
      ['written for', metadata.format],
      ['Keras version', metadata.keras_version],
      ['tensors', tensors.size],
    ),
    isModel,
    arrays: isModel ? [] : [...tensors].map(([name, value]) => arrayFacts(name, value)),
  };
}

async function describeOnnx(bytes: Uint8Array): Promise<FileFacts> {
  const { decodeOnnx } = await import('./onnx/decode.ts');
  const { irVersion, producer, opsets, nodes, inputs, outputs } = decodeOnnx(bytes);
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const operators = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const value = ({ name, dtype, shape }: (typeof inputs)[number]): string =>
    `${name} ${dtype} [${shape?.map((d) => d ?? '?').join(', ') ?? '...'}]`;
  return {
    format: 'ONNX (.onnx)',
    facts: known(
      ['IR version', irVersion],
      ['opset', [...opsets].map(([k, v]) => (k === '' ? `${v}` : `${k} ${v}`)).join(', ')],
      ['written by', producer || undefined],
      ['inputs', inputs.map(value).join('; ')],
      ['outputs', outputs.map(value).join('; ')],
      ['operators', operators.map(([op, n]) => (n > 1 ? `${op} × ${n}` : op)).join(', ')],
    ),
    isModel: true,
    arrays: [],
  };
}
