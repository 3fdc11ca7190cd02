/**
 * The folder where downloaded data sets are kept: NABLA_CACHE, or `nabla` in the user's cache folder
 * (XDG_CACHE_HOME, else ~/.cache). Files appear whole or not at all.
 */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from './atomic.ts';

export function datasetCacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.NABLA_CACHE) return resolve(environment.NABLA_CACHE);
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nabla');
}

/** Writes a file whole or not at all; makes missing folders. */
export async function storeFile(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, bytes);
}
