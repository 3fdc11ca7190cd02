import { argMaxOf } from '../../../src/graph/arg-max.ts';
import { isMulticlass, type PlaygroundState } from './state.ts';

/** How good predictions are, in the terms of the problem. */

export interface ClassificationMetrics {
  readonly kind: 'classification';
  readonly accuracy: number;
  /** Row-major [true class, predicted class]. */
  readonly confusion: readonly number[];
  readonly classes: number;
}

export interface RegressionMetrics {
  readonly kind: 'regression';
  /** 1 - residual sum of squares / total sum of squares; NaN when the labels are all equal. */
  readonly r2: number;
  readonly meanAbsoluteError: number;
}

export type Metrics = ClassificationMetrics | RegressionMetrics;

/** The class that outputs of one sample stand for. */
export function predictedClass(s: PlaygroundState, out: ArrayLike<number>, at: number): number {
  if (!isMulticlass(s)) return out[at] > (s.loss === 'crossentropy' ? 0.5 : 0) ? 1 : 0;
  return argMaxOf(out, at, s.classes);
}

export function measure(s: PlaygroundState, label: Float32Array, out: Float32Array): Metrics {
  const n = label.length;
  if (s.problem === 'regression') {
    const mean = label.reduce((a, b) => a + b, 0) / n;
    let residual = 0;
    let total = 0;
    let absolute = 0;
    for (let i = 0; i < n; i++) {
      residual += (label[i] - out[i]) ** 2;
      total += (label[i] - mean) ** 2;
      absolute += Math.abs(label[i] - out[i]);
    }
    return {
      kind: 'regression',
      r2: total > 0 ? 1 - residual / total : Number.NaN,
      meanAbsoluteError: absolute / n,
    };
  }
  const width = isMulticlass(s) ? s.classes : 1;
  const confusion = new Array<number>(s.classes * s.classes).fill(0);
  let right = 0;
  for (let i = 0; i < n; i++) {
    const predicted = predictedClass(s, out, i * width);
    confusion[label[i] * s.classes + predicted]++;
    if (predicted === label[i]) right++;
  }
  return { kind: 'classification', accuracy: right / n, confusion, classes: s.classes };
}
