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

  it('knows every end of a line, wherever the file is cut into chunks', async () => {
    const path = join(root, 'ends.txt');
    await writeFile(path, '\ufeffone\rtwo\r\nthree\n\r\nfive\r');
    expect(await datasetFromTextFile(path).toArray()).toEqual(['one', 'two', 'three', '', 'five']);
    // A chunk of a stream is 65,536 bytes: the CR is its last one.
    await writeFile(path, `${'a'.repeat(65_535)}\r\nb`);
    expect((await datasetFromTextFile(path).toArray()).map((l) => l.length)).toEqual([65_535, 1]);
    await writeFile(path, 'a\n\r');
    expect(await datasetFromTextFile(path).toArray()).toEqual(['a', '']);
    await writeFile(path, '');
    expect(await datasetFromTextFile(path).toArray()).toEqual([]);
  });

  it('reads other encodings, and refuses bytes that are not text in the one it expects', async () => {
    const path = join(root, 'a.txt');
    await writeFile(path, Buffer.from('Käse', 'latin1'));
    await expect(datasetFromTextFile(path).toArray()).rejects.toThrow(
      'bytes 0 to 4 are not all utf-8; name the encoding',
    );
    const latin = datasetFromTextFile(path, { encoding: 'windows-1252' });
    expect(await latin.toArray()).toEqual(['Käse']);
    await writeFile(path, Buffer.from('\ufeffKäse\nä', 'utf16le'));
    expect(await datasetFromTextFile(path).toArray()).toEqual(['Käse', 'ä']);
    await writeFile(path, Buffer.from('Käse').subarray(0, 2)); // half of the ä
    await expect(datasetFromTextFile(path).toArray()).rejects.toThrow('not all utf-8');
    const unknown = datasetFromTextFile(path, { encoding: 'klingon' });
    await expect(unknown.toArray()).rejects.toThrow('"klingon" is not known');
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
    await writeFile(path, Buffer.from('\ufeffn;t\r\n1,5;ä\r\n', 'utf16le'));
    await writeFile(join(root, 'odd.csv'), 'a,b\n1,2\n3\n');
    const problem = `${join(root, 'odd.csv')}: record 3 has 1 fields`;
    await expect(readCSV(join(root, 'odd.csv'))).rejects.toThrow(problem);
    await expect(datasetFromCSVFile(join(root, 'odd.csv')).toArray()).rejects.toThrow(problem);
    const spreadsheet = await readCSV(path, { delimiter: ';', decimal: ',' });
    expect(spreadsheet.columns).toEqual({ n: Float64Array.of(1.5), t: ['ä'] });
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
