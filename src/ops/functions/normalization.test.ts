import { describe, expect, it } from 'vitest';
import { constant, evaluate, flatten } from '../../../test/evaluate.ts';
import { expectClose } from '../../../test/numpy-cases.ts';
import { gradients } from '../../autodiff/grad.ts';
import { placeholder } from '../build.ts';
import * as f from './index.ts';

const rows = [
  [1, 2, 4, 7],
  [-3, 0, 0.5, 2],
  [5, 5, 5, 5],
];
const meanOf = (v: number[]) => v.reduce((a, b) => a + b, 0) / v.length;
const varianceOf = (v: number[]) => meanOf(v.map((x) => (x - meanOf(v)) ** 2));

describe('layerNormalization', () => {
  const gamma = [1, 2, 3, 4];
  const beta = [0, 1, 0, -1];
  const normal = rows.map((r) => r.map((x) => (x - meanOf(r)) / Math.sqrt(varianceOf(r) + 1e-3)));

  it('standardizes the last axis, scales and shifts', () => {
    const x = constant(rows);
    expectClose(evaluate(f.layerNormalization(x)), normal, 1e-5, 1e-5);
    const want = normal.map((r) => r.map((v, i) => v * gamma[i] + beta[i]));
    expectClose(
      evaluate(f.layerNormalization(x, constant(gamma), constant(beta))),
      want,
      1e-5,
      1e-5,
    );
  });

  it('takes several axes, whose sizes the parameters have', () => {
    const x = constant([rows]);
    const all = rows.flat();
    const spread = Math.sqrt(varianceOf(all) + 1e-5);
    const scale = rows.map((r) => r.map((v) => v + 1));
    const want = rows.map((r, i) => r.map((v, k) => ((v - meanOf(all)) / spread) * scale[i][k]));
    expectClose(
      evaluate(f.layerNormalization(x, constant(scale), null, [1, 2], 1e-5)),
      [want],
      1e-5,
      1e-5,
    );
    expect(() => f.layerNormalization(x, constant(gamma), null, [1, 2])).toThrow(
      'layerNormalization: a parameter is [4]; axes [1, 2] of [1, 3, 4] need [3, 4]',
    );
  });

  it('has a finite gradient for equal elements', () => {
    const x = constant([[5, 5, 5]]);
    const y = f.layerNormalization(x, constant([1, 2, 3]));
    const slopes = flatten(evaluate(gradients([y], [x])[0]!)).map(Number);
    // d/dx of (x - mean) / sqrt(eps) weighted by gamma: (gamma - mean of gamma) / sqrt(eps).
    expectClose(slopes, [-1 / Math.sqrt(1e-3), 0, 1 / Math.sqrt(1e-3)], 1e-4, 1e-4);
  });
});

it('rmsNormalization divides by the root mean square', () => {
  const want = rows.map((r) =>
    r.map((x) => (2 * x) / Math.sqrt(meanOf(r.map((v) => v * v)) + 1e-6)),
  );
  expectClose(evaluate(f.rmsNormalization(constant(rows), 2)), want, 1e-5, 1e-5);
});

it('groupNormalization standardizes groups of channels with all positions', () => {
  // [1, 3 positions, 4 channels]; group 0 holds channels 0 and 1.
  const groups = [0, 1].map((g) => rows.flatMap((r) => r.slice(2 * g, 2 * g + 2)));
  const want = rows.map((r) =>
    r.map((x, c) => {
      const group = groups[Math.floor(c / 2)];
      return ((x - meanOf(group)) / Math.sqrt(varianceOf(group) + 1e-3)) * (c + 1) - c;
    }),
  );
  const y = f.groupNormalization(
    constant([rows]),
    2,
    constant([1, 2, 3, 4]),
    constant([0, -1, -2, -3]),
  );
  expectClose(evaluate(y), [want], 1e-5, 1e-5);
  expect(() => f.groupNormalization(constant([rows]), 3)).toThrow(
    '4 channels do not divide into 3',
  );
});

it('batchNormalization uses the statistics it is given', () => {
  const [mean, variance, offset, scale] = [
    [1, 2, 3, 4],
    [1, 4, 0, 2],
    [0, 1, 2, 3],
    [2, 2, 2, 2],
  ];
  const want = rows.map((r) =>
    r.map((x, i) => ((x - mean[i]) / Math.sqrt(variance[i] + 1e-3)) * scale[i] + offset[i]),
  );
  const parameters = [mean, variance].map((p) => constant(p));
  const y = f.batchNormalization(
    constant(rows),
    parameters[0],
    parameters[1],
    -1,
    constant(offset),
    constant(scale),
  );
  expectClose(evaluate(y), want, 1e-5, 1e-4);
  const first = f.batchNormalization(f.transpose(constant(rows)), parameters[0], parameters[1], 0);
  const plain = rows.map((r) => r.map((x, i) => (x - mean[i]) / Math.sqrt(variance[i] + 1e-3)));
  expectClose(evaluate(f.transpose(first)), plain, 1e-5, 1e-4);
});

