import { beforeAll, describe, expect, it } from 'vitest';
import { layers } from '../../src/nn/layers/index.ts';
import { setMask } from '../../src/nn/layers/mask.ts';
import { metricFunctions, metrics } from '../../src/nn/metrics/index.ts';
import { classificationReport, confusionMatrix } from '../../src/nn/metrics/report.ts';
import { setDevice } from '../../src/tensor/device.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { sequential } from '../../src/training/sequential.ts';

beforeAll(() => setDevice('js'));

const noise = (n: number, phase: number) =>
  Array.from({ length: n }, (_, i) => Math.abs(Math.sin(12.9 * i + phase)) % 1);

describe('state', () => {
  it('gathers batches until it is reset', async () => {
    const metric = metrics.mean();
    metric.updateState(tensor([1, 3]));
    metric.updateState(tensor([5]), tensor([2]));
    expect(await metric.result().item()).toBeCloseTo((1 + 3 + 10) / 4, 6);
    metric.resetState();
    expect(await metric.result().item()).toBe(0);
    metric.updateState(tensor([7]));
    expect(await metric.result().item()).toBe(7);
  });

  it('is the same for one batch and for many', async () => {
    const [y, p] = [noise(60, 1).map((v) => Number(v > 0.4)), noise(60, 2)];
    const make = [
      () => metrics.auc(),
      () => metrics.precision({ thresholds: [0.2, 0.5] }),
      () => metrics.rootMeanSquaredError(),
      () => metrics.f1Score({ threshold: 0.5, average: 'macro' }),
      () => metrics.meanIoU({ numClasses: 2, sparseYPred: true }),
    ];
    const column = (values: number[]) => tensor(values.map((v) => [v]));
    for (const m of make) {
      const [one, many] = [m(), m()];
      one.updateState(column(y), column(p));
      for (let i = 0; i < 60; i += 20) {
        many.updateState(column(y.slice(i, i + 20)), column(p.slice(i, i + 20)));
      }
      const [a, b] = [await one.result().data(), await many.result().data()];
      a.forEach((v, i) => {
        expect(b[i]).toBeCloseTo(v, 5);
      });
    }
  });

  it('leaves masked positions out', async () => {
    const yPred = tensor([[0.9], [0.2], [0.8]]);
    setMask(yPred, tensor([true, true, false]));
    const metric = metrics.binaryAccuracy();
    metric.updateState(tensor([[1], [1], [0]]), yPred);
    expect(await metric.result().item()).toBe(0.5);
  });

  it('refuses weights that do not fit', () => {
    const update = () =>
      metrics
        .categoricalAccuracy()
        .updateState(tensor([[1, 0]]), tensor([[1, 0]]), tensor([[[1]]]));
    expect(update).toThrow(/sample weights are \[1, 1, 1\]/);
  });
});

describe('area under the ROC curve', () => {
  const labels = noise(400, 0.3).map((v) => Number(v > 0.5));
  const scores = noise(400, 7).map((v, i) => 0.6 * v + 0.4 * labels[i] * noise(400, 3)[i]);
  /** The share of pairs of a positive and a negative sample that are in the right order. */
  const exact = () => {
    let right = 0;
    let pairs = 0;
    labels.forEach((a, i) => {
      labels.forEach((b, k) => {
        if (a !== 1 || b !== 0) return;
        pairs++;
        right += scores[i] > scores[k] ? 1 : scores[i] === scores[k] ? 0.5 : 0;
      });
    });
    return right / pairs;
  };

  it('approaches the share of ordered pairs', async () => {
    const metric = metrics.auc({ numThresholds: 2000 });
    metric.updateState(tensor(labels), tensor(scores));
    expect(await metric.result().item()).toBeCloseTo(exact(), 3);
  });

  it('lies between its lower and upper sums', async () => {
    const area = async (summationMethod: 'minoring' | 'interpolation' | 'majoring') => {
      const metric = metrics.auc({ numThresholds: 20, summationMethod });
      metric.updateState(tensor(labels), tensor(scores));
      return metric.result().item();
    };
    const [low, middle, high] = [
      await area('minoring'),
      await area('interpolation'),
      await area('majoring'),
    ];
    expect(low).toBeLessThan(middle);
    expect(middle).toBeLessThan(high);
    expect(low).toBeLessThanOrEqual(exact());
    expect(high).toBeGreaterThanOrEqual(exact());
  });

  it('is the same for thresholds of ones own that are evenly spaced, and from logits', async () => {
    const value = async (options: Parameters<typeof metrics.auc>[0], x = scores) => {
      const metric = metrics.auc(options);
      metric.updateState(tensor(labels), tensor(x));
      return metric.result().item();
    };
    const plain = await value({ numThresholds: 5 });
    expect(await value({ thresholds: [0.25, 0.5, 0.75] })).toBeCloseTo(plain, 6);
    // Unevenly spaced ones take the other way of counting.
    expect(await value({ thresholds: [0.25, 0.5, 0.50001, 0.75] })).toBeCloseTo(plain, 2);
    const logits = scores.map((p) => Math.log(p / (1 - p)));
    expect(await value({ numThresholds: 5, fromLogits: true }, logits)).toBeCloseTo(plain, 4);
  });

  it('refuses what it does not know', () => {
    expect(() => metrics.auc({ curve: 'PRC' as any })).toThrow(
      "curve is 'PRC'; expected ROC, PR, PRGAIN",
    );
    expect(() => metrics.auc({ numThresholds: 1 })).toThrow(/expected a whole number of 2 or more/);
    expect(() => metrics.auc({ numLabels: 3 })).toThrow(/only for multiLabel/);
    expect(() => metrics.precision({ thresholds: [2] })).toThrow(
      /thresholds are \[2\]; expected numbers from 0 to 1/,
    );
  });
});

