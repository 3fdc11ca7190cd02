import { describe, expect, it } from 'vitest';
import { main } from '../../src/node/cli.ts';
import { registry } from '../../src/node/registry.ts';

describe('the registry', () => {
  it('loads every recipe and explanation that it names', async () => {
    const names = registry.recipes.map((entry) => entry.name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, load, summary, data } of registry.recipes) {
      const { defaults, optimizers, run } = await load();
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(summary.length + data.length).toBeLessThan(80);
      expect(defaults.epochs).toBeGreaterThan(0);
      expect(run).toBeTypeOf('function');
      if (optimizers) expect(optimizers).toContain(defaults.optimizer);
    }
    for (const { load } of registry.explanations) expect(await load()).toBeTypeOf('function');
  });

  it('is what "nabla list" shows', async () => {
    const parts: string[] = [];
    const stdout = { write: (part: string) => void parts.push(part) };
    expect(await main(['list'], { stdout, environment: {} })).toBe(0);
    const text = parts.join('');
    for (const { name, summary } of registry.recipes) {
      expect(text).toContain(name);
      expect(text).toContain(summary);
    }
  });
});
