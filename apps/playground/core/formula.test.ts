import { describe, expect, it } from 'vitest';
import { FormulaError, parseFeature, parseFormula } from './formula.ts';

describe('formulas', () => {
  it.each<[string, number]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['-x^2', -9],
    ['2^-1', 0.5],
    ['x - y - 1', -2],
    ['x / y / 2', 0.375],
    ['--x', 3],
    ['max(x, y) - min(x, y)', 1],
    ['sin(pi / 2) + cos(0)', 2],
    ['log(e)', 1],
    ['relu(-x) + step(y)', 1],
    ['X1 + x2', 7],
    ['.5 + 1e-1', 0.6],
    ['abs(-x) * sign(-y)', -3],
  ])('%s', (text, value) => {
    expect(parseFormula(text)(3, 4)).toBeCloseTo(value, 10);
  });

  it.each<[string, string, number]>([
    ['', 'empty', 0],
    ['x +', 'unfinished', 3],
    ['x $ y', 'unexpected', 2],
    ['alert(1)', 'unknownName', 0],
    ['constructor(1)', 'unknownName', 0],
    ['__proto__', 'unknownName', 0],
    ['x.constructor', 'unexpected', 1],
    ['x[0]', 'unexpected', 1],
    ['`x`', 'unexpected', 0],
    ['sin x', 'unexpected', 4],
    ['sin(x, y)', 'wrongArguments', 0],
    ['min(x)', 'wrongArguments', 0],
    ['(x', 'unfinished', 2],
    ['x)', 'unexpected', 1],
    ['x y', 'unexpected', 2],
    ['1e999', 'notFinite', 0],
  ])('%s is refused: %s', (text, code, position) => {
    const attempt = () => parseFeature(text, 6);
    expect(attempt).toThrow(FormulaError);
    try {
      attempt();
    } catch (error) {
      expect(error).toMatchObject({ code, position });
    }
  });

  it('bounds length and depth', () => {
    expect(() => parseFormula(`${'('.repeat(60)}x${')'.repeat(59)}`)).toThrow(/tooDeep/);
    expect(() => parseFormula(`${'-'.repeat(119)}x`)).toThrow(/tooDeep/);
    expect(() => parseFormula(`x${'+x'.repeat(100)}`)).toThrow(/tooLong/);
  });

  it('refuses what is no number somewhere in the square', () => {
    expect(() => parseFeature('log(x)', 6)).toThrow(/notFinite/);
    expect(() => parseFeature('1/x', 6)).toThrow(/notFinite/);
    expect(() => parseFeature('exp(exp(x))', 6)).toThrow(/notFinite/);
    expect(parseFeature('exp(-x^2)', 6)(0, 0)).toBe(1);
  });
});
