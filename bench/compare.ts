/**
 * Measures contenders side by side. Every measurement is a process of its own; the rounds go through all
 * contenders in turn (A B A B), so that a drift of the machine meets all of them alike.
 */
import { availableParallelism } from 'node:os';
import { type Contender, contenders } from './contenders.ts';
import type { Measurement } from './measure.ts';
import { complaint, lastJson, run } from './processes.ts';
import { median } from './statistics.ts';
import type { WorkloadName } from './workloads.ts';

/** The rounds of one contender at one number of threads, taken together. */
export interface Row extends Measurement {
  rounds: number;
}

export interface Comparison {
  rows: Row[];
  /** Contenders that are not installed, with the way to install them. */
  missing: { name: string; remedy: string }[];
  /** Contenders that did not come to a result. */
  failed: { name: string; workload: WorkloadName; reason: string }[];
}

export interface CompareOptions {
  workloads: readonly WorkloadName[];
  /** Parts of names; only contenders that contain one of them take part. Empty means all. */
  names: readonly string[];
  rounds: number;
  /** Seconds that one measurement lasts, after its warm-up. */
  seconds: number;
  log(line: string): void;
}

/** One measurement may take this long in all; installing or compiling is not part of it. */
const limitMs = 120_000;
/** What takes longer than this a step is far behind: one round is enough to see by how much. */
const slowMs = 400;

interface Entry {
  contender: Contender;
  workload: WorkloadName;
  threads: number;
  results: Measurement[];
  ended: boolean;
}

export function combine(results: readonly Measurement[]): Row {
  const [first] = results;
  if (first === undefined) throw new Error('combine: received no results');
  return {
    ...first,
    medianMs: median(results.map((r) => r.medianMs)),
    minMs: Math.min(...results.map((r) => r.minMs)),
    peakRssMb: Math.max(...results.map((r) => r.peakRssMb)),
    steps: results.reduce((sum, r) => sum + r.steps, 0),
    losses: results.at(-1)?.losses,
    rounds: results.length,
  };
}

/** Enough steps to learn something from a few batches; fewer say nothing about the loss. */
const learningSteps = 200;

export function hasLearned({ losses, steps }: Measurement): boolean {
  if (losses === undefined || steps < learningSteps) return true;
  return losses[1] < losses[0];
}

export async function compare(options: CompareOptions): Promise<Comparison> {
  const { workloads, names, rounds, seconds, log } = options;
  const result: Comparison = { rows: [], missing: [], failed: [] };
  const entries: Entry[] = [];
  const cores = availableParallelism();
  for (const contender of contenders) {
    if (names.length > 0 && !names.some((n) => contender.name.includes(n))) continue;
    const wanted = contender.workloads.filter((w) => workloads.includes(w));
    if (wanted.length === 0) continue;
    const remedy = contender.missing();
    if (remedy !== undefined) {
      result.missing.push({ name: contender.name, remedy });
      continue;
    }
    const counts = contender.threaded && cores > 1 ? [1, cores] : [1];
    for (const workload of wanted) {
      for (const threads of counts) {
        entries.push({ contender, workload, threads, results: [], ended: false });
      }
    }
  }

  for (const workload of workloads) {
    for (let round = 1; round <= rounds; round++) {
      for (const entry of entries) {
        if (entry.workload !== workload || entry.ended) continue;
        const { contender, threads } = entry;
        log(`${workload}, round ${round} of ${rounds}: ${contender.name}, threads ${threads}`);
        const outcome = await run(contender.command(workload, threads, seconds), limitMs);
        if (outcome.status !== 0) {
          entry.ended = true;
          const name = contender.threaded
            ? `${contender.name}, threads ${threads}`
            : contender.name;
          result.failed.push({ name, workload, reason: complaint(outcome, limitMs) });
          continue;
        }
        const measurement = lastJson<Measurement>(outcome);
        entry.results.push(measurement);
        if (!hasLearned(measurement)) {
          const reason = `the loss went from ${measurement.losses?.join(' to ')}`;
          result.failed.push({ name: contender.name, workload, reason });
        }
        if (measurement.medianMs > slowMs) entry.ended = true;
      }
    }
  }
  for (const { results } of entries) if (results.length > 0) result.rows.push(combine(results));
  return result;
}
