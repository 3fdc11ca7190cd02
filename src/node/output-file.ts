/** Files that a command is asked to write: what is there already is not lost by a slip of the hand. */
import { constants, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { quoted, UsageError } from './usage-error.ts';

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

export interface OutputOptions {
  /** Replace what is there. */
  readonly force?: boolean;
  /** Files that the command reads. */
  readonly inputs?: readonly string[];
}

/**
 * Makes sure that a file can be written without loss: its folder is there, and the name is free, taken by
 * an empty file, or given up with `force`. A file that the command itself reads is replaced with `force`
 * only as well.
 */
export async function expectFree(path: string, options: OutputOptions = {}): Promise<void> {
  const there = await look(path);
  if (there === undefined) return expectFolder(dirname(path), path);
  if (there.isDirectory()) {
    throw new UsageError(`${quoted(path)} is a folder; give the name of a file in it`);
  }
  if (there.isFile()) await expectFolder(dirname(path), path);
  if (options.force || (there.isFile() && there.size === 0)) return;
  for (const input of options.inputs ?? []) {
    const read = await look(input);
    if (read && read.ino === there.ino && read.dev === there.dev) {
      throw new UsageError(
        `${quoted(path)} is the file that is read; give another name, or --force to replace it`,
      );
    }
  }
  throw new UsageError(
    `${quoted(path)} exists already; give another name, or --force to replace it`,
  );
}

/** The same for a folder that will hold several files, of which `main` is the first. */
export async function expectFreeFolder(
  folder: string,
  main: string,
  options: OutputOptions = {},
): Promise<void> {
  const there = await look(folder);
  if (there === undefined) return;
  if (!there.isDirectory()) {
    throw new UsageError(
      `${quoted(folder)} is a file; expected a folder for ${main} and the files beside it`,
    );
  }
  const path = join(folder, main);
  if ((await look(path)) !== undefined) await expectFree(path, options);
}

const isWritable = (folder: string): Promise<boolean> =>
  access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

async function expectFolder(folder: string, path: string): Promise<void> {
  const there = await look(folder);
  if (there?.isDirectory()) {
    // Found out before the work is done, not after it.
    if (await isWritable(folder)) return;
    throw new UsageError(
      `${quoted(path)} cannot be written: permission denied; give a place where you may write`,
    );
  }
  const shown = quoted(folder === '.' ? resolve(folder) : folder);
  throw new UsageError(
    there
      ? `${quoted(path)} cannot be written: ${shown} is a file, not a folder`
      : `${quoted(path)} cannot be written: there is no folder ${shown}; make it first`,
  );
}