describe('intersection over union', () => {
  it('counts in whole numbers, and in fractions where weights ask for it', async () => {
    const [y, p] = [tensor([0, 0, 1, 1], [4], 'int32'), tensor([0, 1, 0, 1], [4], 'int32')];
    const plain = metrics.meanIoU({ numClasses: 2 });
    plain.updateState(y, p);
    expect(plain.variables[0].dtype).toBe('int32');
    expect(await plain.result().item()).toBeCloseTo(1 / 3, 5);
    const weighted = metrics.meanIoU({ numClasses: 2 });
    weighted.updateState(y, p, tensor([0.3, 0.3, 0.3, 0.1]));
    expect(weighted.variables[0].dtype).toBe('float32');
    expect(await weighted.result().item()).toBeCloseTo(0.23809525, 5);
  });

  it('needs the number of classes', () => {
    expect(() => metrics.get('mean_io_u' as any)).toThrow(
      'numClasses is undefined; expected a whole number',
    );
    expect(() => metrics.iou({ numClasses: 2, targetClassIds: [2] })).toThrow(
      /expected numbers from 0 to 1/,
    );
  });
});

describe('r2', () => {
  it('is 1 for perfect predictions and 0 for the mean, and 0 before any', async () => {
    const y = [[1], [2], [6]];
    const score = async (p: number[][]) => {
      const metric = metrics.r2Score();
      expect(await metric.result().item()).toBe(0);
      metric.updateState(tensor(y), tensor(p));
      return metric.result().item();
    };
    expect(await score(y)).toBeCloseTo(1, 6);
    expect(await score([[3], [3], [3]])).toBeCloseTo(0, 6);
  });

  it('adjusted for regressors, falls back where there are too many', async () => {
    const score = async (numRegressors: number) => {
      const metric = metrics.r2Score({ numRegressors });
      metric.updateState(tensor([[1], [2], [6], [4]]), tensor([[1], [3], [5], [4]]));
      return metric.result().item();
    };
    const plain = await score(0);
    expect(await score(1)).toBeCloseTo(1 - ((1 - plain) * 3) / 2, 5);
    expect(await score(3)).toBeCloseTo(plain, 6);
    expect(await score(9)).toBeCloseTo(plain, 6);
  });
});

describe('metrics as functions', () => {
  it.each([
    ['binaryAccuracy', metricFunctions.binaryAccuracy, [[1], [0]], [[0.6], [0.7]], [1, 0]],
    [
      'categoricalAccuracy',
      metricFunctions.categoricalAccuracy,
      [
        [0, 1],
        [1, 0],
      ],
      [
        [0.2, 0.8],
        [0.3, 0.7],
      ],
      [1, 0],
    ],
    [
      'sparseCategoricalAccuracy',
      metricFunctions.sparseCategoricalAccuracy,
      [[1], [0]],
      [
        [0.2, 0.8],
        [0.3, 0.7],
      ],
      [1, 0],
    ],
    [
      'topKCategoricalAccuracy',
      (a: Tensor, b: Tensor) => metricFunctions.topKCategoricalAccuracy(a, b, { k: 2 }),
      [
        [0, 0, 1],
        [1, 0, 0],
      ],
      [
        [0.5, 0.1, 0.4],
        [0.1, 0.5, 0.4],
      ],
      [1, 0],
    ],
  ] as [string, (a: Tensor, b: Tensor) => Tensor, number[][], number[][], number[]][])(
    '%s',
    async (_, fn, y, p, expected) => {
      expect([...(await fn(tensor(y), tensor(p)).data())]).toEqual(expected);
    },
  );
});

