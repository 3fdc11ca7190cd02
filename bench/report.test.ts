import { describe, expect, it } from 'vitest';
import { combine, hasLearned, type Row } from './compare.ts';
import {
  alignTable,
  bestRows,
  formatMs,
  formatReport,
  markdownTable,
  workloadTable,
} from './report.ts';
import { floorOf } from './roofline.ts';
import { workloads } from './workloads.ts';

function row(name: string, threads: number, medianMs: number): Row {
  return {
    name,
    workload: 'mlp',
    threads,
    medianMs,
    firstMs: 50,
    minMs: medianMs / 2,
    peakRssMb: 100,
    steps: 10,
    version: `${name} 1`,
    rounds: 1,
  };
}

const rows = [
  row('nabla fit', 1, 12),
  row('nabla fit', 2, 8),
  row('torch', 2, 20),
  row('torch', 1, 16),
];

describe('the report', () => {
  it('shows three digits that count', () => {
    expect([123.456, 12.345, 1.2345, 0.012345].map(formatMs)).toEqual([
      '123',
      '12.3',
      '1.23',
      '0.0123',
    ]);
  });

  it('takes every contender at its best number of threads, quickest first', () => {
    expect(bestRows(rows, 'mlp').map((r) => [r.name, r.threads])).toEqual([
      ['nabla fit', 2],
      ['torch', 1],
    ]);
    expect(bestRows(rows, 'cnn')).toEqual([]);
  });

  it('relates times to Nabla and to torch', () => {
    const { header, rows: cells } = workloadTable(rows, 'mlp');
    const toNabla = header.indexOf('/ nabla');
    const toTorch = header.indexOf('/ torch');
    expect(cells.map((c) => [c[toNabla], c[toTorch]])).toEqual([
      ['1.00x', '0.50x'],
      ['2.00x', '1.00x'],
    ]);
  });

  it('says nothing about a contender that is not there', () => {
    const { header, rows: cells } = workloadTable([row('torch', 1, 3)], 'mlp');
    expect(cells[0]?.[header.indexOf('/ nabla')]).toBe('-');
  });

  it('lines up', () => {
    const table = {
      header: ['name', 'ms', 'note'],
      rows: [
        ['a', '10', 'x'],
        ['long', '5', 'yz'],
      ],
    };
    expect(alignTable(table)).toEqual([
      'name  ms  note',
      '----  --  ----',
      'a     10  x',
      'long   5  yz',
    ]);
    expect(markdownTable(table)).toEqual([
      '| name | ms | note |',
      '| --- | ---: | --- |',
      '| a | 10 | x |',
      '| long | 5 | yz |',
    ]);
  });

  it('names what is missing and what went wrong', () => {
    const machine = { date: 'd', cpu: 'c', cores: 2, memoryGb: 4, system: 's', node: '20' };
    const text = formatReport(
      {
        machine,
        rooflines: [],
        workloads: ['mlp'],
        rows,
        missing: [{ name: 'brain.js', remedy: 'npm run bench:peers' }],
        failed: [{ name: 'tfjs', workload: 'mlp', reason: 'stopped after 120 s' }],
      },
      false,
    );
    expect(text).toContain('brain.js: npm run bench:peers');
    expect(text).toContain('tfjs, mlp: stopped after 120 s');
  });
});

describe('rounds', () => {
  it('are taken together by the median of their medians', () => {
    const combined = combine([row('a', 1, 30), row('a', 1, 10), row('a', 1, 12)]);
    expect(combined).toMatchObject({ medianMs: 12, minMs: 5, steps: 30, rounds: 3 });
  });

  it('must have lowered the loss, if there were steps enough to tell', () => {
    const stuck = { ...row('a', 1, 1), losses: [2.3, 2.3] as [number, number] };
    expect(hasLearned({ ...stuck, steps: 10 })).toBe(true);
    expect(hasLearned({ ...stuck, steps: 1000 })).toBe(false);
    expect(hasLearned({ ...stuck, steps: 1000, losses: [2.3, Number.NaN] })).toBe(false);
    expect(hasLearned({ ...stuck, steps: 1000, losses: [2.3, 1] })).toBe(true);
  });
});

describe('the floor', () => {
  it('is what the products or the state take at least', () => {
    const roofline = { threads: 1, gflops: 100, triadGbs: 10, copyGbs: 10 };
    const { computeMs, memoryMs, floorMs } = floorOf(workloads.mlp, roofline);
    expect(computeMs).toBeCloseTo(workloads.mlp.flops / 1e8, 9);
    expect(memoryMs).toBeCloseTo(workloads.mlp.stateBytes / 1e7, 9);
    expect(floorMs).toBe(computeMs);
  });
});
