import { argMaxOf } from '../../graph/arg-max.ts';
import { fail } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { flattenNested, type NestedArray } from '../../tensor/tensor.ts';

/** What a classifier got right and wrong, class by class, from arrays on the host. */

/** Class numbers [n], or one value a class [n, classes], of which the largest counts. */
export type ClassArray = NDArray | NestedArray | ArrayLike<number>;

function toArray(values: ClassArray): { data: ArrayLike<number>; shape: readonly number[] } {
  if (ArrayBuffer.isView(values)) {
    const data = values as unknown as ArrayLike<number>;
    return { data, shape: [data.length] };
  }
  if (typeof values === 'object' && 'shape' in values) return values;
  const { flat, shape } = flattenNested(values as NestedArray);
  return { data: flat.map(Number), shape };
}

/** Class numbers; of one column those above 1/2 are class 1. */
function toClasses(operation: string, what: string, values: ClassArray): number[] {
  const { data, shape } = toArray(values);
  if (shape.length === 0 || shape.length > 2) {
    fail(operation, `${what} have ${shape.length} axes; expected [samples] or [samples, classes]`);
  }
  const width = shape[1] ?? 1;
  const rows = Array.from({ length: shape[0] }, (_, i) => i * width);
  if (width > 1) {
    return rows.map((start) => argMaxOf(data, start, width));
  }
  const whole = Array.prototype.every.call(data, Number.isInteger);
  return rows.map((i) => (whole ? data[i] : Number(data[i] > 0.5)));
}

export interface ConfusionMatrixOptions {
  /** Number of classes; one more than the largest class number by default. */
  readonly numClasses?: number;
  /** What each sample counts; 1 by default. */
  readonly weights?: ArrayLike<number>;
}

/**
 * How often each class was taken for each: row i, column j counts the samples of class i that were
 * predicted as class j. Labels and predictions are class numbers, one-hot rows or rows of probabilities;
 * single probabilities count as class 1 above 1/2.
 */
export function confusionMatrix(
  labels: ClassArray,
  predictions: ClassArray,
  { numClasses, weights }: ConfusionMatrixOptions = {},
): number[][] {
  const truth = toClasses('confusionMatrix', 'labels', labels);
  const guess = toClasses('confusionMatrix', 'predictions', predictions);
  if (truth.length !== guess.length) {
    fail(
      'confusionMatrix',
      `received ${truth.length} labels and ${guess.length} predictions; expected one prediction for each label`,
    );
  }
  if (weights && weights.length !== truth.length) {
    fail(
      'confusionMatrix',
      `received ${weights.length} weights for ${truth.length} samples; expected one for each`,
    );
  }
  const widths = [labels, predictions].map((x) => toArray(x).shape[1] ?? 0);
  let largest = Math.max(...widths) - 1;
  for (const c of [...truth, ...guess]) largest = Math.max(largest, c);
  const classes = numClasses ?? largest + 1;
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    for (const c of [truth[i], guess[i]]) {
      if (!(Number.isInteger(c) && c >= 0 && c < classes)) {
        fail(
          'confusionMatrix',
          `sample ${i} has the class ${c}; expected whole numbers from 0 to ${classes - 1}`,
        );
      }
    }
    matrix[truth[i]][guess[i]] += weights ? weights[i] : 1;
  }
  return matrix;
}

export interface ClassScores {
  readonly name: string;
  /** The share of the predictions of this class that are right; 0 where there are none. */
  readonly precision: number;
  /** The share of the samples of this class that are found; 0 where there are none. */
  readonly recall: number;
  /** The harmonic mean of both. */
  readonly f1: number;
  /** How many samples (or what weight of them) the class has. */
  readonly support: number;
}

/** Precision, recall and F1 of each class and their means, as scikit-learn reports them. */
export interface ClassificationReport {
  readonly classes: readonly ClassScores[];
  /** The share of all samples that are right. */
  readonly accuracy: number;
  /** The plain mean of the classes. */
  readonly macroAverage: ClassScores;
  /** The mean of the classes by their support. */
  readonly weightedAverage: ClassScores;
  readonly confusionMatrix: readonly (readonly number[])[];
  /** The report as a table. */
  toString(): string;
}

export interface ClassificationReportOptions extends ConfusionMatrixOptions {
  /** Names of the classes; their numbers by default. */
  readonly classNames?: readonly string[];
  /** Digits behind the point in the table. */
  readonly digits?: number;
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function averageOf(
  name: string,
  classes: readonly ClassScores[],
  weightOf: (c: ClassScores) => number,
): ClassScores {
  const weights = classes.map(weightOf);
  const over = (value: (c: ClassScores) => number) =>
    ratio(sum(classes.map((c, i) => value(c) * weights[i])), sum(weights));
  return {
    name,
    precision: over((c) => c.precision),
    recall: over((c) => c.recall),
    f1: over((c) => c.f1),
    support: sum(classes.map((c) => c.support)),
  };
}

function table(report: Omit<ClassificationReport, 'toString'>, digits: number): string {
  const number = (v: number) => v.toFixed(digits);
  const support = (v: number) => (Number.isInteger(v) ? String(v) : number(v));
  const row = (c: ClassScores) => [
    c.name,
    number(c.precision),
    number(c.recall),
    number(c.f1),
    support(c.support),
  ];
  const { macroAverage, weightedAverage, accuracy } = report;
  const accuracyRow = ['accuracy', '', '', number(accuracy), support(macroAverage.support)];
  const cells = [
    ['', 'precision', 'recall', 'f1', 'support'],
    ...report.classes.map(row),
    accuracyRow,
    row(macroAverage),
    row(weightedAverage),
  ];
  const widths = cells[0].map((_, k) => Math.max(...cells.map((line) => line[k].length)));
  const lines = cells.map((line) => line.map((text, k) => text.padStart(widths[k])).join('  '));
  const blankAfter = new Set([0, report.classes.length]);
  return lines.flatMap((line, i) => (blankAfter.has(i) ? [line, ''] : [line])).join('\n');
}

/**
 * Precision, recall, F1 and support of each class, with averages. Takes what {@link confusionMatrix}
 * takes. `String(report)` is a table.
 */
export function classificationReport(
  labels: ClassArray,
  predictions: ClassArray,
  { classNames, digits = 2, ...options }: ClassificationReportOptions = {},
): ClassificationReport {
  const matrix = confusionMatrix(labels, predictions, {
    numClasses: classNames?.length,
    ...options,
  });
  if (classNames && classNames.length !== matrix.length) {
    fail(
      'classificationReport',
      `received ${classNames.length} names for ${matrix.length} classes; pass one each`,
    );
  }
  const classes = matrix.map((row, i): ClassScores => {
    const hits = row[i];
    const support = sum(row);
    const predicted = sum(matrix.map((r) => r[i]));
    return {
      name: classNames?.[i] ?? String(i),
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, predicted + support),
      support,
    };
  });
  const total = sum(classes.map((c) => c.support));
  const report = {
    classes,
    accuracy: ratio(sum(matrix.map((row, i) => row[i])), total),
    macroAverage: averageOf('macro average', classes, () => 1),
    weightedAverage: averageOf('weighted average', classes, (c) => c.support),
    confusionMatrix: matrix,
  };
  return { ...report, toString: () => table(report, digits) };
}
