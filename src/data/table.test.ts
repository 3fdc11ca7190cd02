import { describe, expect, it } from 'vitest';
import {
  createTable,
  dropMissing,
  numberColumn,
  parseCsv,
  selectColumns,
  tableToArray,
  takeTableRows,
  textColumn,
} from './table.ts';

const text = 'name,age,fare\nAnn,29,211.5\n"Bo, Jr",?,NA\n,-1.5e1,.5\n';

describe('parseCsv', () => {
  it('finds the type of every column and marks what is missing', () => {
    const table = parseCsv(text);
    expect(table.length).toBe(3);
    expect(table.names).toEqual(['name', 'age', 'fare']);
    expect(table.columns.name).toEqual(['Ann', 'Bo, Jr', null]);
    expect(table.columns.age).toEqual(Float64Array.of(29, Number.NaN, -15));
    expect(table.columns.fare).toEqual(Float64Array.of(211.5, Number.NaN, 0.5));
  });

  it('does not take hexadecimal, dates or words for numbers', () => {
    expect(parseCsv('a,b,c\n0x10,2020-01-01,1 2').columns).toEqual({
      a: ['0x10'],
      b: ['2020-01-01'],
      c: ['1 2'],
    });
  });

  it('takes declared types, given names and no header', () => {
    expect(parseCsv('zip\n01234\n', { types: { zip: 'text' } }).columns.zip).toEqual(['01234']);
    expect(parseCsv('1,2\n3,4\n', { header: ['a', 'b'] }).columns.b).toEqual(Float64Array.of(2, 4));
    expect(parseCsv('1,2\n', { header: false }).names).toEqual(['column0', 'column1']);
  });

  it('refuses what it would otherwise misread', () => {
    expect(() => parseCsv('a,b\n1\n')).toThrow('record 2 has 1 fields, expected 2 (a, b)');
    expect(() => parseCsv('a,a\n')).toThrow('"a" is given twice');
    expect(() => parseCsv('a\n1\nx\n', { types: { a: 'number' } })).toThrow(
      'column "a", row 2: "x" is not a number',
    );
    expect(() => parseCsv('a\n1\n', { types: { b: 'number' } })).toThrow('the columns are a');
  });

  it('reads decimal commas where they are announced', () => {
    const table = parseCsv('a;b\n1,5;1.5\n;2\n', { delimiter: ';', decimal: ',' });
    expect(table.columns.a).toEqual(Float64Array.of(1.5, Number.NaN));
    expect(table.columns.b).toEqual(['1.5', '2']);
    expect(() => parseCsv('a\n1', { decimal: ',' })).toThrow('not the delimiter');
  });

  it('refuses a name that would be no column but a prototype', () => {
    expect(() => parseCsv('a,__proto__\n1,2')).toThrow('cannot be called "__proto__"');
    const columns = JSON.parse('{"a": [1], "__proto__": [2]}');
    expect(() => createTable(columns)).toThrow('cannot be called "__proto__"');
  });

  it('refuses an empty text, but not a table without rows', () => {
    expect(() => parseCsv('')).toThrow('the text is empty');
    expect(parseCsv('a,b\n').length).toBe(0);
    expect(parseCsv('', { header: ['a'] }).length).toBe(0);
  });
});

describe('tables', () => {
  it('give up typed columns', () => {
    const table = parseCsv(text);
    expect(numberColumn(table, 'age')[0]).toBe(29);
    expect(textColumn(table, 'name')[0]).toBe('Ann');
    expect(() => numberColumn(table, 'name')).toThrow('"name" is text, expected numbers');
    expect(() => textColumn(table, 'age')).toThrow('"age" holds numbers, expected text');
    expect(() => textColumn(table, 'sex')).toThrow('no column "sex"');
  });

  it('are built from plain arrays', () => {
    const table = createTable({ n: [1, null, 3], t: ['a', null, 'b'] });
    expect(table.columns.n).toEqual(Float64Array.of(1, Number.NaN, 3));
    expect(table.columns.t).toEqual(['a', null, 'b']);
    expect(() => createTable({ a: [1], b: [1, 2] })).toThrow('"b" has 2 rows, "a" has 1');
    expect(() => createTable({ a: [1, 'x'] as never })).toThrow('mixes numbers and text');
  });

  it('give up columns, rows, and rows with missing values', () => {
    const table = parseCsv(text);
    expect(selectColumns(table, ['fare', 'name']).names).toEqual(['fare', 'name']);
    expect(() => selectColumns(table, ['fee'])).toThrow('the columns are name, age, fare');
    expect(takeTableRows(table, [2, 0]).columns.age).toEqual(Float64Array.of(-15, 29));
    expect(dropMissing(table).length).toBe(1);
    expect(dropMissing(table, ['age']).columns.name).toEqual(['Ann', null]);
  });

  it('become arrays', () => {
    const array = tableToArray(parseCsv('a,b\n1,2\n3,4\n'), ['b', 'a']);
    expect(array.shape).toEqual([2, 2]);
    expect(array.dtype).toBe('float32');
    expect(array.data).toEqual(Float32Array.of(2, 1, 4, 3));
    expect(() => tableToArray(parseCsv(text))).toThrow('column "name" is text');
  });
});
