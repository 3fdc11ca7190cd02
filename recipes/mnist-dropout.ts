/**
 * A small network against overfitting: 128 ReLU units, of which dropout silences a fifth at each step,
 * and ten outputs that are scores (logits); the loss turns them into probabilities. Labels are class
 * numbers, so the cross entropy is the sparse one. Adam.
 */
import { layers, losses, optimizers, sequential } from 'nabla';
import { mnist } from 'nabla/datasets';
import type { Recipe } from '../src/node/recipe.ts';
import { countConfusion, prepare, resultOf, trainModel } from '../src/node/recipe-training.ts';
import { digitNames } from './shared/digits.ts';

export const recipe: Recipe = {
  defaults: { epochs: 5, batchSize: 32, learningRate: 0.001, optimizer: 'adam' },
  optimizers: ['adam', 'sgd'],
  async run(context) {
    prepare(context);
    const { batchSize = 32, learningRate, optimizer } = context.options;
    const { train, test } = await mnist.load({ flatten: false, oneHot: false });

    const model = sequential([
      layers.flatten({ inputShape: [28, 28, 1] }),
      layers.dense({ units: 128, activation: 'relu' }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 10 }),
    ]);
    model.compile({
      optimizer:
        optimizer === 'sgd' ? optimizers.sgd({ learningRate }) : optimizers.adam({ learningRate }),
      loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
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
