/** What a classifier got right and wrong, from the targets and the outputs that a command has. */
import type { NDArray } from '../graph/ndarray.ts';
import { type ClassificationReport, classificationReport } from '../nn/metrics/report.ts';

export type ClassScores = Pick<ClassificationReport, 'classes' | 'confusionMatrix'>;

/** Rows whose targets say nothing: a mean over them would only hide the others. */
const isClasses = ({ data }: NDArray): boolean => data.every((v) => Number.isInteger(v) && v >= 0);

/** One number a sample as one axis. */
const flat = (array: NDArray): NDArray =>
  array.shape.length === 2 && array.shape[1] === 1 ? { ...array, shape: [array.shape[0]] } : array;

/**
 * The scores of each class; undefined where targets or outputs are not classes: of a single output those
 * above 1/2 are class 1. `names` are taken if there is one for each class.
 */
export function scoreClasses(
  targets: NDArray,
  outputs: NDArray,
  names: readonly string[],
): ClassScores | undefined {
  const truth = flat(targets);
  const guess = flat(outputs);
  if (truth.shape.length > 2 || guess.shape.length > 2 || !isClasses(truth)) return undefined;
  const width = guess.shape[1] ?? 2;
  if (truth.shape.length === 2 && truth.shape[1] !== width) return undefined;
  // Every row has one class: several ones in a row are labels of their own.
  if (truth.shape.length === 2) {
    for (let row = 0; row < truth.shape[0]; row++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += truth.data[row * width + k];
      if (sum !== 1) return undefined;
    }
  } else if (truth.data.some((c) => c >= width)) return undefined;
  // A single output is a probability even if all of them happen to be whole numbers.
  const predictions =
    guess.shape.length === 1
      ? { ...guess, data: Int32Array.from(guess.data, (v) => Number(v > 0.5)) }
      : guess;
  const { classes, confusionMatrix } = classificationReport(truth, predictions as NDArray, {
    numClasses: width,
    ...(names.length === width ? { classNames: names } : {}),
  });
  return { classes, confusionMatrix };
}
