import { layers, optimizers, sequential, setDevice, setRandomSeed } from '../src/node.ts';
import { mnist } from '../src/node-datasets.ts';

const device = (process.argv[2] ?? 'cpu') as any;
setDevice(device, { threads: process.argv[3] ? Number(process.argv[3]) : undefined });
setRandomSeed(0);
let t = performance.now();
const { train, test } = await mnist.load();
console.log('load', performance.now() - t);
const model = sequential([
  layers.dense({ units: 1024, activation: 'relu', inputShape: [784] }),
  layers.dense({ units: 1024, activation: 'relu' }),
  layers.dense({ units: 1024, activation: 'relu' }),
  layers.dense({ units: 10, activation: 'softmax' }),
]);
model.summary();
model.compile({
  optimizer: optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});
t = performance.now();
const h = await model.fit(train.x, train.y, {
  batchSize: 100,
  epochs: Number(process.argv[4] ?? 1),
  validationData: [test.x, test.y],
  verbose: 2,
});
console.log(h.history, ((performance.now() - t) / 600).toFixed(2), 'ms/step');
process.exit(0);
