import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  datasetFromCSVFile,
  datasetFromTextFile,
  datasetFromTextFolder,
  readCSV,
} from './dataset-text.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nabla-text-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('datasetFromTextFile', () => {
  it('reads lines, as often as it is asked', async () => {
    await writeFile(join(root, 'a.txt'), 'one\r\nzwei ä\n\nfour');
    const lines = datasetFromTextFile(join(root, 'a.txt'));
    for (let i = 0; i < 2; i++)
      expect(await lines.toArray()).toEqual(['one', 'zwei ä', '', 'four']);
    expect(await lines.take(1).toArray()).toEqual(['one']);
  });

  it('reports a file that is not there', async () => {
    await expect(datasetFromTextFile(join(root, 'b.txt')).toArray()).rejects.toThrow('ENOENT');
  });
});

describe('CSV files', () => {
  it('are read as a stream or whole', async () => {
    const path = join(root, 'a.csv');
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i},"text ä, ${i}"`);
    await writeFile(path, `n,t\n${rows.join('\n')}\n`);
    const records = await datasetFromCSVFile(path).toArray();
    expect(records).toHaveLength(20_000);
    expect(records[19_999]).toEqual({ n: 19_999, t: 'text ä, 19999' });
    const table = await readCSV(path);
    expect(table.length).toBe(20_000);
    expect(table.columns.n[7]).toBe(7);
    await expect(datasetFromCSVFile(join(root, 'b.csv')).toArray()).rejects.toThrow('ENOENT');
  });
});

describe('datasetFromTextFolder', () => {
  it('labels texts by their folder', async () => {
    for (const [name, text] of [
      ['pos/1.txt', 'good'],
      ['neg/1.txt', 'bad'],
      ['neg/2.txt', 'poor'],
    ]) {
      await mkdir(join(root, name, '..'), { recursive: true });
      await writeFile(join(root, name), text);
    }
    const { dataset, classNames } = await datasetFromTextFolder(root, { seed: 1 });
    expect(classNames).toEqual(['neg', 'pos']);
    const examples = await dataset.map(({ text, y }) => `${text} ${y.data[0]}`).toArray();
    expect(examples.sort()).toEqual(['bad 0', 'good 1', 'poor 0']);
  });
});
