/**
 * Quantiles of data that come in parts, as Keras estimates them: a summary holds some of the values in
 * order, each with the number of values that it stands for. Numbers are float32 in between, so that the
 * boundaries are Keras's.
 */
export interface Summary {
  readonly values: Float32Array;
  readonly weights: Float32Array;
}

export const emptySummary: Summary = { values: new Float32Array(), weights: new Float32Array() };

/** About 1 / epsilon of the values, evenly spaced in their order. */
export function summarize(data: Float32Array, epsilon: number): Summary {
  const sorted = data.slice().sort();
  const increment = sorted.length / (1 / epsilon);
  const step = Math.max(increment, 1);
  const picked: number[] = [];
  for (let i = Math.trunc(increment); i < sorted.length; i += Math.trunc(step)) {
    picked.push(sorted[i]);
  }
  const values = Float32Array.from(picked);
  return { values, weights: new Float32Array(values.length).fill(step) };
}

/** The summary of both parts of the data. */
export function mergeSummaries(a: Summary, b: Summary, epsilon: number): Summary {
  const values = [...a.values, ...b.values];
  const weights = [...a.weights, ...b.weights];
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  return compress(
    {
      values: Float32Array.from(order, (i) => values[i]),
      weights: Float32Array.from(order, (i) => weights[i]),
    },
    epsilon,
  );
}

/** The boundaries between `bins` bins that hold equally much. */
export function binBoundaries(summary: Summary, bins: number): number[] {
  return [...compress(summary, 1 / bins).values].slice(0, -1);
}

/** At most 1 / epsilon values, interpolated at equal shares of the weight. */
function compress(summary: Summary, epsilon: number): Summary {
  const { length } = summary.values;
  if (length * epsilon < 1) return summary;
  const cumulative = new Float32Array(length);
  let sum = 0;
  for (let i = 0; i < length; i++) {
    sum = Math.fround(sum + summary.weights[i]);
    cumulative[i] = sum;
  }
  const shares = cumulative.map((w) => w / sum);
  const count = Math.ceil(1 / epsilon);
  const values = new Float32Array(count);
  const weights = new Float32Array(count);
  let before = 0;
  for (let i = 0; i < count; i++) {
    const share = epsilon + i * epsilon;
    values[i] = interpolate(share, shares, summary.values);
    const weight = interpolate(share, shares, cumulative);
    weights[i] = weight - before;
    before = weight;
  }
  return { values, weights };
}

/** The piecewise linear function through (xs, ys) at x; constant outside. */
function interpolate(x: number, xs: Float32Array, ys: Float32Array): number {
  const last = xs.length - 1;
  if (x <= xs[0]) return ys[0];
  if (x >= xs[last]) return ys[last];
  let i = 0;
  while (xs[i + 1] <= x) i++;
  return ys[i] + ((ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i])) * (x - xs[i]);
}
