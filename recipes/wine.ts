/**
 * Two growers of wine from thirteen measurements. One sigmoid unit is logistic regression; hidden layers
 * of 3 and of 10 units follow, and the table compares the capacities.
 */

import type { NDArray } from 'nabla';
import { layers, optimizers, StandardScaler, sequential, trainTestSplit } from 'nabla';
import { wine } from 'nabla/datasets';
import type { Recipe } from '../src/node/recipe.ts';
import { countConfusion, prepare, resultOf, trainModel } from '../src/node/recipe-training.ts';

/** The wines of the first two growers, standardized, in a training and a test part. */
async function twoGrowers(seed: number) {
  const { x, y, targetNames } = await wine.load();
  const [features] = x.shape.slice(1);
  const samples = y.data.filter((label) => label < 2).length;
  const first: NDArray = {
    data: x.data.slice(0, samples * features),
    shape: [samples, features],
    dtype: 'float32',
  };
  const labels: NDArray = {
    data: Float32Array.from(y.data.slice(0, samples)),
    shape: [samples, 1],
    dtype: 'float32',
  };
  const [xTrain, xTest, yTrain, yTest] = trainTestSplit(first, labels, {
    testSize: 0.25,
    stratify: labels,
    seed,
  });
  const scaler = new StandardScaler();
  return {
    train: { x: scaler.fitTransform(xTrain), y: yTrain },
    test: { x: scaler.transform(xTest), y: yTest },
    features,
    names: targetNames.slice(0, 2),
  };
}

export const recipe: Recipe = {
  defaults: { epochs: 40, batchSize: 16, learningRate: 0.1, optimizer: 'sgd' },
  optimizers: ['sgd', 'adam'],
  async run(context) {
    prepare(context);
    const { batchSize = 16, learningRate, optimizer, seed } = context.options;
    const { train, test, features, names } = await twoGrowers(seed);
    const rows: (string | number)[][] = [];
    let result: Awaited<ReturnType<Recipe['run']>> | undefined;

    for (const hidden of [0, 3, 10]) {
      if (context.stopRequested()) break;
      const title = hidden === 0 ? 'logistic' : `hidden-${hidden}`;
      context.log(
        hidden === 0 ? 'One sigmoid unit: logistic regression' : `${hidden} hidden units`,
      );
      const model = sequential([
        layers.input({ shape: [features] }),
        ...(hidden > 0 ? [layers.dense({ units: hidden, activation: 'relu' })] : []),
        layers.dense({ units: 1, activation: 'sigmoid' }),
      ]);
      model.compile({
        optimizer:
          optimizer === 'adam'
            ? optimizers.adam({ learningRate })
            : optimizers.sgd({ learningRate }),
        loss: 'binaryCrossentropy',
        metrics: ['accuracy'],
      });
      const trained = await trainModel(context, model, train, {
        name: title,
        title: hidden === 0 ? 'Wine, logistic regression' : `Wine, ${hidden} hidden units`,
        validationData: [test.x, test.y],
      });
      const tested = await model.evaluate(test.x, test.y, { batchSize });
      rows.push([title, model.countParams(), trained.logs.loss, tested.loss, tested.accuracy]);
      await context.run.saveConfusionMatrix(
        names,
        await countConfusion(model, test, 2, batchSize),
        `Wine, ${title}`,
        `-${title}`,
      );
      result = resultOf(model, trained, tested);
    }
    context.log('');
    context.table(['network', 'parameters', 'training loss', 'test loss', 'test accuracy'], rows);
    return result ?? { parameters: 0, epochs: 0, loss: Number.NaN, metrics: {}, interrupted: true };
  },
};
