import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { coverage, coverageDocument } from '../scripts/coverage.ts';
import { apiReasons, renamed } from '../scripts/coverage-api.ts';
import { reasons } from '../scripts/coverage-names.ts';

it('docs/coverage.md says what is there', () => {
  const file = new URL('../docs/coverage.md', import.meta.url);
  const text = coverageDocument();
  if (process.env.UPDATE_COVERAGE) writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

it('every name of Keras has its place or a reason, and no reason is out of date', () => {
  const rows = [...coverage()].flatMap(([group, list]) => list.map((row) => ({ group, ...row })));
  const bare = rows.filter((r) => r.home === undefined && r.reason === undefined);
  expect(bare.map((r) => `${r.group}.${r.name}`)).toEqual([]);
  const both = rows.filter((r) => r.home !== undefined && r.reason !== undefined);
  expect(both.map((r) => `${r.group}.${r.name}`)).toEqual([]);
  const known = new Set(rows.flatMap((r) => [r.name, `${r.group}.${r.name}`]));
  const explained = [...Object.keys(reasons), ...Object.keys(apiReasons), ...Object.keys(renamed)];
  expect(explained.filter((key) => !known.has(key))).toEqual([]);
});
