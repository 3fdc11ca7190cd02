import { describe, expect, it } from 'vitest';
import { constant, evaluate, evaluateAll, flatten } from '../../../test/evaluate.ts';
import type { Node } from '../../graph/node.ts';
import { placeholder } from '../build.ts';
import * as f from './index.ts';

/**
 * The keys are fixed, so every number here is the same in every run. Bounds are five standard errors of
 * the statistic: a correct sampler with another key would hardly ever miss them.
 */

const key = constant([12, 34], 'int32');
const other = constant([12, 35], 'int32');
const numbers = (node: Node) => flatten(evaluate(node)).map(Number);

const N = 40000;

function moments(values: number[]) {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const central = (p: number) => values.reduce((a, v) => a + (v - mean) ** p, 0) / values.length;
  return {
    mean,
    variance: central(2),
    skew: central(3) / central(2) ** 1.5,
    kurtosis: central(4) / central(2) ** 2,
  };
}

function expectMoments(values: number[], mean: number, variance: number, kurtosis: number) {
  const got = moments(values);
  const n = values.length;
  expect(Math.abs(got.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
  expect(Math.abs(got.variance - variance)).toBeLessThan(
    5 * variance * Math.sqrt((kurtosis - 1) / n),
  );
  return got;
}

/** The largest distance between the distribution of the values and `cdf` (Kolmogorov and Smirnov). */
function distance(values: number[], cdf: (x: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  return sorted.reduce(
    (worst, v, i) => Math.max(worst, Math.abs(cdf(v) - i / n), Math.abs(cdf(v) - (i + 1) / n)),
    0,
  );
}

// A correct sampler exceeds this once in about 10^6 keys.
const KOLMOGOROV = 2.7 / Math.sqrt(N);

describe('continuous distributions', () => {
  it('uniform', () => {
    const values = numbers(f.uniform(key, [N], -1, 3));
    expectMoments(values, 1, 16 / 12, 1.8);
    expect(distance(values, (x) => (x + 1) / 4)).toBeLessThan(KOLMOGOROV);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...values)).toBeLessThanOrEqual(3);
  });

  it('normal', () => {
    const values = numbers(f.normal(key, [N], 2, 0.5));
    const { skew, kurtosis } = expectMoments(values, 2, 0.25, 3);
    expect(Math.abs(skew)).toBeLessThan(5 * Math.sqrt(6 / N));
    expect(Math.abs(kurtosis - 3)).toBeLessThan(5 * Math.sqrt(24 / N));
  });

  it('normal numbers of neighbouring places do not correlate', () => {
    const values = numbers(f.normal(key, [N]));
    const lagged = values.slice(1).reduce((a, v, i) => a + v * values[i], 0) / (N - 1);
    expect(Math.abs(lagged)).toBeLessThan(5 / Math.sqrt(N));
  });

  it('truncatedNormal', () => {
    const values = numbers(f.truncatedNormal(key, [N], 1, 2));
    // Keras divides by .8796... to give the truncated numbers the standard deviation asked for.
    expectMoments(values, 1, (2 * 0.8796256610342398) ** 2, 2.4);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...values)).toBeLessThanOrEqual(5);
    expect(Math.max(...values)).toBeGreaterThan(4.98);
  });

  it('gumbel', () => {
    const values = numbers(f.gumbel(key, [N]));
    expect(distance(values, (x) => Math.exp(-Math.exp(-x)))).toBeLessThan(KOLMOGOROV);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  it.each([0.3, 1, 2.5, 40])('gamma of %f', (alpha) => {
    const values = numbers(f.gamma(key, [N], alpha));
    const { skew } = expectMoments(values, alpha, alpha, 3 + 6 / alpha);
    expect(skew).toBeCloseTo(2 / Math.sqrt(alpha), 0);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  });

  it('gamma of 1 is exponential', () => {
    const values = numbers(f.gamma(key, [N], 1));
    expect(distance(values, (x) => 1 - Math.exp(-x))).toBeLessThan(KOLMOGOROV);
  });

  it('gamma takes a parameter for each number', () => {
    const values = evaluate(f.gamma(key, [N, 2], constant([1, 9]))) as number[][];
    for (const [i, alpha] of [1, 9].entries()) {
      expectMoments(
        values.map((v) => v[i]),
        alpha,
        alpha,
        3 + 6 / alpha,
      );
    }
  });

  it('beta', () => {
    const values = numbers(f.beta(key, [N], 2, 3));
    expectMoments(values, 0.4, 0.04, 2.36);
    const cdf = (x: number) => 6 * x ** 2 - 8 * x ** 3 + 3 * x ** 4;
    expect(distance(values, cdf)).toBeLessThan(KOLMOGOROV);
  });
});

describe('discrete distributions', () => {
  it('bernoulli', () => {
    const values = numbers(f.bernoulli(key, [N], 0.2));
    expectMoments(values, 0.2, 0.16, 3.25);
    expect([...new Set(values)].sort()).toEqual([0, 1]);
    expect(f.bernoulli(key, [2], 0.2, 'bool').dtype).toBe('bool');
  });

  it('binomial', () => {
    const values = numbers(f.binomial(key, [N], 10, 0.3));
    expectMoments(values, 3, 2.1, 3);
    expect(values.every((v) => Number.isInteger(v) && v >= 0 && v <= 10)).toBe(true);
  });

  it('randint hits every number alike', () => {
    const values = numbers(f.randint(key, [N], -3, 4));
    const share = N / 7;
    for (let v = -3; v < 4; v++) {
      const count = values.filter((w) => w === v).length;
      expect(Math.abs(count - share)).toBeLessThan(5 * Math.sqrt(share * (6 / 7)));
    }
    expect(() => f.randint(key, [1], 0, 2 ** 25)).toThrow('with 1 to 2^24 numbers');
    expect(() => f.randint(key, [1], 3, 3)).toThrow('received [3, 3)');
  });

  it('categorical draws with the softmax of the logits', () => {
    const probabilities = [
      [0.5, 0.3, 0.2],
      [0.1, 0, 0.9],
    ];
    const logits = constant(probabilities.map((row) => row.map(Math.log)));
    const values = evaluate(f.categorical(key, logits, N)) as number[][];
    probabilities.forEach((row, i) => {
      row.forEach((p, c) => {
        const count = values[i].filter((v) => v === c).length;
        expect(Math.abs(count - p * N)).toBeLessThanOrEqual(5 * Math.sqrt(N * p * (1 - p)));
      });
    });
  });
});

describe('dropout', () => {
  const x = constant(Array.from({ length: N }, (_, i) => 1 + (i % 3)));

  it('drops a share and keeps the mean', () => {
    const input = numbers(x);
    const values = numbers(f.dropout(key, x, 0.3));
    const dropped = values.filter((v) => v === 0).length;
    expect(Math.abs(dropped - 0.3 * N)).toBeLessThan(5 * Math.sqrt(N * 0.21));
    values.forEach((v, i) => {
      if (v !== 0) expect(v).toBeCloseTo(input[i] / 0.7, 5);
    });
  });

  it('drops whole slices together', () => {
    const y = evaluate(f.dropout(key, f.ones([50, 4, 3]), 0.5, [null, 1, null])) as number[][][];
    for (const sample of y) for (const row of sample) expect(row).toEqual(sample[0]);
    expect(new Set(y.flat(2))).toEqual(new Set([0, 2]));
  });

  it('does nothing at rate 0 and everything at rate 1', () => {
    expect(f.dropout(key, x, 0)).toBe(x);
    expect(numbers(f.dropout(key, constant([1, 2]), 1))).toEqual([0, 0]);
    expect(() => f.dropout(key, x, 1.5)).toThrow('dropout: received rate 1.5');
  });
});

describe('keys', () => {
  it('give the same numbers again, and others for another key', () => {
    const [a, b] = evaluateAll([f.normal(key, [5]), f.normal(other, [5])]);
    expect(evaluate(f.normal(key, [5]))).toEqual(a);
    expect(b).not.toEqual(a);
  });

  it('split into keys that do not correlate', () => {
    const [first, second] = f.splitKey(key, 2);
    const [a, b] = [f.normal(first, [N]), f.normal(second, [N])].map(numbers);
    const covariance = a.reduce((sum, v, i) => sum + v * b[i], 0) / N;
    expect(Math.abs(covariance)).toBeLessThan(5 / Math.sqrt(N));
    expect(first.dtype).toBe('int32');
    expect(first.shape).toEqual([2]);
  });

  it('may be symbolic, as may the shape', () => {
    const x = placeholder([-1, 3], 'float32');
    for (const node of [
      f.uniform(key, [-1, 3]),
      f.normal(key, [-1, 3]),
      f.truncatedNormal(key, [-1, 3]),
      f.dropout(key, x, 0.5),
      f.gamma(key, [-1, 3], 2),
      f.shuffle(key, x),
    ]) {
      expect(node.shape).toEqual([-1, 3]);
      expect(f.sum(node).shape).toEqual([]);
    }
    const rows = Array.from({ length: 6 }, (_, i) => [i, i, i]);
    const y = evaluate(f.shuffle(key, x), { feeds: [[x, rows]], batch: 6 }) as number[][];
    expect(y).not.toEqual(rows);
    expect([...y].sort((a, b) => a[0] - b[0])).toEqual(rows);
  });
});

it('shuffle gives every order alike', () => {
  const keys = f.splitKey(key, 3000);
  const orders = keys.map((k) => f.shuffle(k, f.arange(3)));
  const counts = new Map<string, number>();
  for (const order of evaluateAll([f.stack(orders)])[0] as number[][]) {
    counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) {
    expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt(500 * (5 / 6)));
  }
});
