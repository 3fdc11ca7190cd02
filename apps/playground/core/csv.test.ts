import { describe, expect, it } from 'vitest';
import { CsvError, readCsv, writeCsv } from './csv.ts';
import { MAX_POINTS, pointsOf, rowsOf } from './points.ts';

const code = (text: string): string => {
  try {
    readCsv(text);
  } catch (error) {
    if (error instanceof CsvError) return error.code;
    throw error;
  }
  return 'fine';
};

describe('CSV in', () => {
  it('reads what it writes', () => {
    const points = pointsOf([
      [1, -2, 0],
      [-3.25, 4.5, 1],
      [0, 0, 2],
    ]);
    const data = readCsv(writeCsv(points));
    expect(data.problem).toBe('classification');
    expect(rowsOf(data.points)).toEqual(rowsOf(points));
    expect(data.scaled).toBe(false);
  });

  it('takes words as classes, in alphabetical order', () => {
    const data = readCsv('a;b;kind\n1,5;2;cat\n2;3;"ant; red"\n3;1;cat\n');
    expect(data.classNames).toEqual(['ant; red', 'cat']);
    expect([...data.points.label]).toEqual([1, 0, 1]);
    expect(data.points.x[0]).toBeCloseTo(1.5, 6);
  });

  it('takes other numbers as values and scales them', () => {
    const data = readCsv('1,1,10\n2,2,20\n3,1.5,-40\n4,4,7.5');
    expect(data.problem).toBe('regression');
    expect([...data.points.label]).toEqual([0.25, 0.5, -1, 0.1875]);
  });

  it('scales columns that do not fit the square', () => {
    const data = readCsv('100,0.001,a\n200,0.002,b\n300,0.003,a');
    expect(data.scaled).toBe(true);
    expect([...data.points.x]).toEqual([-5, 0, 5]);
    expect(data.points.y[0]).toBeCloseTo(-5, 5);
  });

  it.each<[string, string]>([
    ['', 'empty'],
    ['\n \n', 'empty'],
    ['x,y,label\n', 'empty'],
    ['1,2\n3,4', 'columns'],
    ['a,b,c\nd,e,f\ng,h,i', 'noNumbers'],
    ['1,2,a\n3,4,a', 'classes'],
    ['1,1,a\n1,1,b\n1,1,c\n1,1,d\n1,1,e\n1,1,f\n1,1,g', 'classes'],
    ['1,2,"a\n3,4,b', 'syntax'],
    ['x'.repeat(2_000_001), 'tooBig'],
    ['<script>alert(1)</script>', 'empty'],
  ])('refuses %j: %s', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  it('leaves out rows without numbers and rows beyond the most', () => {
    const rows = Array.from({ length: MAX_POINTS + 3 }, (_, i) => `${i % 5},${i % 3},${i % 2}`);
    const data = readCsv(['x,y,l', 'NaN,1,0', 'Infinity,1,0', '1e400,1,1', ...rows].join('\n'));
    expect(data.skipped).toBe(3);
    expect(data.cut).toBe(3);
    expect(data.points.x.length).toBe(MAX_POINTS);
    expect(rowsOf(data.points).flat().every(Number.isFinite)).toBe(true);
  });
});
