/** Does memory stay flat over many steps? A leak of a few bytes a step shows as a slope. */
import { complaint, lastJson, run, typescript } from './processes.ts';
import { alignTable } from './report.ts';
import { slope } from './statistics.ts';
import type { WorkloadName } from './workloads.ts';

export interface MemorySample {
  step: number;
  /** Bytes, as of process.memoryUsage(). */
  rss: number;
  heapUsed: number;
  external: number;
  arrayBuffers: number;
}

const kinds = ['rss', 'heapUsed', 'external', 'arrayBuffers'] as const;
type Kind = (typeof kinds)[number];

/**
 * What may be gained over the second half of a soak without being called a leak: allocators keep pages
 * and the heap grows in steps, which is noise of this size.
 */
const allowance: Record<Kind, number> = {
  rss: 8 * 2 ** 20,
  heapUsed: 2 ** 20,
  external: 2 ** 20,
  arrayBuffers: 2 ** 20,
};

export interface Trend {
  kind: Kind;
  /** Bytes at the end. */
  last: number;
  /** Bytes a step, over the second half, when compilation and caches are over. */
  perStep: number;
  /** Bytes gained over the second half, by the slope. */
  gained: number;
  flat: boolean;
}

export function trends(samples: readonly MemorySample[]): Trend[] {
  const half = samples.slice(samples.length >> 1);
  const steps = half.map((s) => s.step);
  const span = (steps.at(-1) as number) - (steps[0] as number);
  return kinds.map((kind) => {
    const values = half.map((s) => s[kind]);
    const perStep = slope(steps, values);
    const gained = perStep * span;
    return {
      kind,
      last: values.at(-1) as number,
      perStep,
      gained,
      flat: gained <= allowance[kind],
    };
  });
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** Runs one soak and says what came of it. Resolves to whether memory was flat. */
export async function soak(
  workload: WorkloadName,
  steps: number,
  subject: 'nabla' | 'yardstick',
  print: (line: string) => void,
): Promise<boolean> {
  const limitMs = 600_000;
  const args = [workload, String(steps), subject];
  const outcome = await run(typescript('soak-program.ts', args, ['--expose-gc']), limitMs);
  if (outcome.status !== 0) {
    print(`${subject}, ${workload}: ${complaint(outcome, limitMs)}`);
    return false;
  }
  const all = trends(lastJson<MemorySample[]>(outcome));
  const flat = all.every((t) => t.flat);
  print(`${subject}, ${workload}, ${steps} steps: ${flat ? 'flat' : 'NOT FLAT'}`);
  const rows = all.map((t) => [
    t.kind,
    mib(t.last),
    t.perStep.toFixed(1),
    mib(t.gained),
    t.flat ? 'flat' : 'grows',
  ]);
  const header = ['memory', 'at the end MiB', 'bytes a step', 'gained in 2nd half MiB', 'verdict'];
  for (const line of alignTable({ header, rows })) print(`  ${line}`);
  print('');
  return flat;
}
