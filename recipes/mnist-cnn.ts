/**
 * Handwritten digits by a convolutional network: 32 and 64 kernels of 3 by 3, a maximum over 2 by 2 pixels,
 * 128 dense units and ten softmax outputs, with dropout behind the pooling and the dense layer. Adam, whose
 * rate falls to zero along half a cosine.
 *
 * Six epochs are enough for 99.2 % of the test images; the twelve of the default aim at 99.3 %.
 */
import { layers, optimizers, schedules, sequential } from 'nabla';
import { mnist } from 'nabla/datasets';
import type { Recipe, RecipeContext, RecipeResult } from '../src/node/recipe.ts';
import {
  countConfusion,
  type Labelled,
  prepare,
  resultOf,
  trainModel,
} from '../src/node/recipe-training.ts';
import { digitNames, saveMistakes } from './shared/digits.ts';

/** Trains on images [n, 28, 28, 1] with class numbers. */
export async function learn(
  context: RecipeContext,
  { train, test }: { train: Labelled; test: Labelled },
): Promise<RecipeResult> {
  const { batchSize = 64, learningRate = 0.001, optimizer, epochs: planned } = context.options;
  const model = sequential([
    layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.dropout({ rate: 0.25 }),
    layers.flatten(),
    layers.dense({ units: 128, activation: 'relu' }),
    layers.dropout({ rate: 0.5 }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ]);
  const falling = schedules.cosineDecay({
    initialLearningRate: learningRate,
    decaySteps: planned * Math.ceil(train.x.shape[0] / batchSize),
  });
  model.compile({
    optimizer:
      optimizer === 'sgd'
        ? optimizers.sgd({ learningRate: falling, momentum: 0.9 })
        : optimizers.adam({ learningRate: falling }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  model.summary({ print: context.log });

  const trained = await trainModel(context, model, train, {
    validationData: [test.x, test.y],
    validationBatchSize: 500,
  });
  const counts = await countConfusion(model, test, 10, 500);
  await context.run.saveConfusionMatrix(digitNames, counts, 'MNIST test images');
  const outputs = await (await model.predict(test.x, { batchSize: 500 })).ndarray();
  await saveMistakes(context, test, outputs);
  const tested = await model.evaluate(test.x, test.y, { batchSize: 500 });
  return resultOf(model, trained, tested);
}

export const recipe: Recipe = {
  defaults: { epochs: 12, batchSize: 64, learningRate: 0.001, optimizer: 'adam' },
  optimizers: ['adam', 'sgd'],
  async run(context) {
    prepare(context);
    return learn(context, await mnist.load({ flatten: false, oneHot: false }));
  },
};
