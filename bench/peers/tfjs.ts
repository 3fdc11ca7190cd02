/** TensorFlow.js: `tfjs.ts <workload> 1 <seconds> <cpu|wasm>`; its Node backends here use one thread. */
import { readTask, report, timeSteps } from '../measure.ts';
import { adam, makeBatches, type WorkloadName } from '../workloads.ts';

// The peers are not installed with the project, so the type checker must not look for them.
const core: string = '@tensorflow/tfjs';
const wasm: string = '@tensorflow/tfjs-backend-wasm';

const { workload, threads, seconds, rest } = readTask();
const backend = rest[0] as 'cpu' | 'wasm';

// It advises on every start to install its native package, which is another peer.
console.warn = () => {};
const { default: tf } = await import(core);
if (backend === 'wasm') await import(wasm);
await tf.setBackend(backend);
await tf.ready();

const { dense, conv2d, maxPooling2d, flatten } = tf.layers;
const mlp = () => [
  dense({ units: 1024, activation: 'relu', inputShape: [784] }),
  dense({ units: 1024, activation: 'relu' }),
  dense({ units: 1024, activation: 'relu' }),
  dense({ units: 10, activation: 'softmax' }),
];
/** It has no attention, and a step of an LSTM takes it over ten seconds. */
const layers: Record<Exclude<WorkloadName, 'lstm' | 'transformer'>, () => unknown[]> = {
  mlp,
  'mlp-adam': mlp,
  cnn: () => [
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    maxPooling2d({ poolSize: 2 }),
    flatten(),
    dense({ units: 128, activation: 'relu' }),
    dense({ units: 10, activation: 'softmax' }),
  ],
  tiny: () => [
    dense({ units: 8, activation: 'tanh', inputShape: [2] }),
    dense({ units: 8, activation: 'tanh' }),
    dense({ units: 1, activation: 'sigmoid' }),
  ],
};

const { optimizer, learningRate, momentum, classes, batch, input } = workload;
const sgd = () =>
  momentum ? tf.train.momentum(learningRate, momentum) : tf.train.sgd(learningRate);
const model = tf.sequential({ layers: layers[workload.name as keyof typeof layers]() });
model.compile({
  optimizer:
    optimizer === 'adam'
      ? tf.train.adam(learningRate, adam.beta1, adam.beta2, adam.epsilon)
      : sgd(),
  loss: classes === 1 ? 'binaryCrossentropy' : 'categoricalCrossentropy',
});

const batches = makeBatches(workload).map(({ x, y }) => ({
  x: tf.tensor(x, [batch, ...input]),
  y: tf.tensor(y, [batch, classes]),
}));
let next = 0;
const timing = await timeSteps(async () => {
  const { x, y } = batches[next++ % batches.length] as (typeof batches)[number];
  return model.trainOnBatch(x, y);
}, seconds);

report({
  name: `tfjs ${backend}`,
  workload: workload.name,
  threads,
  ...timing,
  version: `tfjs ${tf.version.tfjs}`,
});
