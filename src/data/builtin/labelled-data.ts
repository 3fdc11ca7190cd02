/** The forms in which the built-in data sets are handed out, and their making from compact text. */
import type { NDArray } from '../../graph/ndarray.ts';
import { classLabels } from '../labelled-images.ts';
import type { Table } from '../table.ts';

export interface LabelledData {
  /** float32, one row for each example. */
  x: NDArray;
  /** Classes: int32 [n], or one-hot float32 [n, classes]. Regression: float32 [n, 1]. */
  y: NDArray;
  /** One name for each column of x (for images, each pixel). */
  featureNames: readonly string[];
  /** Classes: their names in the order of their numbers. Regression: what y is. */
  targetNames: readonly string[];
}

export interface LabelledOptions {
  /** True: y is one-hot, float32 [n, classes]; false (the default): class numbers, int32 [n]. */
  oneHot?: boolean;
}

/** Data with text and missing values, which `table` shows whole; x and y are its columns that are numbers. */
export interface TabularData extends LabelledData {
  table: Table;
}

export interface TimeSeries {
  /** float32 [n], one value for each step of time. */
  values: NDArray;
  /** When each value was taken, ISO 8601. */
  times: readonly string[];
}

/** Lines of comma-separated numbers, the last one of each line the class. */
export function labelledData(
  text: string,
  featureNames: readonly string[],
  targetNames: readonly string[],
  options: LabelledOptions,
): LabelledData {
  const { x, last } = splitLastColumn(text, featureNames.length);
  return withLabels(x, last, featureNames, targetNames, options);
}

/** Lines of comma-separated numbers, the last one of each line the value to predict. */
export function regressionData(
  text: string,
  featureNames: readonly string[],
  targetNames: readonly string[],
): LabelledData {
  const { x, last } = splitLastColumn(text, featureNames.length);
  return {
    x,
    y: { data: last, shape: [last.length, 1], dtype: 'float32' },
    featureNames,
    targetNames,
  };
}

export function withLabels(
  x: NDArray,
  labels: ArrayLike<number>,
  featureNames: readonly string[],
  targetNames: readonly string[],
  { oneHot = false }: LabelledOptions,
): LabelledData {
  const y = classLabels(Uint8Array.from(labels), targetNames.length, oneHot);
  return { x, y, featureNames, targetNames };
}

export function timeSeries(values: readonly number[], timeOf: (i: number) => string): TimeSeries {
  return {
    values: { data: Float32Array.from(values), shape: [values.length], dtype: 'float32' },
    times: values.map((_, i) => timeOf(i)),
  };
}

function splitLastColumn(text: string, width: number): { x: NDArray; last: Float32Array } {
  const lines = text.split('\n');
  const data = new Float32Array(lines.length * width);
  const last = new Float32Array(lines.length);
  for (const [row, line] of lines.entries()) {
    const numbers = line.split(',').map(Number);
    data.set(numbers.slice(0, width), row * width);
    last[row] = numbers[width];
  }
  return { x: { data, shape: [lines.length, width], dtype: 'float32' }, last };
}
