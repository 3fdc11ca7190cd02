import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectFree, expectFreeFolder } from './output-file.ts';
import { UsageError } from './usage-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'nabla-output-'));
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  writeFileSync(at('full.csv'), 'x');
  writeFileSync(at('empty.csv'), '');
  mkdirSync(at('folder'));
  mkdirSync(at('model'));
  writeFileSync(at('model/model.json'), '{}');
  symlinkSync(at('full.csv'), at('link.csv'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('expectFree', () => {
  it.each(['new.csv', 'empty.csv', 'folder/new.csv'])('lets %s be written', async (name) => {
    await expect(expectFree(at(name))).resolves.toBeUndefined();
  });

  it('lets a file be replaced on demand, a folder never', async () => {
    await expect(expectFree(at('full.csv'), { force: true })).resolves.toBeUndefined();
    await expect(expectFree(at('folder'), { force: true })).rejects.toThrow(/is a folder/);
  });

  it.each([
    ['full.csv', /full\.csv" exists already; give another name, or --force/],
    ['folder', /folder" is a folder; give the name of a file in it/],
    ['none/new.csv', /there is no folder ".*none"; make it first/],
    ['full.csv/new.csv', /is a file, not a folder/],
  ])('refuses %s', async (name, message) => {
    await expect(expectFree(at(name))).rejects.toThrow(message);
    await expect(expectFree(at(name))).rejects.toBeInstanceOf(UsageError);
  });

  it('knows the file that is read under every name of it', async () => {
    for (const name of ['full.csv', 'folder/../full.csv', 'link.csv']) {
      const check = expectFree(at(name), { inputs: ['mnist', at('full.csv')] });
      await expect(check).rejects.toThrow(/is the file that is read/);
    }
  });
});

describe('expectFreeFolder', () => {
  it('lets files be added to a folder, but replaces no main file', async () => {
    await expect(expectFreeFolder(at('new'), 'model.json')).resolves.toBeUndefined();
    await expect(expectFreeFolder(at('folder'), 'model.json')).resolves.toBeUndefined();
    await expect(expectFreeFolder(at('model'), 'model.json')).rejects.toThrow(/exists already/);
    const forced = expectFreeFolder(at('model'), 'model.json', { force: true });
    await expect(forced).resolves.toBeUndefined();
    await expect(expectFreeFolder(at('full.csv'), 'model.json')).rejects.toThrow(/is a file/);
  });
});
