/** brain.js: `brain.ts tiny 1 <seconds>`; it trains one sample after the other, so a step is ten of them. */
import { readTask, report, timeSteps } from '../measure.ts';
import { makeBatches } from '../workloads.ts';
import { peerVersion } from './version.ts';

const library: string = 'brain.js';

const { workload, threads, seconds } = readTask();
const { default: brain } = await import(library);
const network = new brain.NeuralNetwork({
  hiddenLayers: [8, 8],
  activation: 'tanh',
  learningRate: workload.learningRate,
});

const batches = makeBatches(workload).map(({ x, y }) =>
  Array.from(y, (target, i) => ({ input: [x[2 * i], x[2 * i + 1]], output: [target] })),
);
let next = 0;
const timing = await timeSteps(() => {
  const samples = batches[next++ % batches.length];
  const { error } = network.train(samples, { iterations: 1, errorThresh: 1e-9, log: false });
  return error;
}, seconds);

report({
  name: 'brain.js',
  workload: workload.name,
  threads,
  ...timing,
  version: `brain.js ${peerVersion(library)}`,
});
