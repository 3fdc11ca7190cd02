/** Turns results into text: aligned columns for a terminal, tables of Markdown for docs/performance.md. */
import type { Comparison, Row } from './compare.ts';
import { type Machine, machineLine } from './machine.ts';
import { bestOf, floorOf, type Roofline } from './roofline.ts';
import { type WorkloadName, workloads } from './workloads.ts';

/** Milliseconds with three digits that count. */
export function formatMs(ms: number): string {
  const whole = Math.floor(Math.abs(ms)).toString().length;
  const decimals = Math.abs(ms) >= 1 ? Math.max(0, 3 - whole) : 4;
  return ms.toFixed(decimals);
}

const formatRatio = (ratio: number): string => `${ratio.toFixed(2)}x`;

export type Table = { header: readonly string[]; rows: readonly (readonly string[])[] };

/** First column to the left, the others to the right, but for the last when it is text. */
export function alignTable({ header, rows }: Table): string[] {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((r) => (r[i] as string).length)),
  );
  const leftColumns = new Set([0, header.length - 1]);
  const line = (cells: readonly string[]): string =>
    cells
      .map((c, i) => {
        const width = widths[i] as number;
        return leftColumns.has(i) ? c.padEnd(width) : c.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)];
}

export function markdownTable({ header, rows }: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, i) => (i === 0 || i === header.length - 1 ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)];
}

/** Every contender at its best number of threads, quickest first. */
export function bestRows(rows: readonly Row[], workload: WorkloadName): Row[] {
  const best = new Map<string, Row>();
  for (const row of rows) {
    if (row.workload !== workload) continue;
    const known = best.get(row.name);
    if (known === undefined || row.medianMs < known.medianMs) best.set(row.name, row);
  }
  return [...best.values()].sort((a, b) => a.medianMs - b.medianMs);
}

/** Time of a row in units of the quickest row whose name starts so. */
function ratioTo(rows: readonly Row[], prefix: string): (row: Row) => string {
  const base = rows.find((r) => r.name.startsWith(prefix));
  return (row) => (base === undefined ? '-' : formatRatio(row.medianMs / base.medianMs));
}

export function workloadTable(all: readonly Row[], workload: WorkloadName): Table {
  const rows = bestRows(all, workload);
  const toNabla = ratioTo(rows, 'nabla');
  const toTorch = ratioTo(rows, 'torch');
  return {
    header: [
      'contender',
      'threads',
      'median ms',
      'min ms',
      'first ms',
      '/ nabla',
      '/ torch',
      'peak MiB',
      'steps',
      'version',
    ],
    rows: rows.map((row) => [
      row.name,
      String(row.threads),
      formatMs(row.medianMs),
      formatMs(row.minMs),
      row.firstMs.toFixed(0),
      toNabla(row),
      toTorch(row),
      row.peakRssMb.toFixed(0),
      String(row.steps),
      row.version,
    ]),
  };
}

function rooflineTable(rooflines: readonly Roofline[]): Table {
  return {
    header: ['threads', 'product GFLOP/s', 'add GB/s', 'copy (1 thread) GB/s'],
    rows: rooflines.map((r) => [
      String(r.threads),
      r.gflops.toFixed(0),
      r.triadGbs.toFixed(1),
      r.copyGbs.toFixed(1),
    ]),
  };
}

function floorTable(rooflines: readonly Roofline[], names: readonly WorkloadName[]): Table {
  const best = bestOf(rooflines);
  return {
    header: ['workload', 'MFLOP a step', 'state MB', 'compute ms', 'state pass ms', 'floor ms'],
    rows: names.map((name) => {
      const { flops, stateBytes } = workloads[name];
      const { computeMs, memoryMs, floorMs } = floorOf(workloads[name], best);
      return [
        name,
        (flops / 1e6).toPrecision(4),
        (stateBytes / 1e6).toPrecision(3),
        formatMs(computeMs),
        formatMs(memoryMs),
        formatMs(floorMs),
      ];
    }),
  };
}

export interface Results extends Partial<Comparison> {
  machine: Machine;
  rooflines: Roofline[];
  workloads: WorkloadName[];
}

const explanation = [
  'Times are of one whole training step, each contender at its best number of threads; "/ nabla" and',
  '"/ torch" are the time in units of that contender. The floor is the greater of the time for the',
  'matrix products at the measured peak and of one pass over parameters and optimizer state.',
];

/** The whole report; `markdown` chooses the form. */
export function formatReport(results: Results, markdown: boolean): string {
  const { machine, rooflines, rows = [], missing = [], failed = [] } = results;
  const table = markdown ? markdownTable : alignTable;
  const title = (text: string): string[] => (markdown ? ['', `### ${text}`, ''] : ['', text, '']);
  const lines = [machineLine(machine), ...(markdown ? ['', ...explanation] : [])];
  if (rooflines.length > 0) {
    lines.push(...title('What the machine can do'), ...table(rooflineTable(rooflines)));
    lines.push(...title('Floors'), ...table(floorTable(rooflines, results.workloads)));
  }
  for (const name of results.workloads) {
    if (!rows.some((r) => r.workload === name)) continue;
    lines.push(...title(workloads[name].title), ...table(workloadTable(rows, name)));
  }
  const bullet = markdown ? '- ' : '  ';
  if (missing.length > 0) {
    lines.push(...title('Not installed'));
    lines.push(...missing.map((m) => `${bullet}${m.name}: ${m.remedy}`));
  }
  if (failed.length > 0) {
    lines.push(...title('No valid result'));
    lines.push(...failed.map((f) => `${bullet}${f.name}, ${f.workload}: ${f.reason}`));
  }
  if (!markdown) lines.push('', ...explanation);
  return `${lines.join('\n')}\n`;
}
