import { describe, expect, it } from 'vitest';
import { formatJson, parseJson } from './json.ts';

const read = (text: string) => parseJson(text, 'test', 'the text');

describe('JSON of Python', () => {
  it('has special numbers', () => {
    expect(read('{"a": [NaN, Infinity, -Infinity, 1e3], "NaN": "Infinity NaN \\" NaN"}')).toEqual({
      a: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1000],
      NaN: 'Infinity NaN " NaN',
    });
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5, 'é"'];
    expect(read(formatJson(values))).toEqual(values);
  });

  it('has floats where Keras refuses integers', () => {
    const config = {
      learning_rate: 1,
      momentum: 0,
      units: 3,
      nested: [{ beta: 2, threshold: null }],
    };
    expect(formatJson(config)).toBe(
      '{"learning_rate": 1.0, "momentum": 0.0, "units": 3, "nested": [{"beta": 2.0, "threshold": null}]}',
    );
    expect(read(formatJson(config))).toEqual(config);
  });

  it('is refused where it is damaged or nested too deep', () => {
    expect(() => read('{"a": ')).toThrow(/the text is not JSON/);
    expect(() => read('['.repeat(100_000))).toThrow(/nested more than 200 deep/);
    expect(read(`${'['.repeat(200)}${']'.repeat(200)}`)).toHaveLength(1);
  });

  it('does not reach the prototypes of objects', () => {
    const value = read('{"__proto__": {"polluted": true}}');
    expect(({} as any).polluted).toBeUndefined();
    expect(Object.keys(value as object)).toEqual(['__proto__']);
  });
});
