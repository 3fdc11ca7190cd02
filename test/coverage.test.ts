import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { coverageDocument } from '../scripts/coverage.ts';

it('docs/coverage.md says what is there', () => {
  const file = new URL('../docs/coverage.md', import.meta.url);
  const text = coverageDocument();
  if (process.env.UPDATE_COVERAGE) writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
