import { describe, expect, it } from 'vitest';
import { constant, evaluate, flatten, shapeOf } from '../../../test/evaluate.ts';
import { decode, expectClose, isTensor, numpyCases } from '../../../test/numpy-cases.ts';
import { gradients } from '../../autodiff/grad.ts';
import { HostBuffer } from '../../engines/engine.ts';
import { compileSync } from '../../engines/js/engine.ts';
import { isFloat } from '../../graph/dtype.ts';
import type { Node } from '../../graph/node.ts';
import * as build from '../build.ts';
import * as functions from './index.ts';

/** The gradient of every function against differences, at the recorded arguments in float64. */

const table = { ...functions } as Record<string, (...args: any[]) => unknown>;

/** Sum of the elements that are finite now, each with a weight of its own. */
function weightedSum(outputs: readonly Node[], now: readonly ArrayLike<number>[]): Node {
  const sums = outputs.map((o, k) => {
    const weights = Array.from(now[k], (_, i) => 1 + Math.sin(1.7 * i + 0.3) / 2);
    const finite = Array.from(now[k], (v) => Number(Number.isFinite(v)));
    const chosen = build.select(build.literal(finite, o.shape, 'bool'), o, 0);
    return build.sum(build.mul(chosen, build.literal(weights, o.shape, o.dtype)));
  });
  return sums.reduce((a, b) => build.add(a, b));
}

/**
 * Compares gradients with central differences and returns how many were compared. Where the one-sided
 * differences disagree (kinks) or are lost in rounding or a jump, a gradient need only be a number. `steep` functions have points
 * of infinite slope or value, where any gradient will do.
 */
function check(
  inputs: readonly Node[],
  values: readonly Float64Array[],
  outputs: readonly Node[],
  steep: boolean,
): number {
  const floats = outputs.filter((o) => isFloat(o.dtype)).map((o) => build.cast(o, 'float64'));
  const runner = (nodes: readonly Node[]) => {
    const { runSync } = compileSync({ inputs, outputs: nodes, state: [] });
    return () =>
      runSync(inputs.map((p, i) => new HostBuffer(values[i].slice(), p.shape, p.dtype))).map(
        (b) => b.data,
      );
  };
  const total = weightedSum(floats, runner(floats)());
  const slopes = gradients([total], inputs);
  const found = runner(slopes.map((g, i) => g ?? build.filled(inputs[i].shape, 0, 'float64')))();
  const run = runner([total]);
  const [[middle]] = run();
  let compared = 0;
  for (const [k, value] of values.entries()) {
    for (let i = 0; i < value.length; i++) {
      const x = value[i];
      const got = found[k][i];
      if (!Number.isFinite(x) || (steep && !Number.isFinite(got))) continue;
      const h = 1e-5 * Math.max(1e-2, Math.abs(x));
      value[i] = x + h;
      const above = (run()[0][0] - middle) / h;
      value[i] = x - h;
      const below = (middle - run()[0][0]) / h;
      value[i] = x;
      const measurable = Math.abs(above) < 1e4 && Math.abs(middle) * 1e-15 < h * 1e-4;
      const smooth = measurable && Math.abs(above - below) <= 1e-3 * Math.max(1, Math.abs(above));
      const where = `input ${k}, element ${i} = ${x}`;
      if (smooth) {
        compared++;
        const want = (above + below) / 2;
        const close = Math.abs(got - want) <= 2e-4 * Math.max(1, Math.abs(want));
        if (!close) expect(got, where).toBe(want);
      } else {
        expect(Number.isFinite(got), `${where}: gradient ${got}`).toBe(true);
      }
    }
  }
  return compared;
}

const steep = new Set([
  ...['log', 'log2', 'log10', 'sqrt', 'rsqrt', 'reciprocal', 'logit', 'power', 'norm'],
  ...['arcsin', 'arccos', 'arccosh', 'arctanh', 'erfinv', 'divide', 'trueDivide', 'corrcoef'],
]);

const isFloatTensor = (t: unknown) => isTensor(t) && t.dtype === 'float32';

const differentiable = numpyCases.filter(
  ({ args, expected }) => args.flat().some(isFloatTensor) && expected.some(isFloatTensor),
);

