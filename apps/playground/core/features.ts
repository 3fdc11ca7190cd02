import { type Formula, parseFeature } from './formula.ts';
import { DOMAIN } from './points.ts';

/** What the network sees of a point: the seven features of the original, and formulas of the user's. */

export interface Feature {
  readonly id: string;
  /** How it is written, with superscripts. */
  readonly label: string;
  readonly value: Formula;
}

export const builtinFeatures: readonly Feature[] = [
  { id: 'x', label: 'x', value: (x) => x },
  { id: 'y', label: 'y', value: (_, y) => y },
  { id: 'xSquared', label: 'x²', value: (x) => x * x },
  { id: 'ySquared', label: 'y²', value: (_, y) => y * y },
  { id: 'xTimesY', label: 'xy', value: (x, y) => x * y },
  { id: 'sinX', label: 'sin x', value: (x) => Math.sin(x) },
  { id: 'sinY', label: 'sin y', value: (_, y) => Math.sin(y) },
];

export const MAX_FORMULAS = 6;

/** The chosen features in order: built in ones first, then the formulas. Throws on a bad formula. */
export function chosenFeatures(ids: readonly string[], formulas: readonly string[]): Feature[] {
  const chosen = builtinFeatures.filter((f) => ids.includes(f.id));
  const own = formulas.map((text) => ({
    id: `=${text}`,
    label: text,
    value: parseFeature(text, DOMAIN),
  }));
  return [...chosen, ...own];
}

/** Row-major [points, features]. A value that overflows becomes 0, so that one point cannot spoil a run. */
export function featureMatrix(
  features: readonly Feature[],
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): Float32Array {
  const out = new Float32Array(x.length * features.length);
  let at = 0;
  for (let i = 0; i < x.length; i++) {
    for (const { value } of features) {
      const v = value(x[i], y[i]);
      out[at++] = Number.isFinite(v) ? v : 0;
    }
  }
  return out;
}

/** The centres of the cells of an n x n picture of the square, row by row from the top left. */
export function gridPoints(n: number): { x: Float32Array; y: Float32Array } {
  const x = new Float32Array(n * n);
  const y = new Float32Array(n * n);
  const cell = (i: number) => DOMAIN * ((2 * i + 1) / n - 1);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      x[row * n + column] = cell(column);
      y[row * n + column] = -cell(row);
    }
  }
  return { x, y };
}
