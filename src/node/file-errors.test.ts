import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeFileAtomic } from './atomic.ts';
import { describeFileError } from './file-errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'nabla-errors-'));
afterAll(() => rmSync(folder, { recursive: true }));

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error) => error,
  );

/** An error as Node makes it. */
const made = (code: string, syscall: string, path?: string, dest?: string): Error =>
  Object.assign(new Error(`${code}: what the system says`), { code, syscall, path, dest });

describe('errors of the file system in words', () => {
  it('of reading', async () => {
    const missing = join(folder, 'none.csv');
    expect(describeFileError(await errorOf(readFile(missing)))).toBe(
      `there is no file "${missing}"; check the path`,
    );
    expect(describeFileError(await errorOf(readdir(missing)))).toBe(
      `there is no folder "${missing}"; check the path`,
    );
    expect(describeFileError(made('EACCES', 'open', 'secret.h5'))).toBe(
      '"secret.h5" cannot be read: permission denied; change its permissions or use another place',
    );
    expect(describeFileError(made('EISDIR', 'read'))).toBe(
      'a file cannot be used: it is a folder; expected a file',
    );
  });

  it('of writing, under the name that the file was to have', async () => {
    const path = join(folder, 'none', 'new.keras');
    expect(describeFileError(await errorOf(writeFileAtomic(path, 'x')))).toBe(
      `"${path}" cannot be written: there is no folder "${join(folder, 'none')}"; make it first`,
    );
    expect(describeFileError(made('ENOSPC', 'write', 'a/.net.h5.0123456789ab.tmp'))).toBe(
      `"${join('a', 'net.h5')}" cannot be written: the disk is full; make room and try again`,
    );
    expect(describeFileError(made('EISDIR', 'rename', '.net.h5.0123456789ab.tmp', 'net.h5'))).toBe(
      '"net.h5" cannot be written: it is a folder; expected a file',
    );
    expect(describeFileError(made('EACCES', 'mkdir', 'runs'))).toMatch(/"runs" cannot be written/);
  });

  it('leaves other errors alone', () => {
    for (const error of [new Error('x'), made('E_OTHER', 'open', 'x'), 'text', undefined]) {
      expect(describeFileError(error)).toBeUndefined();
    }
  });
});
