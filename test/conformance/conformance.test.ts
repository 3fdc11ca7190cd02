import { describe, expect, it } from 'vitest';
import { type Engine, HostBuffer } from '../../src/engines/engine.ts';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { formatSkips, runConformance } from './conformance.ts';

/** The js engine with the first element of every result wrong. */
function createWrongEngine(): Engine {
  const engine = createJsEngine();
  return {
    ...engine,
    name: 'wrong',
    compile: async (graph) => {
      const executable = await engine.compile(graph);
      return {
        ...executable,
        run: async (inputs) =>
          executable.runSync(inputs).map(({ data, shape, dtype }) => {
            const wrong = data.slice();
            wrong[0] =
              dtype === 'bool' ? 1 - wrong[0] : Number.isFinite(wrong[0]) ? wrong[0] + 1 : 0;
            return new HostBuffer(wrong, shape, dtype);
          }),
      };
    },
  };
}

describe('the conformance cases', () => {
  it('all fail on an engine whose results are wrong', async () => {
    const { passed, failed } = await runConformance(createWrongEngine);
    const visible = passed.filter((test) => test.expected.data.length > 0);
    expect(visible.map((test) => test.name)).toEqual([]);
    expect(failed.length).toBeGreaterThan(1000);
  });

  it('pass on the js engine outside a test framework, and report what was skipped and why', async () => {
    const report = await runConformance(
      () => ({ ...createJsEngine(), dtypes: ['float32', 'int32', 'bool'] }),
      { skips: [{ matches: (t) => t.primitive === 'conv', reason: 'no windows' }] },
    );
    expect(report.failed).toEqual([]);
    expect(report.passed.every((t) => t.primitive !== 'conv' && t.dtype !== 'float64')).toBe(true);
    const lines = formatSkips('js', report.skipped).split('\n');
    expect(lines[0]).toBe('js: skipped cases');
    expect(lines).toContain('   15  conv             no windows');
    expect(lines).toContain('   15  conv             the engine has no float64');
  });
});
