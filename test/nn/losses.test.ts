import { beforeAll, describe, expect, it } from 'vitest';
import { layers } from '../../src/nn/layers/index.ts';
import { setMask } from '../../src/nn/layers/mask.ts';
import { losses, lossFunctions } from '../../src/nn/losses/index.ts';
import { setDevice } from '../../src/tensor/device.ts';
import { grad } from '../../src/tensor/grad.ts';
import { ops } from '../../src/tensor/lift.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { sequential } from '../../src/training/sequential.ts';

beforeAll(() => setDevice('js'));

const numbers = async (x: Tensor) => [...(await x.data())];
const close = (a: readonly number[], b: readonly number[], digits = 5) => {
  expect(a.length).toBe(b.length);
  a.forEach((v, i) => {
    expect(v).toBeCloseTo(b[i], digits);
  });
};

describe('reduction', () => {
  const yTrue = tensor([
    [1, 0],
    [0, 1],
    [1, 1],
  ]);
  const yPred = tensor([
    [1, 1],
    [0, 0],
    [0, 0],
  ]);
  // Losses of the samples: 1/2, 1/2, 1.
  const weight = tensor([2, 0, 1]);

  it.each([
    ['sumOverBatchSize', 2 / 3, 2 / 3],
    ['mean', 2 / 3, 2 / 3],
    ['sum', 2, 2],
    ['meanWithSampleWeight', 2 / 3, 2 / 3],
  ] as const)('%s', async (reduction, plain, weighted) => {
    const loss = losses.meanSquaredError({ reduction });
    expect(await loss.call(yTrue, yPred).item()).toBeCloseTo(plain, 6);
    expect(await loss.call(yTrue, yPred, weight).item()).toBeCloseTo(weighted, 6);
  });

  it('weights change the divisor only with meanWithSampleWeight', async () => {
    const all = tensor([3, 3, 3]);
    const value = (reduction: 'sumOverBatchSize' | 'meanWithSampleWeight') =>
      losses.meanSquaredError({ reduction }).call(yTrue, yPred, all).item();
    expect(await value('sumOverBatchSize')).toBeCloseTo(2, 6);
    expect(await value('meanWithSampleWeight')).toBeCloseTo(2 / 3, 6);
  });

  it('a single sample with a weight without axes is no mean, as in Keras', async () => {
    const [one, other] = [tensor([[1, 0]]), tensor([[1, 1]])];
    for (const reduction of ['meanWithSampleWeight', 'sumOverBatchSize', 'sum'] as const) {
      const loss = losses.meanSquaredError({ reduction });
      expect(await loss.call(one, other, tensor(0.5)).item()).toBeCloseTo(0.25, 6);
    }
  });

  it('none keeps the samples apart', async () => {
    for (const reduction of ['none', null] as const) {
      const loss = losses.meanSquaredError({ reduction });
      close(await numbers(loss.call(yTrue, yPred, weight)), [1, 0, 1]);
    }
  });

  it('an unknown one is an error', () => {
    expect(() => losses.meanSquaredError({ reduction: 'average' as any })).toThrow(
      "loss: reduction is 'average'; expected one of sumOverBatchSize",
    );
  });

  it('sample weights are spread over positions', async () => {
    const steps = tensor([
      [[1], [2]],
      [[3], [4]],
    ]);
    const loss = losses.meanAbsoluteError({ reduction: 'none' });
    close(await numbers(loss.call(ops.zerosLike(steps), steps, tensor([1, 10]))), [1, 2, 30, 40]);
  });
});

describe('masks', () => {
  it('leave positions out, and out of the divisor', async () => {
    const yPred = tensor([
      [[1], [2]],
      [[3], [4]],
    ]);
    setMask(
      yPred,
      tensor([
        [true, true],
        [true, false],
      ]),
    );
    const value = losses.meanAbsoluteError().call(ops.zerosLike(yPred), yPred);
    expect(await value.item()).toBeCloseTo((1 + 2 + 3) / 3, 6);
  });

  it('a class to be ignored does not count', async () => {
    const scores = tensor([
      [0.2, 0.8],
      [0.5, 0.5],
      [0.9, 0.1],
    ]);
    const labels = tensor([1, 255, 0], [3], 'int32');
    const value = losses.sparseCategoricalCrossentropy({ ignoreClass: 255 }).call(labels, scores);
    expect(await value.item()).toBeCloseTo(-(Math.log(0.8) + Math.log(0.9)) / 2, 5);
  });
});