describe.each([...new Set(differentiable.map((c) => c.fn))])('%s', (fn) => {
  it('has the gradient that differences give', () => {
    let compared = 0;
    for (const { args } of differentiable.filter((c) => c.fn === fn)) {
      const inputs: Node[] = [];
      const values: Float64Array[] = [];
      const decoded = args.map((argument) =>
        decode(argument, ({ tensor, dtype }) => {
          if (dtype !== 'float32') return constant(tensor, dtype);
          const input = build.placeholder(shapeOf(tensor), 'float64');
          inputs.push(input);
          values.push(Float64Array.from(flatten(tensor).map(Number)));
          return input;
        }),
      );
      compared += check(inputs, values, [table[fn](...decoded)].flat() as Node[], steep.has(fn));
    }
    expect(compared).toBeGreaterThan(0);
  });
});

describe('activations', () => {
  const names = [
    ...['relu', 'relu6', 'leakyRelu', 'elu', 'selu', 'celu', 'gelu', 'silu', 'swish', 'mish'],
    ...['hardSigmoid', 'hardSilu', 'hardSwish', 'hardTanh', 'hardShrink', 'softShrink'],
    ...['tanhShrink', 'squareplus', 'sparsePlus', 'sparseSigmoid', 'softsign', 'softplus'],
    ...['sigmoid', 'logSigmoid', 'softmax', 'logSoftmax', 'sparsemax', 'linear', 'tanh'],
  ];
  const points = [-1e4, -90, -3.2, -3, -1.1, -1, -0.4, 0, 0.3, 0.5, 1, 2.9, 6, 90, 1e4];

  it.each(names)('%s', (fn) => {
    const x = build.placeholder([points.length], 'float64');
    const output = table[fn](x) as Node;
    expect(check([x], [Float64Array.from(points)], [output], false)).toBeGreaterThan(8);
  });

  it('gelu without approximation, relu with every option', () => {
    const x = build.placeholder([points.length], 'float64');
    const outputs = [
      functions.gelu(x, false),
      functions.relu(x, 0.1, 5, -1),
      functions.threshold(x, 0.2, 7),
      functions.glu(functions.concatenate([x, functions.negative(x)])),
    ];
    for (const o of outputs) check([x], [Float64Array.from(points)], [o], false);
  });
});

describe('where slopes would be infinite or undefined', () => {
  const slope = (build: (x: Node) => Node, values: number[]) => {
    const x = constant(values);
    return evaluate(gradients([build(x)], [x])[0]!);
  };

  it.each([
    ['norm of zeros', (x: Node) => functions.norm(x), [0, 0], [0, 0]],
    ['norm of order 3', (x: Node) => functions.norm(x, 3), [0, 0], [0, 0]],
    ['norm of order 1', (x: Node) => functions.norm(x, 1), [0, 2], [0, 1]],
    ['std of equal elements', (x: Node) => functions.std(x), [3, 3, 3], [0, 0, 0]],
    ['hypot at the origin', (x: Node) => functions.hypot(x, 0), [0], [0]],
    ['sinc at 0', (x: Node) => functions.sinc(x), [0], [0]],
    [
      'logsumexp of minus infinities',
      (x: Node) => functions.logsumexp(x),
      [-1 / 0, -1 / 0],
      [0, 0],
    ],
    ['logsumexp with a masked score', (x: Node) => functions.logsumexp(x), [-1 / 0, 5], [0, 1]],
    ['logaddexp at a tie', (x: Node) => functions.logaddexp(x, 1), [1], [0.5]],
    ['divideNoNan by 0', (x: Node) => functions.divideNoNan(1, x), [0], [0]],
    ['clip on its bounds', (x: Node) => functions.clip(x, 0, 1), [-1, 0, 1, 2], [0, 1, 1, 0]],
    ['nanmean', (x: Node) => functions.nanmean(x), [1, Number.NaN], [1, 0]],
    ['nanstd', (x: Node) => functions.nanstd(x), [1, Number.NaN, 3], [-0.5, 0, 0.5]],
    ['cumprod with zeros', (x: Node) => functions.cumprod(x), [2, 0, 3], [1, 8, 0]],
    ['max of ties', (x: Node) => functions.max(x), [1, 1, 0], [0.5, 0.5, 0]],
  ] as const)('%s', (_, build, values, expected) => {
    expectClose(slope(build, [...values]), expected);
  });

  it('erfinv is differentiable twice', () => {
    const x = constant([0, 0.5], 'float64');
    const first = gradients([functions.erfinv(x)], [x])[0]!;
    const second = gradients([first], [x])[0]!;
    // y' = sqrt(pi) / 2 e^(y^2), y'' = 2 y y'^2.
    const y = 0.4769362762044699;
    const slope = (Math.sqrt(Math.PI) / 2) * Math.exp(y * y);
    expectClose(evaluate(first), [Math.sqrt(Math.PI) / 2, slope], 1e-9);
    expectClose(evaluate(second), [0, 2 * y * slope * slope], 1e-9);
  });
});
