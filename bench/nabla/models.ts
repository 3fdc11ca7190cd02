/** The networks in Nabla's own terms. */
import { input, layers, type Model, model, optimizers, sequential } from '../../src/node.ts';
import type { Step } from '../measure.ts';
import {
  blockSizes,
  lstmSizes,
  makeBatches,
  type Workload,
  type WorkloadName,
} from '../workloads.ts';

const { dense, conv2d, maxPooling2d, flatten } = layers;

const mlp = () =>
  sequential([
    dense({ units: 1024, activation: 'relu', inputShape: [784] }),
    dense({ units: 1024, activation: 'relu' }),
    dense({ units: 1024, activation: 'relu' }),
    dense({ units: 10, activation: 'softmax' }),
  ]);

function encoderBlock(): Model {
  const { steps, width, heads, hidden, classes } = blockSizes;
  const x = input({ shape: [steps, width] });
  const attention = layers.multiHeadAttention({ numHeads: heads, keyDim: width / heads });
  const attended = layers.layerNormalization().call(layers.add().call([x, attention.call([x, x])]));
  const inner = dense({ units: hidden, activation: 'relu' }).call(attended);
  const fed = dense({ units: width }).call(inner);
  const normalized = layers.layerNormalization().call(layers.add().call([attended, fed]));
  const mean = layers.globalAveragePooling1d().call(normalized);
  return model({ inputs: x, outputs: dense({ units: classes, activation: 'softmax' }).call(mean) });
}

const build: Record<WorkloadName, () => Model> = {
  mlp,
  'mlp-adam': mlp,
  lstm: () =>
    sequential([
      layers.input({ shape: [lstmSizes.steps], dtype: 'int32' }),
      layers.embedding({ inputDim: lstmSizes.words, outputDim: lstmSizes.embedding }),
      layers.lstm({ units: lstmSizes.units }),
      dense({ units: 1, activation: 'sigmoid' }),
    ]),
  transformer: encoderBlock,
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

export function makeModel({ name, optimizer, learningRate, momentum, classes }: Workload): Model {
  const model = build[name]();
  model.compile({
    optimizer:
      optimizer === 'adam'
        ? optimizers.adam({ learningRate })
        : optimizers.sgd({ learningRate, momentum }),
    loss: classes === 1 ? 'binaryCrossentropy' : 'categoricalCrossentropy',
  });
  return model;
}

export function array(data: Float32Array | Int32Array, shape: number[]) {
  return data instanceof Int32Array
    ? { data, shape, dtype: 'int32' as const }
    : { data, shape, dtype: 'float32' as const };
}

/** Trains on the batches in turn, one at a call. */
export function makeStep(model: Model, workload: Workload): Step {
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
