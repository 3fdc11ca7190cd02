import { describe, expect, it } from 'vitest';
import {
  colorWanted,
  createStyle,
  displayWidth,
  formatDuration,
  formatMetric,
  formatNumber,
  formatShort,
  formatTable,
  pad,
  unicodeWanted,
} from './terminal.ts';

const terminal = { write: () => {}, isTTY: true };
const pipe = { write: () => {} };

describe('colorWanted', () => {
  it('is for terminals', () => {
    expect(colorWanted(terminal, {})).toBe(true);
    expect(colorWanted(terminal, { TERM: 'dumb' })).toBe(false);
    expect(colorWanted(pipe, {})).toBe(false);
  });

  it('respects NO_COLOR, and FORCE_COLOR before it', () => {
    expect(colorWanted(terminal, { NO_COLOR: '1' })).toBe(false);
    expect(colorWanted(terminal, { NO_COLOR: '' })).toBe(true);
    expect(colorWanted(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true);
    expect(colorWanted(terminal, { FORCE_COLOR: '0' })).toBe(false);
  });
});

describe('unicodeWanted', () => {
  it('is for all but old consoles', () => {
    expect(unicodeWanted({ LANG: 'de_DE.UTF-8' }, 'linux')).toBe(true);
    expect(unicodeWanted({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, 'linux')).toBe(false);
    expect(unicodeWanted({ TERM: 'linux' }, 'linux')).toBe(false);
    expect(unicodeWanted({}, 'win32')).toBe(false);
    expect(unicodeWanted({ WT_SESSION: '1' }, 'win32')).toBe(true);
  });
});

describe('displayWidth', () => {
  it.each([
    ['abc', 3],
    ['', 0],
    ['数字', 4],
    ['e\u0301', 1],
    ['━━', 2],
    ['👩‍🔬', 2],
    ['\x1b[31mred\x1b[39m', 3],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('is what pad fills', () => {
    expect(pad('数', 4)).toBe('数  ');
    expect(pad('ab', 4, 'right')).toBe('  ab');
    expect(pad('abcde', 4)).toBe('abcde');
  });
});

describe('formatTable', () => {
  it('lines up columns, numbers to the right', () => {
    const rows = [
      ['dense', '[100, 784]', 1234567, '12%'],
      ['数字', '[10]', 5, ''],
    ];
    expect(formatTable(['layer', 'shape', 'parameters', 'share'], rows)).toEqual([
      'layer  shape       parameters  share',
      '─────  ──────────  ──────────  ─────',
      'dense  [100, 784]   1,234,567    12%',
      '数字   [10]                 5',
    ]);
  });

  it('lines up with colour as without', () => {
    const style = createStyle(true);
    const [, , line] = formatTable(['a', 'b'], [[style.red('x'), 'yy']]);
    expect(line).toBe('\x1b[31mx\x1b[39m  yy');
  });

  it('refuses a row of another length', () => {
    expect(() => formatTable(['a', 'b'], [['x']])).toThrow('a row has 1 cells for 2 columns');
  });
});

describe('numbers for people', () => {
  it.each([
    [2913290, '2,913,290'],
    [0.5, '0.5000'],
    [-3, '-3'],
    [Number.NaN, 'NaN'],
  ])('formatNumber(%d) is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it.each([
    [0, '0.0000'],
    [0.23456, '0.2346'],
    [0.00012345, '1.234e-4'],
    [12.5, '12.5000'],
    [123.456, '123.46'],
    [1.5e7, '1.500e+7'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('formatMetric(%d) is %s', (value, text) => {
    expect(formatMetric(value)).toBe(text);
  });

  it.each([
    [0, '0'],
    [7.25, '7.3'],
    [950, '950'],
    [999.6, '1.00k'],
    [12345, '12.3k'],
    [4_560_000, '4.56M'],
    [999_600_000, '1.00G'],
  ])('formatShort(%d) is %s', (value, text) => {
    expect(formatShort(value)).toBe(text);
  });

  it.each([
    [0.0123, '12ms'],
    [0.9999, '1.0s'],
    [3.44, '3.4s'],
    [9.97, '10s'],
    [59.7, '1m00s'],
    [65, '1m05s'],
    [3599.6, '1h00m'],
    [7380, '2h03m'],
    [Number.NaN, '?'],
  ])('formatDuration(%d) is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
