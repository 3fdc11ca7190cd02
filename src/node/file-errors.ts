/** What went wrong with a file, in words: which file, why, and what to do. */
import { basename, dirname, join } from 'node:path';
import { quoted } from './usage-error.ts';

/** The name that a file will have once it is whole: temporary files carry it in theirs. */
function finalName(path: string): string {
  const match = /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(basename(path));
  return match ? join(dirname(path), match[1]) : path;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; change its permissions or use another place',
  EPERM: 'the system does not permit it; use another place',
  EISDIR: 'it is a folder; expected a file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'something of that name is there already; give another name',
  ENOTEMPTY: 'the folder is not empty',
  EROFS: 'the file system is read-only; use another place',
  ENOSPC: 'the disk is full; make room and try again',
  EDQUOT: 'the quota of the disk is used up; make room and try again',
  ENAMETOOLONG: 'the name is too long; give a shorter one',
  EMFILE: 'too many files are open; close some and try again',
  ELOOP: 'its links lead in a circle',
  EIO: 'the disk reports an error',
  EBUSY: 'another program is using it',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

/** One line for an error of the file system; undefined for any other error. */
export function describeFileError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path, dest, syscall } = error as NodeJS.ErrnoException & { dest?: string };
  if (typeof code !== 'string') return undefined;
  const name = dest ?? path;
  if (code === 'ENOENT' && name !== undefined) {
    const final = finalName(name);
    return final === name
      ? `there is no ${syscall === 'scandir' ? 'folder' : 'file'} ${quoted(name)}; check the path`
      : `${quoted(final)} cannot be written: there is no folder ${quoted(dirname(final))}; make it first`;
  }
  const reason = reasons[code];
  if (reason === undefined) return undefined;
  if (name === undefined) return `a file cannot be used: ${reason}`;
  const final = finalName(name);
  const isWriting = final !== name || syscall === 'mkdir' || syscall === 'rename';
  return `${quoted(final)} cannot be ${isWriting ? 'written' : 'read'}: ${reason}`;
}
