/**
 * The folder where downloaded data sets are kept: NABLA_CACHE, or `nabla` in the user's cache folder
 * (XDG_CACHE_HOME, else ~/.cache). Files appear whole or not at all.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export function datasetCacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.NABLA_CACHE) return resolve(environment.NABLA_CACHE);
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nabla');
}

/** Writes a temporary file beside `path`, flushes it to the disk and renames it; makes missing folders. */
export async function storeFile(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