describe('normalize', () => {
  it.each([1, 2, 3])('gives rows of norm 1 in order %i', (order) => {
    const y = evaluate(f.norm(f.normalize(constant(rows), -1, order), order, -1));
    expectClose(y, [1, 1, 1], 1e-5);
  });

  it('leaves zeros as they are, with a finite gradient', () => {
    const x = constant([
      [0, 0],
      [3, 4],
    ]);
    const y = f.normalize(x);
    expectClose(evaluate(y), [
      [0, 0],
      [0.6, 0.8],
    ]);
    const slopes = flatten(evaluate(gradients([y], [x])[0]!)).map(Number);
    expect(slopes.every(Number.isFinite)).toBe(true);
  });
});

describe('dotProductAttention', () => {
  const random = (seed: number) => Math.sin(seed * 12.9898) * 1.5;
  const shape = { batch: 2, queries: 3, keys: 4, heads: 4, size: 2 };
  const fill = (dims: number[], seed: number): any =>
    dims.length === 0
      ? random(seed)
      : Array.from({ length: dims[0] }, (_, i) => fill(dims.slice(1), seed * 7 + i + 1));

  function naive(
    q: any,
    k: any,
    v: any,
    visible: (b: number, h: number, t: number, s: number) => boolean,
    keyHeads: number,
  ) {
    const group = shape.heads / keyHeads;
    return q.map((sample: any, b: number) =>
      sample.map((position: any, t: number) =>
        position.map((vector: number[], h: number) => {
          const head = Math.floor(h / group);
          const scores = k[b].map((key: number[][], s: number) =>
            visible(b, h, t, s)
              ? Math.exp(
                  vector.reduce((a, x, i) => a + x * key[head][i], 0) / Math.sqrt(shape.size),
                )
              : 0,
          );
          const total = scores.reduce((a: number, x: number) => a + x, 0);
          return Array.from({ length: v[b][0][0].length }, (_, i) =>
            v[b].reduce(
              (a: number, value: number[][], s: number) => a + (scores[s] / total) * value[head][i],
              0,
            ),
          );
        }),
      ),
    );
  }

  it.each([4, 2, 1])('mixes values with %i key heads', (keyHeads) => {
    const q = fill([2, 3, 4, 2], 1);
    const k = fill([2, 4, keyHeads, 2], 2);
    const v = fill([2, 4, keyHeads, 3], 3);
    const nodes = [q, k, v].map((x) => constant(x)) as [any, any, any];
    expectClose(
      evaluate(f.dotProductAttention(...nodes)),
      naive(q, k, v, () => true, keyHeads),
      1e-5,
      1e-5,
    );
    expectClose(
      evaluate(f.dotProductAttention(...nodes, { isCausal: true })),
      naive(q, k, v, (_b, _h, t, s) => s <= t, keyHeads),
      1e-5,
      1e-5,
    );
    const mask = [[[[true, false, true, true]]], [[[true, true, false, false]]]];
    expectClose(
      evaluate(f.dotProductAttention(...nodes, { mask: constant(mask) })),
      naive(q, k, v, (b, _h, _t, s) => mask[b][0][0][s], keyHeads),
      1e-5,
      1e-5,
    );
  });

  it('adds a bias and takes a scale', () => {
    const [q, k, v] = [fill([1, 1, 1, 2], 1), fill([1, 2, 1, 2], 2), [[[[1]], [[0]]]]];
    const y = f.dotProductAttention(constant(q), constant(k), constant(v), {
      bias: constant([[[[Math.log(3), 0]]]]),
      scale: 0,
    });
    expectClose(evaluate(y), [[[[0.75]]]], 1e-5);
  });

  it('takes a mean where nothing may be seen', () => {
    const v = [[[[2]], [[4]]]];
    const y = f.dotProductAttention(
      constant(fill([1, 1, 1, 2], 1)),
      constant(fill([1, 2, 1, 2], 2)),
      constant(v),
      { mask: constant([[[[false, false]]]]) },
    );
    expectClose(evaluate(y), [[[[3]]]]);
  });

  it('keeps a symbolic batch and says what it expects', () => {
    const q = placeholder([-1, 5, 4, 8], 'float32');
    const k = placeholder([-1, 7, 2, 8], 'float32');
    expect(f.dotProductAttention(q, k, k).shape).toEqual([-1, 5, 4, 8]);
    expect(() => f.dotProductAttention(k, q, q)).toThrow(
      'expected [batch, positions, heads, size]',
    );
    expect(() => f.dotProductAttention(q, k, k, { mask: placeholder([5, 8], 'bool') })).toThrow(
      'broadcast',
    );
  });
});
