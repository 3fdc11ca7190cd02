import { availableParallelism } from 'node:os';
import { complaint, lastJson, run, typescript } from './processes.ts';
import type { Workload } from './workloads.ts';

/** The machine's measured limits with so many threads. */
export interface Roofline {
  threads: number;
  /** 10^9 floating-point operations a second, in a product of two 1024 x 1024 matrices. */
  gflops: number;
  /** 10^9 bytes a second, in c = a + b over arrays of 128 MiB. */
  triadGbs: number;
  /** The same in a copy by one thread, read and write both counted. */
  copyGbs: number;
}

/** The least time a step can take on this machine, by what bounds it. */
export interface Floor {
  computeMs: number;
  /** One pass over parameters and optimizer state, when they come from main memory. */
  memoryMs: number;
  floorMs: number;
}

export function floorOf({ flops, stateBytes }: Workload, { gflops, triadGbs }: Roofline): Floor {
  const computeMs = flops / gflops / 1e6;
  const memoryMs = stateBytes / triadGbs / 1e6;
  return { computeMs, memoryMs, floorMs: Math.max(computeMs, memoryMs) };
}

/** Measures with one thread and with all. */
export async function measureRooflines(
  seconds: number,
  log: (line: string) => void,
): Promise<Roofline[]> {
  const cores = availableParallelism();
  const limitMs = 60_000;
  const rooflines: Roofline[] = [];
  for (const threads of cores > 1 ? [1, cores] : [1]) {
    log(`roofline, threads ${threads}`);
    const outcome = await run(
      typescript('roofline-program.ts', [String(threads), String(seconds)]),
      limitMs,
    );
    if (outcome.status !== 0) throw new Error(`roofline: ${complaint(outcome, limitMs)}`);
    rooflines.push(lastJson<Roofline>(outcome));
  }
  return rooflines;
}

/** The better of two measurements, at each number of threads. */
export function higher(first: readonly Roofline[], second: readonly Roofline[]): Roofline[] {
  return first.map((a) => bestOf([a, ...second.filter((b) => b.threads === a.threads)]));
}

/** The roofline that bounds every contender: the highest of each kind. */
export function bestOf(rooflines: readonly Roofline[]): Roofline {
  const most = (value: (r: Roofline) => number): number => Math.max(...rooflines.map(value));
  return {
    threads: most((r) => r.threads),
    gflops: most((r) => r.gflops),
    triadGbs: most((r) => r.triadGbs),
    copyGbs: most((r) => r.copyGbs),
  };
}