describe('in a model', () => {
  const model = (units: number) =>
    sequential([layers.dense({ units, inputShape: [2], kernelInitializer: 'ones' })]);
  const x = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];

  it('a metric of several numbers reports each', async () => {
    const m = model(3);
    m.compile({ loss: 'mse', metrics: [metrics.f1Score()] });
    const logs = await m.evaluate(x, [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(Object.keys(logs)).toEqual(['loss', 'f1_score_0', 'f1_score_1', 'f1_score_2']);
  });

  it('a weighted metric beside the plain one has a name of its own', async () => {
    const m = model(1);
    m.compile({ loss: 'mse', metrics: ['mae'], weightedMetrics: ['mae', 'mse'] });
    const logs = await m.evaluate(x, [[0], [0], [0]], { sampleWeight: [1, 0, 0] });
    expect(Object.keys(logs)).toEqual(['loss', 'mae', 'weighted_mae', 'mse']);
    expect(logs.mae).toBeCloseTo(7, 5);
    expect(logs.weighted_mae).toBeCloseTo(3, 5);
    expect(logs.mse).toBeCloseTo(9, 5);
  });

  it("'accuracy' is the one that fits the shapes", async () => {
    const accuracy = async (units: number, y: number[] | number[][]) => {
      const m = model(units);
      m.compile({ loss: 'mse', metrics: ['accuracy'] });
      const logs = await m.evaluate(x, y, { batchSize: 3 });
      return logs.accuracy;
    };
    expect(await accuracy(1, [[1], [1], [0]])).toBeCloseTo(2 / 3, 5);
    expect(
      await accuracy(2, [
        [1, 0],
        [0, 1],
        [1, 0],
      ]),
    ).toBeCloseTo(2 / 3, 5);
  });
});

describe('confusion matrix', () => {
  it('has the truth in rows and the predictions in columns', () => {
    expect(confusionMatrix([0, 1, 2, 2], [0, 2, 2, 1])).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 1, 1],
    ]);
  });

  it('takes one-hot rows, probabilities, arrays with shapes, and weights', () => {
    const probabilities = {
      data: Float32Array.of(0.9, 0.1, 0.2, 0.8),
      shape: [2, 2],
      dtype: 'float32' as const,
    };
    expect(
      confusionMatrix(
        [
          [1, 0],
          [1, 0],
        ],
        probabilities,
      ),
    ).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(confusionMatrix(Float32Array.of(1, 0), [[0.7], [0.2]])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(confusionMatrix([1, 0], [1, 1], { numClasses: 3, weights: [0.5, 2] })).toEqual([
      [0, 2, 0],
      [0, 0.5, 0],
      [0, 0, 0],
    ]);
  });

  it('refuses classes that do not exist and lists of different lengths', () => {
    expect(() => confusionMatrix([0, 3], [0, 1], { numClasses: 2 })).toThrow(
      'sample 1 has the class 3; expected whole numbers from 0 to 1',
    );
    expect(() => confusionMatrix([0], [0, 1])).toThrow(/1 labels and 2 predictions/);
    expect(() => confusionMatrix([0], [0], { weights: [1, 2] })).toThrow(/2 weights for 1 samples/);
  });
});

describe('classification report', () => {
  const labels = [0, 0, 0, 1, 1, 2];
  const predictions = [0, 0, 1, 1, 0, 2];
  const report = classificationReport(labels, predictions, { classNames: ['cat', 'dog', 'owl'] });

  it('has precision, recall, F1 and support of each class', () => {
    expect(report.classes.map((c) => c.name)).toEqual(['cat', 'dog', 'owl']);
    const [cat, dog, owl] = report.classes;
    expect(cat).toMatchObject({ precision: 2 / 3, recall: 2 / 3, support: 3 });
    expect(cat.f1).toBeCloseTo(2 / 3, 12);
    expect(dog).toMatchObject({ precision: 1 / 2, recall: 1 / 2, f1: 1 / 2, support: 2 });
    expect(owl).toMatchObject({ precision: 1, recall: 1, f1: 1, support: 1 });
    expect(report.accuracy).toBeCloseTo(4 / 6, 12);
    expect(report.macroAverage.recall).toBeCloseTo((2 / 3 + 1 / 2 + 1) / 3, 12);
    expect(report.weightedAverage.recall).toBeCloseTo(4 / 6, 12);
  });

  it('is a table as text', () => {
    expect(String(report)).toBe(
      [
        '                  precision  recall    f1  support',
        '',
        '             cat       0.67    0.67  0.67        3',
        '             dog       0.50    0.50  0.50        2',
        '             owl       1.00    1.00  1.00        1',
        '',
        '        accuracy                     0.67        6',
        '   macro average       0.72    0.72  0.72        6',
        'weighted average       0.67    0.67  0.67        6',
      ].join('\n'),
    );
  });

  it('gives 0 where a share has no denominator', () => {
    const { classes } = classificationReport([0, 0], [0, 0], { numClasses: 2 });
    expect(classes[1]).toEqual({ name: '1', precision: 0, recall: 0, f1: 0, support: 0 });
  });
});
