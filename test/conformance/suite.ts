import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engines/engine.ts';
import { type PrimitiveName, primitives } from '../../src/ops/primitives/index.ts';
import {
  type ConformanceOptions,
  checkCase,
  conformanceCases,
  formatSkips,
  type Report,
  skipReason,
} from './conformance.ts';

/** The conformance cases as vitest tests, one a primitive; prints what was skipped and why. */
export function describeConformance(
  title: string,
  engineFactory: () => Engine | Promise<Engine>,
  { tolerances, skips, constants }: ConformanceOptions = {},
): void {
  describe(title, () => {
    let engine: Engine;
    const skipped: Report['skipped'][number][] = [];
    beforeAll(async () => {
      engine = await engineFactory();
    });
    afterAll(async () => {
      const table = formatSkips(engine.name, skipped);
      if (table) console.info(table);
      await engine.dispose();
    });

    for (const name of Object.keys(primitives) as PrimitiveName[]) {
      const tests = conformanceCases({ constants, only: [name] });
      if (tests.length === 0) continue;
      it(`${name} (${tests.length} cases)`, async () => {
        const failures: string[] = [];
        for (const test of tests) {
          const reason = skipReason(engine, test, skips);
          if (reason !== undefined) {
            skipped.push({ test, reason });
            continue;
          }
          const message = await checkCase(engine, test, tolerances).catch(String);
          if (message !== undefined) failures.push(`${test.name}: ${message}`);
        }
        expect(failures).toEqual([]);
      });
    }
  });
}
