/** Models in files and at web addresses. */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ArrayFacts,
  describeArrays,
  describeFile,
  type FileFacts,
} from '../formats/describe.ts';
import { formatJson, isObject, parseJson } from '../formats/json.ts';
import { Encoder } from '../formats/keras/encode.ts';
import {
  type LoadOptions,
  loadModelFile,
  loadWeightsFile,
  type ModelFile,
} from '../formats/load.ts';
import { modelConfigs } from '../formats/model-json.ts';
import { formatOfName, saveModelFiles } from '../formats/save.ts';
import type { SavedFile } from '../formats/saved-file.ts';
import { fetchModelFile, isWebAddress, type ModelSource, plainSource } from '../formats/sources.ts';
import { fail } from '../graph/errors.ts';
import {
  type LoadWeightsOptions,
  registerModelFiles,
  type SaveOptions,
} from '../training/files.ts';
import type { Functional } from '../training/functional.ts';
import type { Model } from '../training/model.ts';
import type { Sequential } from '../training/sequential.ts';
import { writeFileAtomic } from './atomic.ts';
import { describeFileError } from './file-errors.ts';

const MODEL_JSON = 'model.json';

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** Tells in words what the file system has against it. */
function failFile(operation: string, error: unknown): never {
  const text = describeFileError(error);
  if (text === undefined) throw error;
  return fail(operation, text);
}

/** The main file of a model at a path, and access to the files beside it. */
async function openPath(path: string): Promise<ModelFile> {
  const main = (await isFolder(path)) ? join(path, MODEL_JSON) : path;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(main);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return fail('load', `there is no file '${main}'`);
    }
    return failFile('load', error);
  }
  return { bytes, sibling: (name) => readBeside(main, name) };
}

async function readBeside(main: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(dirname(main), name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return fail('load', `'${name}', which belongs to '${main}', is not beside it`);
    }
    return failFile('load', error);
  }
}

/** The main file of a model from wherever it may be. */
async function open(source: ModelSource): Promise<ModelFile> {
  if (typeof source === 'string' && !isWebAddress(source)) {
    return openPath(source.startsWith('file:') ? fileURLToPath(source) : source);
  }
  if (source instanceof URL && source.protocol === 'file:') return openPath(fileURLToPath(source));
  return isWebAddress(source) ? fetchModelFile(String(source)) : plainSource(source);
}

/**
 * A model from a file, a folder with a model.json, a web address or bytes. The format is told from the
 * bytes, never from the name. Nothing in a file is ever executed.
 * @throws FormatError that says what is wrong with the file and what to do.
 */
export async function loadModel(source: ModelSource, options: LoadOptions = {}): Promise<Model> {
  const onWarning = options.onWarning ?? ((message) => console.warn(`nabla: ${message}`));
  return loadModelFile(await open(source), { ...options, onWarning });
}

/** What a file, a folder's model.json or the file at a web address says of itself. */
export async function describePath(path: string): Promise<FileFacts> {
  return describeFile(await open(path));
}

/** The arrays in a model file, whether or not a model can be made of it. */
export async function describePathArrays(path: string): Promise<ArrayFacts[]> {
  return describeArrays(await open(path));
}

/** Puts the weights of a file into a model that is built. */
export async function loadWeights(
  model: Model,
  source: ModelSource,
  options: LoadWeightsOptions = {},
): Promise<void> {
  await loadWeightsFile(model, await open(source), options);
}

/** Shards that the model.json at a path refers to; none if there is no such file. */
async function shardsOf(path: string): Promise<string[]> {
  try {
    const json = parseJson(await readFile(path, 'utf8'), 'tfjs', path);
    const manifest =
      isObject(json) && Array.isArray(json.weightsManifest) ? json.weightsManifest : [];
    return manifest
      .flatMap((g) => (isObject(g) && Array.isArray(g.paths) ? g.paths : []))
      .map(String);
  } catch {
    return [];
  }
}

/**
 * Several files as one: shards of another content have other names, so the old model is whole until the
 * new model.json takes the old one's place, and the new one after.
 */
async function writeFolder(folder: string, [main, ...others]: readonly SavedFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, main.name);
  const before = await shardsOf(path);
  for (const { name, bytes } of others) await writeFileAtomic(join(folder, name), bytes);
  await writeFileAtomic(path, main.bytes);
  const kept = new Set(others.map((f) => f.name));
  for (const name of before) {
    if (!kept.has(name) && /^[\w.-]+$/.test(name)) await rm(join(folder, name), { force: true });
  }
}

/**
 * Writes a model to a file, in the format that its name asks for. The file is replaced in one step: a
 * process that is killed leaves the old file or the new one.
 */
export async function saveModel(
  model: Model,
  path: string,
  options: SaveOptions = {},
): Promise<void> {
  const format = options.format ?? formatOfName(path);
  const onWarning = options.onWarning ?? ((message) => console.warn(`nabla: ${message}`));
  const files = await saveModelFiles(model, format, { ...options, onWarning });
  try {
    if (format !== 'tfjs') await writeFileAtomic(path, files[0].bytes);
    else await writeFolder(path.toLowerCase().endsWith('.json') ? dirname(path) : path, files);
  } catch (error) {
    failFile('save', error);
  }
}

/** Writes the weights of a model alone. */
export async function saveWeights(model: Model, path: string): Promise<void> {
  const format = /\.safetensors$/i.test(path) ? 'safetensors' : 'weights.h5';
  await saveModel(model, path, { format });
}

/** The configuration of a model as Keras's `to_json` gives it. */
export function modelToJson(model: Sequential | Functional): string {
  return formatJson(new Encoder().layer(model));
}

/** Lets models save themselves to files. */
export function registerNodeFiles(): void {
  registerModelFiles({
    ...modelConfigs,
    save: (model, target, options) => saveModel(model as Model, target, options),
    loadWeights: (model, source, options) =>
      loadWeights(model as Model, source as ModelSource, options),
  });
}
