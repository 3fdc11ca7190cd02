/** The three networks in Nabla's own terms. */
import { layers, optimizers, type Sequential, sequential } from '../../src/node.ts';
import type { Step } from '../measure.ts';
import { makeBatches, type Workload, type WorkloadName } from '../workloads.ts';

const { dense, conv2d, maxPooling2d, flatten } = layers;

const build: Record<WorkloadName, () => Sequential> = {
  mlp: () =>
    sequential([
      dense({ units: 1024, activation: 'relu', inputShape: [784] }),
      dense({ units: 1024, activation: 'relu' }),
      dense({ units: 1024, activation: 'relu' }),
      dense({ units: 10, activation: 'softmax' }),
    ]),
  cnn: () =>
    sequential([
      conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
      conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      maxPooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 128, activation: 'relu' }),
      dense({ units: 10, activation: 'softmax' }),
    ]),
  tiny: () =>
    sequential([
      dense({ units: 8, activation: 'tanh', inputShape: [2] }),
      dense({ units: 8, activation: 'tanh' }),
      dense({ units: 1, activation: 'sigmoid' }),
    ]),
};

export function makeModel({ name, learningRate, momentum, classes }: Workload): Sequential {
  const model = build[name]();
  model.compile({
    optimizer: optimizers.sgd({ learningRate, momentum }),
    loss: classes === 1 ? 'binaryCrossentropy' : 'categoricalCrossentropy',
  });
  return model;
}

export function array(data: Float32Array, shape: number[]) {
  return { data, shape, dtype: 'float32' as const };
}

/** Trains on the batches in turn, one at a call. */
export function makeStep(model: Sequential, workload: Workload): Step {
  const { batch, input, classes } = workload;
  const batches = makeBatches(workload).map(({ x, y }) => ({
    x: array(x, [batch, ...input]),
    y: array(y, [batch, classes]),
  }));
  let next = 0;
  return async () => {
    const { x, y } = batches[next++ % batches.length] as (typeof batches)[number];
    const { loss } = await model.trainOnBatch(x, y);
    return loss as number;
  };
}
