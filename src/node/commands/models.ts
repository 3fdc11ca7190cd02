/** What the commands on model files share. */
import '../../nn/layers/index.ts';
import '../../nn/losses/index.ts';
import '../../nn/metrics/index.ts';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileFacts } from '../../formats/describe.ts';
import { isWebAddress } from '../../formats/sources.ts';
import { NablaError } from '../../graph/errors.ts';
import { setDevice } from '../../tensor/device.ts';
import type { Model } from '../../training/model.ts';
import { registerNodeEngines } from '../engines.ts';
import { describePath, loadModel } from '../model-files.ts';
import type { DeviceName } from '../recipe.ts';
import { type OutputStream, printable } from '../terminal.ts';
import { nearest, quoted, UsageError } from '../usage-error.ts';

export interface DeviceFlags {
  device?: DeviceName;
  threads?: number;
}

/** Makes the engines known and chooses one. */
export function useDevice({ device = 'auto', threads }: DeviceFlags): void {
  registerNodeEngines();
  setDevice(device, { threads });
}

const isModelName = (name: string): boolean => /\.(keras|h5|hdf5|safetensors|onnx)$/i.test(name);

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
}

/** Says what to type instead where a path leads to no model file. */
async function expectModelFile(path: string): Promise<void> {
  if (isWebAddress(path) || path.startsWith('file:')) return;
  let folder: boolean;
  try {
    folder = (await stat(path)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    const near = nearest(basename(path), await namesIn(dirname(path)));
    const hint =
      near === undefined ? 'check the path' : `did you mean ${quoted(join(dirname(path), near))}?`;
    throw new UsageError(`there is no file ${quoted(path)}; ${hint}`);
  }
  if (!folder) return;
  const names = await namesIn(path);
  if (names.includes('model.json')) return;
  const models = names.filter(isModelName).map((name) => quoted(join(path, name)));
  throw new UsageError(
    `${quoted(path)} is a folder without a model.json; ${models.length > 0 ? `did you mean ${models.slice(0, 3).join(' or ')}?` : 'give a model file'}`,
  );
}

/** Runs what reads a model file; an error says which file it is about. */
async function about<T>(path: string, read: () => Promise<T>): Promise<T> {
  await expectModelFile(path);
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof NablaError)) throw error;
    const message = error.message.replace(/^(load|save): /, '');
    const named = message.includes(path);
    throw new Error(named ? message : `${quoted(path)}: ${message}`, { cause: error });
  }
}

/** What a model file says of itself. */
export function describeModel(path: string): Promise<FileFacts> {
  return about(path, () => describePath(path));
}

/** Loads a model; what it warns of goes to `stderr`. */
export function openModel(
  path: string,
  stderr: OutputStream,
  options: { compile?: boolean } = {},
): Promise<Model> {
  const onWarning = warnTo(stderr);
  return about(path, () => loadModel(path, { ...options, onWarning }));
}

export function warnTo(stderr: OutputStream): (message: string) => void {
  return (message) => void stderr.write(`warning: ${printable(message)}\n`);
}
