/**
 * The lecture's network for handwritten digits: 784 pixels, three hidden layers of 1,024 ReLU units, ten
 * softmax outputs; stochastic gradient descent with momentum on the categorical cross entropy. The ten
 * thousand test images validate each epoch.
 */
import { layers, optimizers, sequential } from 'nabla';
import { mnist } from 'nabla/datasets';
import type { Recipe } from '../src/node/recipe.ts';
import { countConfusion, prepare, resultOf, trainModel } from '../src/node/recipe-training.ts';
import { digitNames } from './shared/digits.ts';

export const recipe: Recipe = {
  defaults: { epochs: 5, batchSize: 100, learningRate: 0.01, optimizer: 'sgd' },
  optimizers: ['sgd', 'adam'],
  async run(context) {
    prepare(context);
    const { batchSize = 100, learningRate, optimizer } = context.options;
    const { train, test } = await mnist.load();

    const model = sequential([
      layers.dense({ units: 1024, activation: 'relu', inputShape: [784] }),
      layers.dense({ units: 1024, activation: 'relu' }),
      layers.dense({ units: 1024, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ]);
    model.compile({
      optimizer:
        optimizer === 'adam'
          ? optimizers.adam({ learningRate })
          : optimizers.sgd({ learningRate, momentum: 0.9 }),
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    model.summary({ print: context.log });

    const trained = await trainModel(context, model, train, {
      validationData: [test.x, test.y],
    });
    const counts = await countConfusion(model, test, 10, batchSize);
    await context.run.saveConfusionMatrix(digitNames, counts, 'MNIST test images');
    const tested = await model.evaluate(test.x, test.y, { batchSize });
    return resultOf(model, trained, tested);
  },
};
