/** The circumstances of a run, as far as they can matter when its numbers are looked at again. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageVersion } from './package-info.ts';

export interface RunEnvironment {
  /** ISO 8601, UTC. */
  date: string;
  nabla: string;
  node: string;
  onnxruntime?: string;
  platform: string;
  cpu: string;
  /** Logical processors that this process may use. */
  cores: number;
  /** Bytes. */
  memory: number;
  threads: number;
  device: string;
  /** Of the working folder's repository; absent outside of one. */
  git?: { commit: string; dirty: boolean };
}

/** Version of the ONNX Runtime that would be loaded; undefined when it is not installed. */
function onnxruntimeVersion(): string | undefined {
  try {
    // The package does not export its package.json, so it is found from its entry file.
    let folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node'));
    while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

async function gitState(folder: string): Promise<RunEnvironment['git']> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', args, {
      cwd: folder,
      timeout: 3000,
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
    });
    return stdout.trim();
  };
  try {
    const [commit, changes] = await Promise.all([
      git('rev-parse', '--verify', 'HEAD'),
      git('status', '--porcelain', '--untracked-files=no'),
    ]);
    return { commit, dirty: changes !== '' };
  } catch {
    return undefined; // no git, no repository or no commit yet
  }
}

/** Looks at this process and machine; `folder` is where git is asked. */
export async function describeEnvironment(
  { device, threads }: { device: string; threads?: number },
  folder: string = process.cwd(),
): Promise<RunEnvironment> {
  const cores = availableParallelism();
  return {
    date: new Date().toISOString(),
    nabla: packageVersion(),
    node: process.version,
    onnxruntime: onnxruntimeVersion(),
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores,
    memory: totalmem(),
    threads: threads ?? cores,
    device,
    git: await gitState(folder),
  };
}
