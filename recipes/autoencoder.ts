/**
 * A dense autoencoder (Hinton and Salakhutdinov 2006): digits of 784 pixels are squeezed into 32 numbers and
 * drawn again from those. What it cannot draw, it has not learned.
 */
import { layers, optimizers, sequential } from 'nabla';
import { mnist } from 'nabla/datasets';
import { imageGrid } from '../src/charts/index.ts';
import type { Recipe, RecipeContext, RecipeResult } from '../src/node/recipe.ts';
import { type Labelled, prepare, resultOf, trainModel } from '../src/node/recipe-training.ts';
import { firstRows } from './shared/digits.ts';

/** Numbers that stand for a digit. */
const CODE = 32;

/** Trains on images [n, 784]. */
export async function learn(
  context: RecipeContext,
  { train, test }: { train: Pick<Labelled, 'x'>; test: Pick<Labelled, 'x'> },
): Promise<RecipeResult> {
  const { learningRate, optimizer } = context.options;
  const model = sequential([
    layers.dense({ units: 128, activation: 'relu', inputShape: [784] }),
    layers.dense({ units: CODE, activation: 'relu', name: 'code' }),
    layers.dense({ units: 128, activation: 'relu' }),
    layers.dense({ units: 784, activation: 'sigmoid' }),
  ]);
  model.compile({
    optimizer:
      optimizer === 'sgd'
        ? optimizers.sgd({ learningRate, momentum: 0.9 })
        : optimizers.adam({ learningRate }),
    loss: 'binaryCrossentropy',
    metrics: ['meanSquaredError'],
  });
  model.summary({ print: context.log });
  const trained = await trainModel(
    context,
    model,
    { x: train.x, y: train.x },
    { validationData: [test.x, test.x], validationBatchSize: 500 },
  );

  const shown = firstRows(test.x, 10);
  const drawn = await (await model.predict(shown)).ndarray();
  const images = [shown, drawn].flatMap(({ data, shape }) =>
    Array.from({ length: shape[0] }, (_, i) => ({
      pixels: data.subarray(i * 784, (i + 1) * 784),
    })),
  );
  await context.run.writeText(
    'reconstructions.svg',
    imageGrid({
      title: `Test digits, and what ${CODE} numbers keep of them`,
      images,
      imageHeight: 28,
      imageWidth: 28,
      columns: shown.shape[0],
      rowLabels: ['digit', 'drawn again'],
    }),
  );
  const tested = await model.evaluate(test.x, test.x, { batchSize: 500 });
  return resultOf(model, trained, tested);
}

export const recipe: Recipe = {
  defaults: { epochs: 10, batchSize: 128, learningRate: 0.001, optimizer: 'adam' },
  optimizers: ['adam', 'sgd'],
  async run(context) {
    prepare(context);
    return learn(context, await mnist.load());
  },
};