describe('cross entropy', () => {
  const logits = tensor([
    [2, -1, 0.5],
    [40, -40, 0],
    [-3, 0, 3],
  ]);
  const classes = tensor([0, 1, 2], [3], 'int32');
  const oneHot = ops.oneHot(classes, 3);

  it('uses the logits of softmax and sigmoid, where probabilities round to 0', async () => {
    const categorical = losses.categoricalCrossentropy({ reduction: 'none' });
    const exact = losses.categoricalCrossentropy({ reduction: 'none', fromLogits: true });
    const [, worst] = await numbers(categorical.call(oneHot, logits.softmax()));
    expect(worst).toBeCloseTo(80, 4);
    close(
      await numbers(categorical.call(oneHot, logits.softmax())),
      await numbers(exact.call(oneHot, logits)),
    );
    const sparse = losses.sparseCategoricalCrossentropy({ reduction: 'none' });
    close(
      await numbers(sparse.call(classes, logits.softmax())),
      await numbers(exact.call(oneHot, logits)),
    );
    const binary = losses.binaryCrossentropy({ reduction: 'none' });
    const wide = tensor([[60], [-60]]);
    close(await numbers(binary.call(tensor([[0], [1]]), wide.sigmoid())), [60, 60], 4);
  });

  it('clips probabilities that come from elsewhere', async () => {
    const p = tensor([[1, 0]]);
    const value = lossFunctions.categoricalCrossentropy(tensor([[0, 1]]), p);
    expect(await value.item()).toBeCloseTo(-Math.log(1e-7), 3);
  });

  it('has the gradient p - y, finite however sure the model is', async () => {
    const loss = (z: Tensor) =>
      losses.categoricalCrossentropy({ reduction: 'sum' }).call(oneHot, z.softmax());
    const p = await numbers(logits.softmax());
    const y = await numbers(oneHot);
    close(
      await numbers(grad(loss)(logits)),
      p.map((v, i) => v - y[i]),
    );
    const binary = (z: Tensor) =>
      losses.binaryCrossentropy({ reduction: 'sum' }).call(tensor([[1], [0]]), z.sigmoid());
    close(await numbers(grad(binary)(tensor([[-200], [200]]))), [-1, 1]);
  });

  it('takes class numbers as [n], as [n, 1] and with an axis of classes elsewhere', async () => {
    const column = ops.expandDims(classes, 1);
    const plain = await numbers(
      lossFunctions.sparseCategoricalCrossentropy(classes, logits, { fromLogits: true }),
    );
    close(
      await numbers(
        lossFunctions.sparseCategoricalCrossentropy(column, logits, { fromLogits: true }),
      ),
      plain,
    );
    const turned = ops.transpose(logits);
    close(
      await numbers(
        lossFunctions.sparseCategoricalCrossentropy(classes, turned, { fromLogits: true, axis: 0 }),
      ),
      plain,
    );
  });

  it('is NaN for a class that does not exist', async () => {
    const value = lossFunctions.sparseCategoricalCrossentropy(
      tensor([0, 3, -1], [3], 'int32'),
      logits,
      { fromLogits: true },
    );
    expect((await numbers(value)).map(Number.isNaN)).toEqual([false, true, true]);
  });

  it('says which loss fits the labels', () => {
    expect(() => losses.categoricalCrossentropy().call(classes, logits)).toThrow(
      /expected one-hot labels of the same shape; for class numbers use 'sparseCategoricalCrossentropy'/,
    );
    expect(() => losses.sparseCategoricalCrossentropy().call(oneHot, logits)).toThrow(
      /for one-hot labels use 'categoricalCrossentropy'/,
    );
    expect(() => losses.binaryCrossentropy({ labelSmoothing: 2 })).toThrow(
      'labelSmoothing is 2; expected a number from 0 to 1',
    );
  });

  it("is binary, categorical or sparse for 'crossentropy', by the shapes", async () => {
    const lossOf = async (units: number, y: number[] | number[][]) => {
      const model = sequential([
        layers.dense({
          units,
          inputShape: [2],
          kernelInitializer: 'zeros',
          activation: units === 1 ? 'sigmoid' : 'softmax',
        }),
      ]);
      model.compile({ loss: 'crossentropy' });
      return (
        await model.evaluate(
          [
            [1, 2],
            [3, 4],
          ],
          y,
        )
      ).loss;
    };
    expect(await lossOf(1, [[0], [1]])).toBeCloseTo(Math.LN2, 5);
    expect(
      await lossOf(4, [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ]),
    ).toBeCloseTo(Math.log(4), 5);
    expect(await lossOf(4, [3, 2])).toBeCloseTo(Math.log(4), 5);
  });
});

