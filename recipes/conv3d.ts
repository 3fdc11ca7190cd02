/**
 * Solids in space: balls, boxes, rings and crosses of different sizes at different places, in volumes of 12 by
 * 12 by 12 cells with noise, told apart by convolutions in three dimensions. The data is made on the fly.
 */
import { layers, type NDArray, optimizers, sequential } from 'nabla';
import { imageGrid } from '../src/charts/index.ts';
import { fillUniform } from '../src/graph/random.ts';
import type { Recipe, RecipeContext, RecipeResult } from '../src/node/recipe.ts';
import {
  countConfusion,
  type Labelled,
  prepare,
  resultOf,
  trainModel,
} from '../src/node/recipe-training.ts';
import { bestClasses } from './shared/digits.ts';

/** Cells along each edge of a volume. */
const SIZE = 12;
const CELLS = SIZE ** 3;

/** Whether a cell, seen from the middle of a solid, belongs to it; `r` is the solid's size. */
const solids: Record<string, (x: number, y: number, z: number, r: number) => boolean> = {
  ball: (x, y, z, r) => x * x + y * y + z * z <= r * r,
  box: (x, y, z, r) => Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) <= 0.8 * r,
  ring: (x, y, z, r) => (Math.hypot(x, y) - r) ** 2 + z * z <= 1.7,
  cross: (x, y, z, r) => {
    const [, middle, long] = [Math.abs(x), Math.abs(y), Math.abs(z)].sort((a, b) => a - b);
    return middle <= 0.8 && long <= 1.25 * r;
  },
};
const names = Object.keys(solids);

/** Volumes [count, 12, 12, 12, 1] with class numbers, the same for the same seed. */
export function makeSolids(count: number, seed: number): Labelled {
  const data = new Float32Array(count * CELLS);
  const labels = Int32Array.from({ length: count }, (_, i) => i % names.length);
  const draws = new Float32Array(CELLS + 4);
  for (let i = 0; i < count; i++) {
    fillUniform(seed, i, draws);
    const radius = 2.6 + 1.4 * draws[CELLS];
    const room = (SIZE - 1) / 2 - radius;
    const middle = [1, 2, 3].map((k) => (SIZE - 1) / 2 + (2 * draws[CELLS + k] - 1) * room);
    const inside = solids[names[labels[i]]];
    for (let cell = 0; cell < CELLS; cell++) {
      const x = cell % SIZE;
      const y = Math.floor(cell / SIZE) % SIZE;
      const z = Math.floor(cell / (SIZE * SIZE));
      const solid = inside(x - middle[0], y - middle[1], z - middle[2], radius);
      data[i * CELLS + cell] = (solid ? 0.7 : 0) + 0.6 * (draws[cell] - 0.5);
    }
  }
  return {
    x: { data, shape: [count, SIZE, SIZE, SIZE, 1], dtype: 'float32' },
    y: { data: labels, shape: [count], dtype: 'int32' },
  };
}

/** The brightest cell along each line of sight from above: what a solid looks like. */
function seenFromAbove({ data }: NDArray, index: number): Float32Array {
  const seen = new Float32Array(SIZE * SIZE).fill(Number.NEGATIVE_INFINITY);
  for (let cell = 0; cell < CELLS; cell++) {
    const at = cell % (SIZE * SIZE);
    seen[at] = Math.max(seen[at], data[index * CELLS + cell]);
  }
  return seen;
}

export async function learn(
  context: RecipeContext,
  { train, test }: { train: Labelled; test: Labelled },
): Promise<RecipeResult> {
  const { batchSize = 32, learningRate, optimizer } = context.options;
  const model = sequential([
    layers.conv3d({
      filters: 8,
      kernelSize: 3,
      activation: 'relu',
      inputShape: [SIZE, SIZE, SIZE, 1],
    }),
    layers.maxPooling3d({ poolSize: 2 }),
    layers.conv3d({ filters: 16, kernelSize: 3, activation: 'relu' }),
    layers.flatten(),
    layers.dense({ units: 32, activation: 'relu' }),
    layers.dense({ units: names.length, activation: 'softmax' }),
  ]);
  model.compile({
    optimizer:
      optimizer === 'sgd'
        ? optimizers.sgd({ learningRate, momentum: 0.9 })
        : optimizers.adam({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  model.summary({ print: context.log });
  const trained = await trainModel(context, model, train, {
    validationData: [test.x, test.y],
  });
  const counts = await countConfusion(model, test, names.length, batchSize);
  await context.run.saveConfusionMatrix(names, counts, 'Solids, test part');
  const predicted = bestClasses(await (await model.predict(test.x, { batchSize })).ndarray());
  const shown = Math.min(24, predicted.length);
  await context.run.writeText(
    'solids.svg',
    imageGrid({
      title: 'Test volumes seen from above, and what they are taken for',
      images: Array.from({ length: shown }, (_, i) => ({
        pixels: seenFromAbove(test.x, i),
        caption: names[predicted[i]],
        outcome: predicted[i] === test.y.data[i] ? ('right' as const) : ('wrong' as const),
      })),
      imageHeight: SIZE,
      imageWidth: SIZE,
      columns: 8,
    }),
  );
  const tested = await model.evaluate(test.x, test.y, { batchSize });
  return resultOf(model, trained, tested);
}

export const recipe: Recipe = {
  defaults: { epochs: 15, batchSize: 32, learningRate: 0.002, optimizer: 'adam' },
  optimizers: ['adam', 'sgd'],
  async run(context) {
    prepare(context);
    const { seed } = context.options;
    return learn(context, { train: makeSolids(1600, seed), test: makeSolids(400, seed + 1) });
  },
};
