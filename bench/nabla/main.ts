/**
 * Nabla itself: `main.ts <workload> <threads> <seconds> <fit|trainOnBatch> [cpu|js]`, through the public
 * interface. `trainOnBatch` times single steps; `fit` times epochs of its loop and divides by their steps.
 */
import { readFileSync } from 'node:fs';
import { type Model, setDevice } from '../../src/node.ts';
import { readTask, report, type Timing, timeSteps } from '../measure.ts';
import { type Batch, makeBatches, type Workload, type WorkloadName } from '../workloads.ts';
import { array, makeModel, makeStep } from './models.ts';

/** Batches in an epoch of `fit`: about as many as real data has, but not seconds of work. */
const epochBatches: Record<WorkloadName, number> = {
  mlp: 60,
  'mlp-adam': 60,
  cnn: 12,
  lstm: 24,
  transformer: 16,
  tiny: 1000,
};

function concat<T extends Float32Array | Int32Array>(parts: readonly T[]): T {
  const length = parts.reduce((sum, p) => sum + p.length, 0);
  const all = (
    parts[0] instanceof Int32Array ? new Int32Array(length) : new Float32Array(length)
  ) as T;
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** An epoch as a step; the times are divided by its batches afterwards. */
async function timeFit(model: Model, workload: Workload, seconds: number): Promise<Timing> {
  const { name, batch, input, classes } = workload;
  const count = epochBatches[name];
  const batches: Batch[] = makeBatches(workload, count);
  const x = array(concat(batches.map((b) => b.x)), [count * batch, ...input]);
  const y = array(concat(batches.map((b) => b.y)), [count * batch, classes]);
  const { medianMs, minMs, firstMs, steps, losses } = await timeSteps(async () => {
    const { history } = await model.fit(x, y, { batchSize: batch, epochs: 1, verbose: 0 });
    return history.loss?.at(-1) as number;
  }, seconds);
  return {
    medianMs: medianMs / count,
    minMs: minMs / count,
    // An epoch's, less its other steps.
    firstMs: firstMs - (medianMs * (count - 1)) / count,
    steps: steps * count,
    losses,
  };
}

const { workload, threads, seconds, rest } = readTask();
const [variant, device = 'cpu'] = rest;
setDevice(device as 'cpu' | 'js', { threads });
const model = makeModel(workload);
const timing =
  variant === 'fit'
    ? await timeFit(model, workload, seconds)
    : await timeSteps(makeStep(model, workload), seconds);

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
report({
  name: `nabla ${variant}${device === 'js' ? ', js engine' : ''}`,
  workload: workload.name,
  threads,
  ...timing,
  version: `nabla ${version}`,
});
