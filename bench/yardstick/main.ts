/**
 * Measures a training step that was written by hand as an ONNX graph: how fast this runtime can be.
 * `main.ts <workload> <threads> <seconds> [tuned]`; tuned means the fastest form known, run through
 * the C interface, instead of ONNX's own operators run through onnxruntime-node.
 */
import { createRequire } from 'node:module';
import { readTask, report, timeSteps } from '../measure.ts';
import { makeBatches, type WorkloadName } from '../workloads.ts';
import { cnn } from './cnn.ts';
import { block, cnnBlocked } from './cnn-blocked.ts';
import { startDirect } from './direct.ts';
import { lstm } from './lstm.ts';
import { mlp, mlpAdam } from './mlp.ts';
import { channelBlock, startSession } from './session.ts';
import { tiny } from './tiny.ts';
import type { TrainingGraph } from './training-graph.ts';
import { transformer } from './transformer.ts';

const plain: Record<WorkloadName, () => TrainingGraph> = {
  mlp,
  'mlp-adam': mlpAdam,
  cnn,
  lstm,
  transformer,
  tiny,
};

const { workload, threads, seconds, rest } = readTask();
const tuned = rest[0] === 'tuned';
const fitting = tuned && (await channelBlock()) === block;
const graph = (fitting ? { ...plain, cnn: cnnBlocked } : plain)[workload.name]();
const run = tuned
  ? await startDirect(graph, workload, threads)
  : await startSession(graph, workload, threads);

const batches = makeBatches(workload);
let next = 0;
const timing = await timeSteps(() => {
  const batch = batches[next++ % batches.length];
  return run.step(batch as (typeof batches)[number]);
}, seconds);

const runtime = createRequire(import.meta.url)('onnxruntime-node/package.json').version;
report({
  name: tuned ? 'yardstick, tuned' : 'yardstick',
  workload: workload.name,
  threads,
  ...timing,
  version: `onnxruntime ${runtime}`,
});
