/**
 * The inside of one measurement: a process that trains one workload in one way, times its steps and
 * prints one line of JSON, which `processes.ts` reads.
 */
import { median } from './statistics.ts';
import { type Workload, type WorkloadName, workloadNames, workloads } from './workloads.ts';

export interface Measurement {
  name: string;
  workload: WorkloadName;
  threads: number;
  medianMs: number;
  minMs: number;
  /** The first step: it builds and compiles what the others run. */
  firstMs: number;
  /** Largest resident memory of the process, in MiB. */
  peakRssMb: number;
  /** Steps that were timed. */
  steps: number;
  version: string;
  /** Loss of the first and of the last step, to see that it really trains. */
  losses?: [first: number, last: number];
}

/** What a measuring program is told on its command line: `mlp 2 3` is workload, threads, seconds. */
export interface Task {
  workload: Workload;
  threads: number;
  /** Time to measure for, after the warm-up. */
  seconds: number;
  /** Anything further, such as a variant's name. */
  rest: string[];
}

export function readTask(argv: readonly string[] = process.argv.slice(2)): Task {
  const [name, threads, seconds, ...rest] = argv;
  if (!workloadNames.includes(name as WorkloadName) || !(Number(threads) >= 1) || !seconds) {
    throw new Error(
      `received "${argv.join(' ')}"; expected <${workloadNames.join('|')}> <threads> <seconds>`,
    );
  }
  return {
    workload: workloads[name as WorkloadName],
    threads: Number(threads),
    seconds: Number(seconds),
    rest,
  };
}

/** Steps shorter than this are timed several at once, so that the clock's own cost does not count. */
const shortestSampleMs = 2;
const warmupShare = 0.5;
const fewestSamples = 3;

export type Timing = Pick<Measurement, 'medianMs' | 'minMs' | 'firstMs' | 'steps' | 'losses'>;

/** One training step; its loss, which every contender reads, says that the step has ended. */
export type Step = () => Promise<number> | number;

export async function timeSteps(step: Step, seconds: number): Promise<Timing> {
  // The first step builds and compiles; those after it show how long a step takes.
  const begun = performance.now();
  const firstLoss = await step();
  let loss = firstLoss;
  const started = performance.now();
  let warmups = 0;
  do {
    await step();
    warmups++;
  } while (performance.now() - started < seconds * 1000 * warmupShare);
  const perSample = Math.max(
    1,
    Math.ceil((shortestSampleMs * warmups) / (performance.now() - started)),
  );

  const samples: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (samples.length < fewestSamples || performance.now() < end) {
    const before = performance.now();
    for (let i = 0; i < perSample; i++) loss = await step();
    samples.push((performance.now() - before) / perSample);
  }
  return {
    medianMs: median(samples),
    minMs: Math.min(...samples),
    firstMs: started - begun,
    steps: samples.length * perSample,
    losses: [firstLoss, loss],
  };
}

/** Largest resident memory so far, in MiB. */
function peakRssMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** Prints the line that ends a measurement. */
export function report(measurement: Omit<Measurement, 'peakRssMb'>): void {
  const line: Measurement = { ...measurement, peakRssMb: peakRssMb() };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
