/** What the commands on model files share. */
import '../../nn/layers/index.ts';
import '../../nn/losses/index.ts';
import '../../nn/metrics/index.ts';
import { setDevice } from '../../tensor/device.ts';
import type { Model } from '../../training/model.ts';
import { registerNodeEngines } from '../engines.ts';
import { loadModel } from '../model-files.ts';
import type { DeviceName } from '../recipe.ts';
import { type OutputStream, printable } from '../terminal.ts';

export interface DeviceFlags {
  device?: DeviceName;
  threads?: number;
}

/** Makes the engines known and chooses one. */
export function useDevice({ device = 'auto', threads }: DeviceFlags): void {
  registerNodeEngines();
  setDevice(device, { threads });
}

/** Loads a model; what it warns of goes to `stderr`. */
export function openModel(
  path: string,
  stderr: OutputStream,
  options: { compile?: boolean } = {},
): Promise<Model> {
  const onWarning = warnTo(stderr);
  return loadModel(path, { ...options, onWarning });
}

export function warnTo(stderr: OutputStream): (message: string) => void {
  return (message) => void stderr.write(`warning: ${printable(message)}\n`);
}
