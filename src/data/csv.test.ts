import { describe, expect, it } from 'vitest';
import { CsvParser, parseCsvRecords } from './csv.ts';

describe('parseCsvRecords', () => {
  it('splits records and fields', () => {
    expect(parseCsvRecords('a,b\n1,2\n')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('takes CR LF, a byte order mark, a missing last line break, and skips blank lines', () => {
    expect(parseCsvRecords('\uFEFFa,b\r\n\r\n1,"2"\r\n\n3,')).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', ''],
    ]);
  });

  it('keeps delimiters, line breaks and doubled quotes of quoted fields', () => {
    expect(parseCsvRecords('"x,y","line\nbreak","say ""hi""",""\n')).toEqual([
      ['x,y', 'line\nbreak', 'say "hi"', ''],
    ]);
  });

  it('keeps quotes inside plain fields and spaces around fields', () => {
    expect(parseCsvRecords('5\'11", b ')).toEqual([['5\'11"', ' b ']]);
  });

  it('reads a lone quoted empty field as a record, and nothing from an empty text', () => {
    expect(parseCsvRecords('""\n')).toEqual([['']]);
    expect(parseCsvRecords('')).toEqual([]);
  });

  it('takes another delimiter', () => {
    expect(parseCsvRecords('a;b,c\t;d', { delimiter: ';' })).toEqual([['a', 'b,c\t', 'd']]);
  });

  it('gives the same records wherever the text is cut', () => {
    const text = 'a,"b ""q"", c"\r\n\n"d\ne",f\r\n"",g';
    const whole = parseCsvRecords(text);
    expect(whole).toEqual([
      ['a', 'b "q", c'],
      ['d\ne', 'f'],
      ['', 'g'],
    ]);
    for (let size = 1; size < text.length; size++) {
      const parser = new CsvParser();
      const records: string[][] = [];
      for (let i = 0; i < text.length; i += size)
        records.push(...parser.push(text.slice(i, i + size)));
      expect([...records, ...parser.end()]).toEqual(whole);
    }
  });

  it('names the line of a mistake', () => {
    expect(() => parseCsvRecords('a\n"b\nc" d\n')).toThrow('line 3: " " after a closing quote');
    expect(() => parseCsvRecords('a\n\n"b\nc')).toThrow('begins on line 3 is never closed');
    expect(() => new CsvParser({ delimiter: '::' })).toThrow('delimiter is "::"');
  });

  it('takes a CR alone as the end of a record, and as half of CR LF across a cut', () => {
    expect(parseCsvRecords('a,b\r1,2\r\r3,"4"\r')).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
    ]);
    const parser = new CsvParser();
    const records = [...parser.push('a\r'), ...parser.push('\nb\r'), ...parser.push('\nc')];
    expect([...records, ...parser.end()]).toEqual([['a'], ['b'], ['c']]);
  });
});
