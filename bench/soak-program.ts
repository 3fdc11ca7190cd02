/**
 * Trains for many steps and writes down what memory does: `soak-program.ts <workload> <steps>
 * <nabla|yardstick>`, to be run with `--expose-gc`. One line of JSON: the samples.
 */

import type { Step } from './measure.ts';
import type { MemorySample } from './soak.ts';
import { makeBatches, type WorkloadName, workloads } from './workloads.ts';

const [name, count, subject] = process.argv.slice(2);
const workload = workloads[name as WorkloadName];
const steps = Number(count);
const sampleCount = 50;

async function stepOf(): Promise<Step> {
  if (subject === 'nabla') {
    const { makeModel, makeStep } = await import('./nabla/models.ts');
    return makeStep(makeModel(workload), workload);
  }
  const { startSession } = await import('./yardstick/session.ts');
  const { mlp } = await import('./yardstick/mlp.ts');
  const { tiny } = await import('./yardstick/tiny.ts');
  const graph = workload.name === 'mlp' ? mlp() : tiny();
  const run = await startSession(graph, workload, 1);
  const batches = makeBatches(workload);
  let next = 0;
  return () => run.step(batches[next++ % batches.length] as (typeof batches)[number]);
}

const collect = globalThis.gc;
if (collect === undefined) throw new Error('soak: run this program with node --expose-gc');

const step = await stepOf();
const samples: MemorySample[] = [];
const interval = Math.max(1, Math.floor(steps / sampleCount));
for (let i = 0; i <= steps; i++) {
  if (i % interval === 0) {
    // Array buffers are freed by a task that the first collection leaves behind.
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    samples.push({ step: i, rss, heapUsed, external, arrayBuffers });
  }
  await step();
}
process.stdout.write(`${JSON.stringify(samples)}\n`);
