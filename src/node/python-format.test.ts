import { describe, expect, it } from 'vitest';
import { formatName } from './python-format.ts';

const values = { epoch: 3, val_loss: 0.12345, acc: 0.5, big: 1234567.891, tie: 0.125, neg: -2.5 };
const format = (template: string) => formatName('modelCheckpoint', template, values);

describe('formatName', () => {
  it('writes what Python writes', () => {
    expect(format('model-{epoch:02d}-{val_loss:.2f}.keras')).toBe('model-03-0.12.keras');
    expect(format('{epoch}')).toBe('3');
    expect(format('{epoch:4d}|{epoch:<4d}|{epoch:^5d}|{epoch:+d}')).toBe('   3|3   |  3  |+3');
    expect(format('{acc:.1%}')).toBe('50.0%');
    expect(format('{val_loss:.3e} {big:g} {big:.3g} {val_loss:.2g}')).toBe(
      '1.235e-01 1.23457e+06 1.23e+06 0.12',
    );
    expect(format('{big:,.1f} {neg:08.2f} {val_loss:f}')).toBe('1,234,567.9 -0002.50 0.123450');
    expect(format('{{epoch}}')).toBe('{epoch}');
    expect(formatName('x', '{a:.2f} {b:.1f}', { a: Number.NaN, b: Number.NEGATIVE_INFINITY })).toBe(
      'nan -inf',
    );
  });

  it('rounds a number between two to the even one', () => {
    expect(format('{tie:.2f}')).toBe('0.12');
    expect(format('{neg:.0f}')).toBe('-2');
    expect(formatName('x', '{a:.0f} {b:.2f} {c:.1f}', { a: 3.5, b: 0.375, c: 0.05 })).toBe(
      '4 0.38 0.1',
    );
  });

  it('says what is wrong', () => {
    expect(() => format('{loss}.keras')).toThrow(/asks for \{loss\}; known here: epoch, val_loss/);
    expect(() => format('{val_loss:02d}')).toThrow(/format '02d' of val_loss/);
    expect(() => format('{epoch:x}')).toThrow(/format 'x'/);
    expect(() => format('{epoch')).toThrow(/lone \{/);
    expect(() => format('{constructor}')).toThrow(/asks for/);
  });
});