describe('connectionist temporal classification', () => {
  /** Minus the log of the probability of all paths that collapse to the labels, by trying every path. */
  function byEnumeration(logits: number[][], labels: readonly number[]): number {
    const classes = logits[0].length;
    const rows = logits.map((row) => {
      const total = row.reduce((a, v) => a + Math.exp(v), 0);
      return row.map((v) => Math.exp(v) / total);
    });
    let sum = 0;
    const walk = (t: number, path: number[], p: number) => {
      if (t === rows.length) {
        const merged = path.filter((c, i) => i === 0 || c !== path[i - 1]).filter((c) => c !== 0);
        if (merged.join() === labels.join()) sum += p;
        return;
      }
      for (let c = 0; c < classes; c++) walk(t + 1, [...path, c], p * rows[t][c]);
    };
    walk(0, [], 1);
    return -Math.log(sum);
  }

  const wave = (n: number, phase: number) =>
    Array.from({ length: n }, (_, i) => 1.5 * Math.sin(1.7 * i + phase));
  const batch = [0, 1, 2, 3].map((k) => [0, 1, 2, 3, 4].map((t) => wave(3, k + 2 * t)));
  const labels = [
    [1, 2, 0],
    [2, 2, 0],
    [1, 0, 0],
    [1, 2, 1],
  ];

  it('is the sum over all paths', async () => {
    const values = await numbers(
      losses.ctc({ reduction: 'none' }).call(tensor(labels), tensor(batch)),
    );
    const expected = labels.map((l, k) =>
      byEnumeration(
        batch[k],
        l.filter((c) => c !== 0),
      ),
    );
    close(values, expected, 4);
  });

  it('has the gradient of finite differences', async () => {
    const loss = (x: Tensor) => losses.ctc().call(tensor(labels), x);
    const flat = batch.flat(2);
    const slopes = await numbers(grad(loss)(tensor(batch)));
    const mean = (values: number[]) => {
      const rows = batch.map((_, k) =>
        [0, 1, 2, 3, 4].map((t) => values.slice((k * 5 + t) * 3, (k * 5 + t) * 3 + 3)),
      );
      return labels.reduce(
        (a, l, k) =>
          a +
          byEnumeration(
            rows[k],
            l.filter((c) => c !== 0),
          ) /
            4,
        0,
      );
    };
    for (const i of [0, 7, 20, 33, 59]) {
      const moved = (by: number) => mean(flat.map((v, k) => (k === i ? v + by : v)));
      expect(slopes[i]).toBeCloseTo((moved(1e-4) - moved(-1e-4)) / 2e-4, 3);
    }
  });

  it('is infinite for labels that do not fit into the steps', async () => {
    const short = tensor([
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    ]);
    const value = losses.ctc({ reduction: 'none' }).call(tensor([[1, 1]]), short);
    expect(await numbers(value)).toEqual([Number.POSITIVE_INFINITY]);
  });
});

describe('others', () => {
  it('huber meets the square and the line at delta', async () => {
    const errors = tensor([[0.5], [1], [2], [-4]]);
    const values = await numbers(lossFunctions.huber(ops.zerosLike(errors), errors, { delta: 2 }));
    close(values, [0.125, 0.5, 2, 6]);
  });

  it('hinge turns 0 and 1 into -1 and 1, and leaves other labels', async () => {
    const scores = tensor([[0.5], [0.5]]);
    close(await numbers(lossFunctions.hinge(tensor([[0], [1]]), scores)), [1.5, 0.5]);
    close(await numbers(lossFunctions.hinge(tensor([[-1], [1]]), scores)), [1.5, 0.5]);
  });

  it('logCosh is finite for huge errors', async () => {
    const values = await numbers(
      lossFunctions.logCosh(tensor([[0], [0]]), tensor([[1000], [-1000]])),
    );
    close(values, [1000 - Math.LN2, 1000 - Math.LN2], 2);
  });

  it('circle draws a class together', async () => {
    const unit = (angle: number) => [Math.cos(angle), Math.sin(angle)];
    const near = tensor([unit(0), unit(0.1), unit(3)]);
    const far = tensor([unit(0), unit(2), unit(0.2)]);
    const value = (x: Tensor) =>
      losses
        .circle()
        .call(tensor([1, 1, 2]), x)
        .item();
    expect(await value(near)).toBeLessThan(await value(far));
  });

  it('options out of range are errors', () => {
    expect(() => losses.categoricalGeneralizedCrossEntropy({ q: 1 })).toThrow(
      /q is 1; expected a number between 0 and 1/,
    );
  });
});
