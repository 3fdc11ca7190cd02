import { describe, expect, it } from 'vitest';
import { type MemorySample, trends } from './soak.ts';

const mib = 2 ** 20;

function samples(memory: (step: number) => Partial<MemorySample>): MemorySample[] {
  return Array.from({ length: 50 }, (_, i) => ({
    step: 100 * i,
    rss: 200 * mib,
    heapUsed: 20 * mib,
    external: 5 * mib,
    arrayBuffers: 4 * mib,
    ...memory(100 * i),
  }));
}

describe('memory trends', () => {
  it('are flat when memory only moves to and fro', () => {
    const all = trends(samples((step) => ({ heapUsed: 20 * mib + (step % 300) * 1000 })));
    expect(all.filter((t) => !t.flat)).toEqual([]);
  });

  it('forgive what is gained while everything is still compiled', () => {
    const all = trends(samples((step) => ({ rss: (step < 1000 ? 150 : 250) * mib })));
    expect(all.every((t) => t.flat)).toBe(true);
  });

  it('find a leak and its size', () => {
    const leak = 1000;
    const all = trends(samples((step) => ({ arrayBuffers: 4 * mib + leak * step })));
    const found = all.filter((t) => !t.flat);
    expect(found.map((t) => t.kind)).toEqual(['arrayBuffers']);
    expect(found[0]?.perStep).toBeCloseTo(leak, 6);
  });
});
