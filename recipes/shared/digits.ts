/** What the recipes on handwritten digits share. */
import type { NDArray } from 'nabla';
import { imageGrid } from '../../src/charts/index.ts';
import { argMaxOf } from '../../src/graph/arg-max.ts';
import type { RecipeContext } from '../../src/node/recipe.ts';
import type { Labelled } from '../../src/node/recipe-training.ts';

export const digitNames = Array.from({ length: 10 }, (_, i) => String(i));

/** The first rows of an array, sharing its memory. */
export function firstRows({ data, shape, dtype }: NDArray, count: number): NDArray {
  const rows = Math.min(count, shape[0]);
  const width = data.length / shape[0];
  return { data: data.subarray(0, rows * width), shape: [rows, ...shape.slice(1)], dtype };
}

/** The class with the largest score in each row. */
export function bestClasses({ data, shape }: NDArray): Int32Array {
  const [rows, classes] = shape;
  return Int32Array.from({ length: rows }, (_, i) => argMaxOf(data, i * classes, classes));
}

/** mistakes.svg: test images that were taken for another digit, the most certain mistakes first. */
export async function saveMistakes(
  context: RecipeContext,
  { x, y }: Labelled,
  probabilities: NDArray,
  count = 30,
): Promise<number> {
  const predicted = bestClasses(probabilities);
  const wrong = [...predicted.keys()].filter((i) => predicted[i] !== y.data[i]);
  const certainty = (i: number) => probabilities.data[i * 10 + predicted[i]];
  wrong.sort((a, b) => certainty(b) - certainty(a));
  const pixels = x.data.length / x.shape[0];
  const images = wrong.slice(0, count).map((i) => ({
    pixels: x.data.subarray(i * pixels, (i + 1) * pixels),
    caption: `${y.data[i]} taken for ${predicted[i]}`,
    outcome: 'wrong' as const,
  }));
  if (images.length > 0) {
    const title = `${wrong.length} of ${predicted.length} test digits are taken for another`;
    await context.run.writeText(
      'mistakes.svg',
      imageGrid({ title, images, imageHeight: 28, imageWidth: 28, columns: 6, size: 96 }),
    );
  }
  return wrong.length;
}
