/**
 * How far a car goes on a gallon, from its weight. Least squares gives the best line in closed form;
 * gradient descent on the mean squared error, which is maximum likelihood under Gaussian noise, finds the
 * same one step by step. Then networks of five ReLU units bend the line: from the weight alone, and from
 * six features.
 */
import {
  layers,
  type NDArray,
  optimizers,
  StandardScaler,
  sequential,
  trainTestSplit,
} from 'nabla';
import { autoMpg } from 'nabla/datasets';
import { scatter } from '../src/charts/index.ts';
import type { Recipe } from '../src/node/recipe.ts';
import { prepare, resultOf, trainModel } from '../src/node/recipe-training.ts';

/** Slope and intercept of the line with the least squared error. */
function leastSquares(x: ArrayLike<number>, y: ArrayLike<number>) {
  const n = x.length;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += x[i] / n;
    meanY += y[i] / n;
  }
  let covariance = 0;
  let variance = 0;
  for (let i = 0; i < n; i++) {
    covariance += (x[i] - meanX) * (y[i] - meanY);
    variance += (x[i] - meanX) ** 2;
  }
  const slope = covariance / variance;
  return { slope, intercept: meanY - slope * meanX };
}

/** One column of a matrix, as [samples, 1]. */
function column({ data, shape }: NDArray, index: number): NDArray {
  const [samples, width] = shape;
  const values = Float32Array.from({ length: samples }, (_, i) => data[i * width + index]);
  return { data: values, shape: [samples, 1], dtype: 'float32' };
}

const line = () => sequential([layers.dense({ units: 1, inputShape: [1] })]);
const fiveUnits = (features: number) =>
  sequential([
    layers.dense({ units: 5, activation: 'relu', inputShape: [features] }),
    layers.dense({ units: 1 }),
  ]);

export const recipe: Recipe = {
  defaults: { epochs: 100, batchSize: 32, learningRate: 0.05, optimizer: 'adam' },
  optimizers: ['adam', 'sgd'],
  async run(context) {
    prepare(context);
    const { seed, learningRate, optimizer, batchSize } = context.options;
    const data = await autoMpg.load();
    const weight = column(data.x, data.featureNames.indexOf('weight'));
    const exact = leastSquares(weight.data, data.y.data);
    context.log(
      `Least squares: mpg = ${exact.intercept.toFixed(4)} ${exact.slope.toFixed(7)} * lbs`,
    );
    await context.run.writeText(
      'weight-mpg.svg',
      scatter({
        title: 'Fuel economy by weight',
        xLabel: 'weight (lbs)',
        yLabel: 'miles per gallon',
        groups: [{ name: 'cars', x: weight.data, y: data.y.data }],
        line: { ...exact, name: 'least squares' },
      }),
    );

    const rows: (string | number)[][] = [];
    let result: Awaited<ReturnType<Recipe['run']>> | undefined;
    for (const [name, title, x, build] of [
      ['line', 'a line through the weight', weight, line],
      ['weight-5', 'the weight, five hidden units', weight, () => fiveUnits(1)],
      ['features-5', 'all features, five hidden units', data.x, () => fiveUnits(data.x.shape[1])],
    ] as const) {
      if (context.stopRequested()) break;
      const [xTrain, xTest, yTrain, yTest] = trainTestSplit(x, data.y, { testSize: 0.2, seed });
      const scaler = new StandardScaler();
      const train = { x: scaler.fitTransform(xTrain), y: yTrain };
      const test = { x: scaler.transform(xTest), y: yTest };
      const model = build();
      model.compile({
        optimizer:
          optimizer === 'sgd'
            ? optimizers.sgd({ learningRate })
            : optimizers.adam({ learningRate }),
        loss: 'meanSquaredError',
        metrics: ['meanAbsoluteError'],
      });
      context.log(name);
      const trained = await trainModel(context, model, train, {
        name,
        title: `Miles per gallon from ${title}`,
        validationData: [test.x, test.y],
      });
      const tested = await model.evaluate(test.x, test.y, { batchSize });
      rows.push([
        name,
        model.countParams(),
        trained.logs.loss,
        tested.loss,
        tested.meanAbsoluteError,
      ]);
      if (name === 'line') await compareWithExact(context, model, scaler, exact);
      result = resultOf(model, trained, tested);
    }
    context.log('');
    context.table(['model', 'parameters', 'training MSE', 'test MSE', 'test MAE (mpg)'], rows);
    return result ?? { parameters: 0, epochs: 0, loss: Number.NaN, metrics: {}, interrupted: true };
  },
};

/** The line that gradient descent found, in the units of the data, beside the exact one. */
async function compareWithExact(
  context: Parameters<Recipe['run']>[0],
  model: ReturnType<typeof line>,
  scaler: StandardScaler,
  exact: { slope: number; intercept: number },
): Promise<void> {
  const [kernel, bias] = await model.getWeights();
  const slope = kernel.data[0] / scaler.scale[0];
  const intercept = bias.data[0] - slope * scaler.mean[0];
  context.table(
    ['line', 'intercept', 'slope'],
    [
      ['least squares, all cars', exact.intercept.toFixed(3), exact.slope.toFixed(6)],
      ['gradient descent, training part', intercept.toFixed(3), slope.toFixed(6)],
    ],
  );
}
