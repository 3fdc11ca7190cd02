/**
 * Three kinds of iris from four lengths: one hidden layer and a softmax. The first layer standardizes the
 * features with the training part's mean and deviation, so that the saved model takes lengths in
 * centimetres; a quarter of the flowers is kept for testing.
 */
import { layers, optimizers, sequential, toCategorical, trainTestSplit } from 'nabla';
import { iris } from 'nabla/datasets';
import type { Recipe } from '../src/node/recipe.ts';
import { countConfusion, prepare, resultOf, trainModel } from '../src/node/recipe-training.ts';

export const recipe: Recipe = {
  defaults: { epochs: 60, batchSize: 16, learningRate: 0.02, optimizer: 'adam' },
  optimizers: ['adam', 'sgd'],
  async run(context) {
    prepare(context);
    const { batchSize = 16, learningRate, optimizer, seed } = context.options;
    const data = await iris.load();
    const [xTrain, xTest, yTrain, yTest] = trainTestSplit(data.x, data.y, {
      testSize: 0.25,
      stratify: data.y,
      seed,
    });
    const train = { x: xTrain, y: toCategorical(yTrain, 3) };
    const test = { x: xTest, y: toCategorical(yTest, 3) };

    const standardize = layers.normalization({ inputShape: [4] });
    await standardize.adapt(xTrain);
    const model = sequential([
      standardize,
      layers.dense({ units: 10, activation: 'relu' }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ]);
    model.compile({
      optimizer:
        optimizer === 'sgd'
          ? optimizers.sgd({ learningRate, momentum: 0.9 })
          : optimizers.adam({ learningRate }),
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    model.summary({ print: context.log });

    const trained = await trainModel(context, model, train, {
      validationData: [test.x, test.y],
    });
    const counts = await countConfusion(model, test, 3, batchSize);
    await context.run.saveConfusionMatrix(data.targetNames, counts, 'Iris, test part');
    const tested = await model.evaluate(test.x, test.y, { batchSize });
    return resultOf(model, trained, tested);
  },
};
