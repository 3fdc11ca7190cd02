import { describe, expect, it } from 'vitest';
import { constant, evaluate } from '../../../test/evaluate.ts';
import { expectClose } from '../../../test/numpy-cases.ts';
import { gradients } from '../../autodiff/grad.ts';
import { placeholder } from '../build.ts';
import * as f from './index.ts';

const softmaxOf = (row: number[]) => {
  const powers = row.map((v) => Math.exp(v - Math.max(...row)));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((p) => p / total);
};

const logits = [
  [2, -1, 0.5],
  [-3, 4, 1],
];
const oneHot = [
  [0, 0, 1],
  [0, 1, 0],
];
const expected = [-Math.log(softmaxOf(logits[0])[2]), -Math.log(softmaxOf(logits[1])[1])];

describe('categorical', () => {
  it('from logits, and from the softmax that was made of them', () => {
    const x = constant(logits);
    expectClose(evaluate(f.categoricalCrossentropy(constant(oneHot), x, true)), expected);
    expectClose(evaluate(f.categoricalCrossentropy(constant(oneHot), f.softmax(x))), expected);
    expectClose(
      evaluate(f.sparseCategoricalCrossentropy(constant([2, 1], 'int32'), x, true)),
      expected,
    );
    const column = constant([[2], [1]], 'int32');
    expectClose(evaluate(f.sparseCategoricalCrossentropy(column, f.softmax(x))), expected);
  });

  it('divides probabilities by their sum and clips them', () => {
    const p = constant([
      [1, 1, 2],
      [1, 0, 0],
    ]);
    expectClose(
      evaluate(f.categoricalCrossentropy(constant(oneHot), p)),
      [-Math.log(0.5), -Math.log(1e-7)],
      1e-5,
    );
  });

  it('takes soft targets and another axis', () => {
    const target = [
      [0.2, 0.5, 0.3],
      [0.1, 0.1, 0.8],
    ];
    const want = target.map((t, i) => {
      const p = softmaxOf(logits[i]);
      return -t.reduce((sum, share, k) => sum + share * Math.log(p[k]), 0);
    });
    const turn = (x: number[][]) => f.transpose(constant(x));
    expectClose(evaluate(f.categoricalCrossentropy(turn(target), turn(logits), true, 0)), want);
    expectClose(
      evaluate(f.sparseCategoricalCrossentropy(constant([2, 1], 'int32'), turn(logits), true, 0)),
      expected,
    );
  });

  it('is exact where probabilities underflow, if it has the logits', () => {
    const x = constant([[0, 200]]);
    const target = constant([[1, 0]]);
    expectClose(evaluate(f.categoricalCrossentropy(target, f.softmax(x))), [200]);
  });

  it('has the gradient softmax - target', () => {
    const x = constant(logits);
    const p = logits.map(softmaxOf);
    const want = p.map((row, i) => row.map((v, k) => v - oneHot[i][k]));
    const loss = f.sparseCategoricalCrossentropy(constant([2, 1], 'int32'), f.softmax(x));
    expectClose(evaluate(gradients([loss], [x])[0]!), want);
  });

  it('gives 0 for a class that does not exist', () => {
    const loss = f.sparseCategoricalCrossentropy(
      constant([-1, 7], 'int32'),
      constant(logits),
      true,
    );
    expectClose(evaluate(loss), [0, 0]);
  });

  it('says what shapes it expects', () => {
    const x = placeholder([-1, 3], 'float32');
    expect(() => f.categoricalCrossentropy(placeholder([-1], 'int32'), x)).toThrow(
      'categoricalCrossentropy: targets are [batch] and predictions [batch, 3]; expected one shape',
    );
    expect(() => f.sparseCategoricalCrossentropy(x, x)).toThrow(
      'expected targets [batch] of class numbers; use categoricalCrossentropy for one-hot targets',
    );
  });
});

describe('binary', () => {
  const target = [1, 0, 0.3, 1, 0, 1];
  const x = [2, 2, -1, -20, -40, 10];
  // log(1 + e^x) - x * target in the form that keeps its digits.
  const want = x.map((v, i) => Math.max(v, 0) - v * target[i] + Math.log1p(Math.exp(-Math.abs(v))));

  it('from logits, and from the sigmoid that was made of them', () => {
    const [t, logit] = [constant(target), constant(x)];
    expectClose(evaluate(f.binaryCrossentropy(t, logit, true)), want, 1e-6, 0);
    expectClose(evaluate(f.binaryCrossentropy(t, f.sigmoid(logit))), want, 1e-6, 0);
  });

  it('from probabilities, clipped', () => {
    const p = constant([0.8, 0.1, 0.5, 0, 1]);
    const t = constant([1, 0, 0.3, 1, 0]);
    const clip = (v: number) => Math.min(Math.max(v, Math.fround(1e-7)), Math.fround(1 - 1e-7));
    const loss = (q: number, y: number) => -y * Math.log(clip(q)) - (1 - y) * Math.log(1 - clip(q));
    const values = [loss(0.8, 1), loss(0.1, 0), loss(0.5, 0.3), loss(0, 1), loss(1, 0)];
    expectClose(evaluate(f.binaryCrossentropy(t, p)), values, 1e-5);
  });

  it('has the gradient sigmoid - target, at 0 too', () => {
    const at = [0, 0, 0.5, -200, 200];
    const logit = constant(at);
    const t = [1, 0, 0.25, 0, 0];
    const want = at.map((v, i) => 1 / (1 + Math.exp(-v)) - t[i]);
    const loss = f.binaryCrossentropy(constant(t), logit, true);
    expectClose(evaluate(gradients([loss], [logit])[0]!), want);
    const slope = gradients([loss], [logit])[0]!;
    const curvature = at.map((v) => 1 / (1 + Math.exp(-v)) / (1 + Math.exp(v)));
    expectClose(evaluate(gradients([slope], [logit])[0]!), curvature);
  });
});
