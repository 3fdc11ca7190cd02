/**
 * Files that are either whole or absent. The data goes to a temporary file in the same folder, is
 * flushed to the disk, and then takes the name in one step: a reader, or a machine that loses its
 * power, sees the old file or the new one, never half of one.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes `data` to `path`, replacing a file of that name.
 * @throws the file system's error, after the temporary file is removed.
 */
export async function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  const unique = randomBytes(6).toString('hex');
  const temporary = join(dirname(path), `.${basename(path)}.${unique}.tmp`);
  const file = await open(temporary, 'wx');
  try {
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {}); // the first error is the one to report
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Flushes the folder's entry, so that the new name survives a crash as well. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch {
    // Some file systems (network, FUSE) refuse to flush a folder; the file itself is whole.
  } finally {
    await handle.close();
  }
}

/** Writes text with a newline at its end. */
export async function writeTextAtomic(path: string, text: string): Promise<void> {
  await writeFileAtomic(path, text.endsWith('\n') ? text : `${text}\n`);
}

/** Writes a value as indented JSON. */
export async function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value, null, 2);
  if (text === undefined) {
    throw new TypeError(
      `writeJsonAtomic: ${typeof value} cannot be written as JSON; give an object, array, string, number, boolean or null`,
    );
  }
  await writeTextAtomic(path, text);
}
