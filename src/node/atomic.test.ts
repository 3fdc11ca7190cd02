import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic, writeJsonAtomic, writeTextAtomic } from './atomic.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nabla-atomic-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('writeFileAtomic', () => {
  it('writes and replaces, and leaves no temporary file', async () => {
    const path = join(folder, 'a.bin');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    await writeFileAtomic(path, Uint8Array.of(4));
    expect([...(await readFile(path))]).toEqual([4]);
    expect(await readdir(folder)).toEqual(['a.bin']);
  });

  it('keeps the old content and cleans up when it fails', async () => {
    const path = join(folder, 'taken');
    await mkdir(path);
    await writeFile(join(path, 'inside'), 'kept'); // a folder that is not empty cannot be replaced
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    expect(await readdir(folder)).toEqual(['taken']);
    expect(await readFile(join(path, 'inside'), 'utf8')).toBe('kept');
  });

  it('fails where the folder does not exist', async () => {
    await expect(writeFileAtomic(join(folder, 'no', 'a'), 'x')).rejects.toThrow('ENOENT');
  });

  it('lets many writers of one file finish with one whole content', async () => {
    const path = join(folder, 'a.txt');
    const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(contents.map((c) => writeFileAtomic(path, c)));
    expect(contents).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['a.txt']);
  });
});

describe('the text and JSON forms', () => {
  it('end with one newline', async () => {
    await writeTextAtomic(join(folder, 'a'), 'x');
    await writeTextAtomic(join(folder, 'b'), 'x\n');
    await writeJsonAtomic(join(folder, 'c'), { a: [1] });
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('x\n');
    expect(await readFile(join(folder, 'b'), 'utf8')).toBe('x\n');
    expect(await readFile(join(folder, 'c'), 'utf8')).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  });

  it('refuses what JSON cannot hold', async () => {
    const path = join(folder, 'd');
    await expect(writeJsonAtomic(path, undefined)).rejects.toThrow('undefined cannot be written');
    expect(await readdir(folder)).toEqual([]);
  });
});
