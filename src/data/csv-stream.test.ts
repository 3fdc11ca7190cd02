import { describe, expect, it } from 'vitest';
import { type CsvRecord, type CsvStreamOptions, type CsvText, csvRecords } from './csv-stream.ts';

async function read(text: CsvText, options?: CsvStreamOptions): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const record of csvRecords(text, options)) records.push(record);
  return records;
}

describe('csvRecords', () => {
  it('yields records by column name', async () => {
    expect(await read('a,b\n1,x\n?,2.5\n')).toEqual([
      { a: 1, b: 'x' },
      { a: Number.NaN, b: 2.5 },
    ]);
  });

  it('takes chunks, synchronous or not', async () => {
    async function* chunks(): AsyncGenerator<string> {
      yield 'a,b\n1';
      yield '2,"x\n';
      yield 'y"';
    }
    expect(await read(chunks)).toEqual([{ a: 12, b: 'x\ny' }]);
    expect(await read(() => ['a\n', '1\n2'])).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('takes names and types', async () => {
    const options: CsvStreamOptions = {
      header: ['zip', 'n'],
      types: { zip: 'text', n: 'number' },
      delimiter: ';',
      missing: ['-'],
    };
    expect(await read('01;-\n-;2', options)).toEqual([
      { zip: '01', n: Number.NaN },
      { zip: null, n: 2 },
    ]);
    await expect(read('a;b', options)).rejects.toThrow('record 1, column "n": "b" is not a number');
  });

  it('reports records of another length', async () => {
    await expect(read('a,b\n1,2\n3\n')).rejects.toThrow('record 3 has 1 fields, expected 2');
  });

  it('reads numbers with a decimal comma', async () => {
    const text = 'a;b\n1,5;x\n-2,25e1;1.000\n';
    expect(await read(text, { delimiter: ';', decimal: ',' })).toEqual([
      { a: 1.5, b: 'x' },
      { a: -22.5, b: '1.000' },
    ]);
    await expect(read(text, { decimal: ',' })).rejects.toThrow('not the delimiter');
  });

  it('says that there is nothing, and that a typed column is not there', async () => {
    await expect(read('')).rejects.toThrow('the text is empty');
    expect(await read('', { header: ['a'] })).toEqual([]);
    await expect(read('a,b\n1,2', { types: { c: 'text' } })).rejects.toThrow(
      'the column "c"; the columns are a, b',
    );
  });
});
