/**
 * Airline passengers of twelve years, month by month, by an LSTM (Hochreiter and Schmidhuber 1997). What is
 * learned is the growth from one month to the next (the difference of logarithms) from the growth of the
 * twelve months before; the last two years are kept for testing. There the network predicts each month from
 * the true ones before it, and, more daring, all 24 from nothing but its own predictions.
 */
import { layers, type NDArray, optimizers, sequential } from 'nabla';
import { airlinePassengers } from 'nabla/datasets';
import { lineChart } from '../src/charts/index.ts';
import type { Recipe } from '../src/node/recipe.ts';
import { prepare, splitLogs, trainModel } from '../src/node/recipe-training.ts';

/** Months that a prediction looks back on, and months that are kept for testing. */
const LOOK_BACK = 12;
const TESTED = 24;

/** Growth to each month from the one before; without the first month, which has none before it. */
function growthOf(passengers: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: passengers.length - 1 }, (_, i) =>
    Math.log(passengers[i + 1] / passengers[i]),
  );
}

/** Each stretch of LOOK_BACK numbers with the number that follows it. */
function windows(growth: Float32Array, from: number, to: number): { x: NDArray; y: NDArray } {
  const samples = to - from;
  const x = new Float32Array(samples * LOOK_BACK);
  for (let i = 0; i < samples; i++) {
    x.set(growth.subarray(from + i - LOOK_BACK, from + i), i * LOOK_BACK);
  }
  return {
    x: { data: x, shape: [samples, LOOK_BACK, 1], dtype: 'float32' },
    y: { data: growth.slice(from, to), shape: [samples, 1], dtype: 'float32' },
  };
}

/** Mean of the absolute differences. */
function meanError(actual: ArrayLike<number>, predicted: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < actual.length; i++) sum += Math.abs(actual[i] - predicted[i]);
  return sum / actual.length;
}

export const recipe: Recipe = {
  defaults: { epochs: 150, batchSize: 16, learningRate: 0.003, optimizer: 'adam' },
  optimizers: ['adam', 'sgd'],
  async run(context) {
    prepare(context);
    const { learningRate, optimizer } = context.options;
    const { values } = await airlinePassengers.load();
    const passengers = values.data;
    const months = passengers.length;
    // growth[i] leads from month i to month i + 1.
    const raw = growthOf(passengers);
    const firstTested = months - TESTED - 1;
    // Standardized with what is known before the test begins.
    const known = raw.subarray(0, firstTested);
    const mean = known.reduce((a, b) => a + b) / known.length;
    const deviation = Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / known.length);
    const growth = raw.map((g) => (g - mean) / deviation);
    const train = windows(growth, LOOK_BACK, firstTested);
    const test = windows(growth, firstTested, growth.length);

    const model = sequential([
      layers.lstm({ units: 32, inputShape: [LOOK_BACK, 1] }),
      layers.dense({ units: 1 }),
    ]);
    model.compile({
      optimizer:
        optimizer === 'sgd'
          ? optimizers.sgd({ learningRate, momentum: 0.9 })
          : optimizers.adam({ learningRate }),
      loss: 'meanSquaredError',
    });
    model.summary({ print: context.log });
    const { epochs, logs, interrupted } = await trainModel(context, model, train, {
      validationData: [test.x, test.y],
    });

    const actual = passengers.subarray(months - TESTED);
    const step = (before: number, standardized: number): number =>
      before * Math.exp(standardized * deviation + mean);
    const predictions = await (await model.predict(test.x)).data();
    const oneAhead = Array.from(predictions as Float32Array, (g, i) =>
      step(passengers[months - TESTED + i - 1], g),
    );
    const own = Array.from(growth.subarray(firstTested - LOOK_BACK, firstTested));
    const allAhead: number[] = [];
    for (let i = 0; i < TESTED; i++) {
      const x = Float32Array.from(own.slice(-LOOK_BACK));
      const next = await model.predict({ data: x, shape: [1, LOOK_BACK, 1], dtype: 'float32' });
      const [g] = await next.data();
      own.push(g);
      allAhead.push(step(allAhead.at(-1) ?? passengers[months - TESTED - 1], g));
    }
    const lastYear = passengers.subarray(months - TESTED - 12, months - 12);
    const errors = {
      'each month from the true ones before': meanError(actual, oneAhead),
      'two years from nothing but itself': meanError(actual, allAhead),
      'the same month of the year before': meanError(actual, lastYear),
    };

    const year = (month: number): number => 1949 + month / 12;
    const tested = Array.from({ length: TESTED }, (_, i) => year(months - TESTED + i));
    await context.run.writeText(
      'forecast.svg',
      lineChart({
        title: 'Airline passengers, thousands a month',
        xLabel: 'year',
        yLabel: 'passengers',
        series: [
          {
            name: 'counted',
            x: Array.from(passengers, (_, i) => year(i)),
            y: passengers,
          },
          { name: 'each month from those before', x: tested, y: oneAhead },
          { name: 'two years ahead', x: tested, y: allAhead, dashed: true },
        ],
        mark: { x: tested[0], text: 'never seen in training' },
      }),
    );
    await context.run.writeCsv(
      'forecast.csv',
      ['month', 'counted', 'from the months before', 'two years ahead'],
      Array.from(actual, (value, i) => [tested[i].toFixed(3), value, oneAhead[i], allAhead[i]]),
    );
    context.log('');
    context.table(['prediction of 24 months', 'mean error (thousands)'], Object.entries(errors));
    const evaluated = await model.evaluate(test.x, test.y);
    return {
      parameters: model.countParams(),
      epochs,
      loss: logs.loss ?? evaluated.loss,
      metrics: {
        ...splitLogs(logs),
        test: {
          loss: evaluated.loss,
          mean_error: errors['each month from the true ones before'],
          mean_error_two_years: errors['two years from nothing but itself'],
        },
      },
      interrupted,
    };
  },
};
