/**
 * Setosa or versicolor, from the length and width of the sepals alone: first by one unit with a hard
 * sigmoid, which draws a straight line between the two, then by a network of 12, 6 and 1 units.
 */

import type { NDArray } from 'nabla';
import { layers, optimizers, StandardScaler, sequential, trainTestSplit } from 'nabla';
import { iris } from 'nabla/datasets';
import type { Recipe } from '../src/node/recipe.ts';
import { countConfusion, prepare, resultOf, trainModel } from '../src/node/recipe-training.ts';

/** The first two features of the first hundred flowers; 0 is setosa, 1 versicolor. */
async function sepals(seed: number) {
  const { x, y, targetNames } = await iris.load();
  const data = new Float32Array(200);
  for (let i = 0; i < 100; i++) data.set(x.data.subarray(i * 4, i * 4 + 2), i * 2);
  const features: NDArray = { data, shape: [100, 2], dtype: 'float32' };
  const labels: NDArray = {
    data: Float32Array.from(y.data.slice(0, 100)),
    shape: [100, 1],
    dtype: 'float32',
  };
  const [xTrain, xTest, yTrain, yTest] = trainTestSplit(features, labels, {
    testSize: 0.2,
    stratify: labels,
    seed,
  });
  const scaler = new StandardScaler();
  return {
    train: { x: scaler.fitTransform(xTrain), y: yTrain },
    test: { x: scaler.transform(xTest), y: yTest },
    names: targetNames.slice(0, 2),
  };
}

export const recipe: Recipe = {
  defaults: { epochs: 50, batchSize: 10, learningRate: 0.1, optimizer: 'sgd' },
  optimizers: ['sgd', 'adam'],
  async run(context) {
    prepare(context);
    const { batchSize = 10, learningRate, optimizer, seed } = context.options;
    const { train, test, names } = await sepals(seed);
    const perceptron = sequential([
      layers.dense({ units: 1, activation: 'hardSigmoid', inputShape: [2] }),
    ]);
    const network = sequential([
      layers.dense({ units: 12, activation: 'relu', inputShape: [2] }),
      layers.dense({ units: 6, activation: 'relu' }),
      layers.dense({ units: 1, activation: 'sigmoid' }),
    ]);
    const rows: (string | number)[][] = [];
    let result: Awaited<ReturnType<Recipe['run']>> | undefined;
    for (const [title, model, loss] of [
      ['perceptron', perceptron, 'meanSquaredError'],
      ['network-12-6-1', network, 'binaryCrossentropy'],
    ] as const) {
      if (context.stopRequested()) break;
      context.log(title);
      model.compile({
        optimizer:
          optimizer === 'adam'
            ? optimizers.adam({ learningRate })
            : optimizers.sgd({ learningRate, momentum: 0.9 }),
        loss,
        metrics: ['accuracy'],
      });
      const trained = await trainModel(context, model, train, {
        name: title,
        title: `Iris sepals, ${title}`,
        validationData: [test.x, test.y],
      });
      const tested = await model.evaluate(test.x, test.y, { batchSize });
      rows.push([title, model.countParams(), trained.logs.accuracy, tested.accuracy]);
      await context.run.saveConfusionMatrix(
        names,
        await countConfusion(model, test, 2, batchSize),
        `Iris sepals, ${title}`,
        `-${title}`,
      );
      result = resultOf(model, trained, tested);
    }
    context.log('');
    context.table(['model', 'parameters', 'training accuracy', 'test accuracy'], rows);
    return result ?? { parameters: 0, epochs: 0, loss: Number.NaN, metrics: {}, interrupted: true };
  },
};
