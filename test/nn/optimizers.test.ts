import { beforeAll, describe, expect, it } from 'vitest';
import { optimizeGraph } from '../../src/compiler/compile.ts';
import { topologicalOrder } from '../../src/graph/graph.ts';
import type { Node } from '../../src/graph/node.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { optimizers } from '../../src/nn/optimizers/index.ts';
import type { LossScaleOptimizer } from '../../src/nn/optimizers/loss-scale.ts';
import type { Optimizer } from '../../src/nn/optimizers/optimizer.ts';
import { schedules } from '../../src/nn/schedules/index.ts';
import { placeholder } from '../../src/ops/build.ts';
import { setDevice } from '../../src/tensor/device.ts';
import { ops } from '../../src/tensor/lift.ts';
import { Tensor, tensor } from '../../src/tensor/tensor.ts';
import { traced } from '../../src/tensor/trace.ts';
import { variable } from '../../src/tensor/variable.ts';
import { sequential } from '../../src/training/sequential.ts';
import { wave } from './golden.ts';

beforeAll(() => setDevice('js'));

/** Weights after each of `steps` updates with one constant gradient. */
async function path(optimizer: Optimizer, gradient: number, steps: number, start = 1) {
  const w = variable([start]);
  const seen: number[] = [];
  for (let i = 0; i < steps; i++) {
    optimizer.apply([tensor([gradient])], [w]);
    seen.push((await w.data())[0]);
  }
  return seen;
}

function expectNumbers(received: readonly number[], expected: readonly number[]): void {
  expect(received.length).toBe(expected.length);
  received.forEach((v, i) => {
    expect(v, `element ${i}`).toBeCloseTo(expected[i], 5);
  });
}

const data = {
  x: { data: wave(48), shape: [12, 4], dtype: 'float32' as const },
  y: { data: wave(12, 0.61, 0.25, 0.8), shape: [12, 1], dtype: 'float32' as const },
};

/** A small model trained for two epochs of three batches. */
async function trained(optimizer: Optimizer): Promise<number[]> {
  const model = sequential([layers.dense({ units: 1, inputShape: [4] })]);
  model.setWeights([
    { data: wave(4, 0.9), shape: [4, 1], dtype: 'float32' },
    { data: new Float32Array(1), shape: [1], dtype: 'float32' },
  ]);
  model.compile({ optimizer, loss: 'mse' });
  await model.fit(data.x, data.y, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0 });
  const weights = await model.getWeights();
  return weights.flatMap((w) => Array.from(w.data, Number));
}

describe('minimize', () => {
  it('makes one step on a loss and returns what it was before', async () => {
    const w = variable(1);
    const sgd = optimizers.sgd({ learningRate: 0.1 });
    const loss = await sgd.minimize(() => w.value.square().div(2), [w]);
    expect(loss).toBe(0.5);
    expect((await w.data())[0]).toBeCloseTo(0.9, 6);
  });

  it('finds a minimum', async () => {
    const w = variable([3, -2]);
    const adam = optimizers.adam({ learningRate: 0.1 });
    const loss = () =>
      w.value
        .sub(tensor([1, 2]))
        .square()
        .sum();
    for (let i = 0; i < 300; i++) await adam.minimize(loss, [w]);
    expectNumbers([...(await w.data())] as number[], [1, 2]);
  });

  it('is not changed by a loss scale', async () => {
    const w = variable(1);
    const sgd = optimizers.sgd({ learningRate: 0.1, lossScaleFactor: 1024 });
    expect(await sgd.minimize(() => w.value.square().div(2), [w])).toBe(0.5);
    expect((await w.data())[0]).toBeCloseTo(0.9, 6);
  });
});

describe('learning rates', () => {
  it('can be set between steps', async () => {
    const sgd = optimizers.sgd({ learningRate: 0.1 });
    expectNumbers(await path(sgd, 1, 1), [0.9]);
    sgd.learningRate = 0.5;
    expectNumbers(await path(optimizers.sgd({ learningRate: 0.5 }), 1, 1), [0.5]);
    expect(await sgd.getLearningRate()).toBe(0.5);
    expect(sgd.getConfig().learningRate).toBe(0.5);
  });

  it('follow schedules and functions of the step', async () => {
    const piecewise = schedules.piecewiseConstantDecay({
      boundaries: [0, 1],
      values: [0.4, 0.2, 0.1],
    });
    expectNumbers(await path(optimizers.sgd({ learningRate: piecewise }), 1, 3), [0.6, 0.4, 0.3]);
    const halving = (step: Tensor) => ops.power(0.5, step.cast('float32'));
    expectNumbers(await path(optimizers.sgd({ learningRate: halving }), 1, 3), [0, -0.5, -0.75]);
    expectNumbers(await path(optimizers.sgd({ learningRate: () => 0.25 }), 1, 2), [0.75, 0.5]);
  });

  it('cannot be set where a schedule governs them', () => {
    const sgd = optimizers.sgd({
      learningRate: schedules.exponentialDecay({
        initialLearningRate: 1,
        decaySteps: 1,
        decayRate: 0.5,
      }),
    });
    expect(() => {
      sgd.learningRate = 1;
    }).toThrow(/schedule/);
  });

  it("decay as in Keras 2, by lr / (1 + decay * step), with 'decay'", async () => {
    const sgd = optimizers.sgd({ learningRate: 1, decay: 1 });
    expectNumbers(await path(sgd, 1, 3), [0, -1 / 2, -1 / 2 - 1 / 3]);
  });

  it('count every step while gradients gather', async () => {
    // Updates come at steps 1 and 3 (from 0); their rates are the schedule's at those steps.
    const learningRate = (step: Tensor) => step.cast('float32').add(1).mul(0.1);
    const sgd = optimizers.sgd({ learningRate, gradientAccumulationSteps: 2 });
    expectNumbers(await path(sgd, 1, 4), [1, 0.8, 0.8, 0.4]);
  });
});

describe('gradient accumulation', () => {
  it('updates with the mean of the gradients', async () => {
    const w = variable([1]);
    const sgd = optimizers.sgd({ learningRate: 0.1, gradientAccumulationSteps: 3 });
    const seen: number[] = [];
    for (const g of [1, 2, 6, 3, 3, 3]) {
      sgd.apply([tensor([g])], [w]);
      seen.push((await w.data())[0]);
    }
    expectNumbers(seen, [1, 1, 0.7, 0.7, 0.7, 0.4]);
    expect(await sgd.iterations.item()).toBe(2);
  });

  it('leaves moments and weights alone in between', async () => {
    const options = { learningRate: 0.1, weightDecay: 0.1 };
    const plain = await path(optimizers.adam(options), 0.5, 3);
    const gathered = await path(
      optimizers.adam({ ...options, gradientAccumulationSteps: 2 }),
      0.5,
      6,
    );
    expectNumbers(gathered, [1, plain[0], plain[0], plain[1], plain[1], plain[2]]);
  });
});

describe('moving averages', () => {
  it('take the weights’ place when asked for', async () => {
    const w = variable([1]);
    const sgd = optimizers.sgd({ learningRate: 0.1, useEma: true, emaMomentum: 0.5 });
    for (let i = 0; i < 3; i++) sgd.apply([tensor([1])], [w]);
    // Weights 0.9, 0.8, 0.7: averages 0.9, 0.85, 0.775.
    expectNumbers([...(await w.data())] as number[], [0.7]);
    sgd.finalizeVariableValues([w]);
    expectNumbers([...(await w.data())] as number[], [0.775]);
  });

  it('take their place every few steps', async () => {
    const sgd = optimizers.sgd({
      learningRate: 0.1,
      useEma: true,
      emaMomentum: 0.5,
      emaOverwriteFrequency: 2,
    });
    expectNumbers(await path(sgd, 1, 3), [0.9, 0.85, 0.75]);
  });

  it('are the weights after fit', async () => {
    const plain = await trained(optimizers.sgd({ learningRate: 0.1 }));
    const averaged = await trained(optimizers.sgd({ learningRate: 0.1, useEma: true }));
    const scaled = await trained(
      optimizers.lossScaleOptimizer({
        innerOptimizer: optimizers.sgd({ learningRate: 0.1, useEma: true }),
      }),
    );
    expect(averaged[0]).not.toBeCloseTo(plain[0], 3);
    expectNumbers(scaled, averaged);
  });
});

describe('weight decay', () => {
  it('shrinks weights by a share of the rate', async () => {
    const sgd = optimizers.sgd({ learningRate: 0.1, weightDecay: 0.5 });
    expectNumbers(await path(sgd, 0, 2), [0.95, 0.9025]);
  });

  it('leaves out variables by name, pattern and themselves', async () => {
    const all = ['kernel', 'bias', 'gamma', 'beta'].map((name) => variable([1], { name }));
    const sgd = optimizers.sgd({ learningRate: 0.1, weightDecay: 0.5 });
    sgd.excludeFromWeightDecay({ names: ['bias', /^gam/], variables: [all[3]] });
    sgd.apply(
      all.map(() => tensor([0])),
      all,
    );
    const values = await Promise.all(all.map(async (v) => (await v.data())[0] as number));
    expectNumbers(values, [0.95, 1, 1, 1]);
    expect(() => sgd.excludeFromWeightDecay({ names: ['kernel'] })).toThrow(/before/);
  });
});

describe('gradients', () => {
  it('that are null leave their variables as they are', async () => {
    const [a, b] = [variable([1]), variable([1])];
    const adam = optimizers.adam({ learningRate: 0.1, weightDecay: 0.1 });
    adam.apply([null, tensor([1])], [a, b]);
    expect((await a.data())[0]).toBe(1);
    expect((await b.data())[0]).toBeLessThan(1);
    // It can have one later.
    adam.apply([tensor([1]), null], [a, b]);
    expect((await a.data())[0]).toBeLessThan(1);
  });

  it('for variables of other kinds than the first are refused', () => {
    const sgd = optimizers.sgd();
    sgd.apply([tensor([1])], [variable([1], { name: 'first' })]);
    expect(() => sgd.apply([tensor([1])], [variable([1], { name: 'second' })])).toThrow(
      /'second' is not among the variables of the first step/,
    );
  });

  it('of float64 keep their precision', async () => {
    const w = variable([1], { dtype: 'float64' });
    const adam = optimizers.sgd({ learningRate: 0.1, momentum: 0.5 });
    adam.apply([tensor([1e-12], [1], 'float64')], [w]);
    expect(w.dtype).toBe('float64');
    expect(1 - (await w.data())[0]).toBeCloseTo(1e-13, 15);
    expect((await w.data())[0]).not.toBe(1);
  });
});

describe('loss scales', () => {
  it('do not change what fit learns', async () => {
    const plain = await trained(optimizers.adam({ learningRate: 0.05 }));
    const factor = await trained(optimizers.adam({ learningRate: 0.05, lossScaleFactor: 256 }));
    const dynamic = await trained(
      optimizers.lossScaleOptimizer({ innerOptimizer: optimizers.adam({ learningRate: 0.05 }) }),
    );
    expectNumbers(factor, plain);
    expectNumbers(dynamic, plain);
  });

  /** The factor, from the optimizer's state in the order of Keras's files. */
  const scaleOf = async (o: LossScaleOptimizer) =>
    (await o.variables.find((v) => v.name === 'dynamic_scale')!.data())[0];

  it('halve and skip the step when gradients overflow', async () => {
    const w = variable([1]);
    const optimizer = optimizers.lossScaleOptimizer({
      innerOptimizer: optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }),
      initialScale: 8,
    });
    for (const g of [Number.POSITIVE_INFINITY, Number.NaN]) {
      optimizer.apply([tensor([g])], [w]);
    }
    expect((await w.data())[0]).toBe(1);
    expect(await scaleOf(optimizer)).toBe(2);
    expect(await optimizer.iterations.item()).toBe(0);
    optimizer.apply([tensor([2])], [w]);
    expect((await w.data())[0]).toBeCloseTo(0.9, 6);
    expect(await optimizer.iterations.item()).toBe(1);
  });

  it('double after steps without overflow', async () => {
    const optimizer = optimizers.lossScaleOptimizer({
      innerOptimizer: 'sgd',
      initialScale: 8,
      dynamicGrowthSteps: 2,
    });
    const w = variable([1]);
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      optimizer.apply([tensor([0])], [w]);
      seen.push((await scaleOf(optimizer)) as number);
    }
    expect(seen).toEqual([8, 16, 16, 32]);
  });

  it('want an inner optimizer without a factor of its own', () => {
    expect(() =>
      optimizers.lossScaleOptimizer({ innerOptimizer: optimizers.sgd({ lossScaleFactor: 2 }) }),
    ).toThrow(/lossScaleFactor/);
    expect(() => optimizers.lossScaleOptimizer({ innerOptimizer: 'sgd', initialScale: 0 })).toThrow(
      /initialScale is 0/,
    );
  });
});

describe('the state of an optimizer', () => {
  it('has all averages, then all accumulators, then its own slots, as in Keras’s files', () => {
    const optimizer = optimizers.sgd({ useEma: true, gradientAccumulationSteps: 2, momentum: 0.9 });
    optimizer.build([variable([1], { name: 'a' }), variable([2], { name: 'b' })]);
    expect(optimizer.variables.map((v) => v.name).slice(2)).toEqual([
      'a_average',
      'b_average',
      'a_gradient_accumulator',
      'b_gradient_accumulator',
      'a_momentum',
      'b_momentum',
    ]);
  });
});

/** Every optimizer that has a factory, so that a new one is tested as soon as it is registered. */
const factories = Object.entries<(options: any) => Optimizer>(optimizers as any).filter(
  ([name]) => !['get', 'deserialize', 'serialize', 'lossScaleOptimizer'].includes(name),
);

describe('every optimizer', () => {
  const start = [
    [3, -2, 0.5],
    [1, 4, -1],
  ];
  const target = tensor([
    [1, 1, 1],
    [-1, 2, 0],
  ]);

  it.each(factories)('%s nears a minimum, and goes on from its variables', async (_, make) => {
    const weight = () => {
      const w = variable(start);
      return { w, loss: () => w.value.sub(target).square().sum() };
    };
    const [first, second] = [weight(), weight()];
    const optimizer = make({ learningRate: 0.05 });
    const losses: number[] = [];
    for (let i = 0; i < 10; i++) losses.push(await optimizer.minimize(first.loss, [first.w]));
    expect(losses[9]).toBeLessThan(losses[0]);

    const other = make({ learningRate: 0.05 });
    other.build([second.w]);
    expect(other.variables.map((v) => v.name)).toEqual(optimizer.variables.map((v) => v.name));
    for (const [i, v] of other.variables.entries()) {
      v.assign(await optimizer.variables[i].ndarray());
    }
    second.w.assign(await first.w.ndarray());
    await optimizer.minimize(first.loss, [first.w]);
    await other.minimize(second.loss, [second.w]);
    expect(await second.w.array()).toEqual(await first.w.array());
  });
});

describe('single optimizers', () => {
  it('ScheduleFreeAdamW: swaps to the average and back', async () => {
    const w = variable([1, -2]);
    const optimizer = optimizers.scheduleFreeAdamW({ learningRate: 0.1 });
    for (const g of [1, 0.2, -0.4]) optimizer.apply([tensor([g, 1])], [w]);
    const before = [...(await w.data())] as number[];
    optimizer.swapToEval();
    const average = [...(await w.data())] as number[];
    optimizer.swapToTrain();
    expectNumbers([...(await w.data())] as number[], before);
    expect(average[0]).not.toBeCloseTo(before[0], 4);
  });

  it('Muon: leaves embeddings, named layers and other ranks than 2 to Adam', async () => {
    const model = sequential([
      layers.embedding({ inputDim: 5, outputDim: 4, inputShape: [3] }),
      layers.flatten(),
      layers.dense({ units: 6, name: 'hidden' }),
      layers.dense({ units: 2, name: 'head' }),
    ]);
    const muon = optimizers.muon({ excludeLayers: ['^head/'] });
    muon.build(model.trainableWeights);
    const velocities = muon.variables.filter((v) => v.name.endsWith('_velocity'));
    expect(velocities.map((v) => v.shape)).toEqual([[5, 4], [6], [6, 2], [2]]);
  });

  it('Muon: steps of equal singular values', async () => {
    const w = variable([
      [0, 0],
      [0, 0],
    ]);
    const muon = optimizers.muon({ learningRate: 1, rmsRate: null, weightDecay: 0, nsSteps: 30 });
    muon.apply(
      [
        tensor([
          [3, 0],
          [0, 0.2],
        ]),
      ],
      [w],
    );
    const [a, b, c, d] = await w.data();
    expect(Math.abs(Number(b)) + Math.abs(Number(c))).toBeLessThan(1e-5);
    // The polynomial draws singular values near 1, not to 1.
    for (const v of [a, d]) expect(Math.abs(-Number(v) - 1)).toBeLessThan(0.35);
  });

  it('Nesterov momentum looks ahead', async () => {
    const sgd = optimizers.sgd({ learningRate: 0.1, momentum: 0.5, nesterov: true });
    // v = -0.1, step 0.5 v - 0.1 = -0.15.
    expectNumbers(await path(sgd, 1, 1), [0.85]);
  });
});

describe('wrong hyperparameters are errors', () => {
  it.each<[string, () => Optimizer, RegExp]>([
    ['a negative rate', () => optimizers.adam({ learningRate: -1 }), /learningRate is -1/],
    [
      'a rate that is no number',
      () => optimizers.sgd({ learningRate: Number.NaN }),
      /learningRate/,
    ],
    ['beta1 of 1', () => optimizers.adam({ beta1: 1 }), /beta1 is 1/],
    ['a negative beta2', () => optimizers.adamax({ beta2: -0.1 }), /beta2 is -0.1/],
    ['a momentum above 1', () => optimizers.sgd({ momentum: 2 }), /momentum is 2/],
    ['two limits', () => optimizers.sgd({ clipnorm: 1, clipvalue: 1 }), /at most one/],
    ['a limit of 0', () => optimizers.sgd({ clipvalue: 0 }), /limit is 0/],
    [
      'accumulation over 1.5 steps',
      () => optimizers.sgd({ gradientAccumulationSteps: 1.5 }),
      /gradientAccumulationSteps is 1.5/,
    ],
    ['an average beyond 1', () => optimizers.sgd({ useEma: true, emaMomentum: 2 }), /emaMomentum/],
    [
      'a decay and a schedule',
      () => optimizers.sgd({ decay: 0.1, learningRate: () => 1 }),
      /decay is given together with a schedule/,
    ],
    ['Lion without momentum', () => optimizers.lion({ beta1: 0 }), /beta1/],
    ['a name close to one', () => optimizers.get('adm' as 'adam'), /adm.*did you mean.*adam/is],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

/** Operations on tensors of the weight's size in one compiled update. */
function passes(optimizer: Optimizer): number {
  const [rows, columns] = [5, 6];
  const size = rows * columns;
  const weight = variable({ data: wave(size), shape: [rows, columns], dtype: 'float32' });
  const gradient = placeholder([rows, columns], 'float32');
  const { trace } = traced(() => optimizer.apply([new Tensor(gradient)], [weight]));
  const graph = optimizeGraph({
    inputs: [gradient, ...trace.read.values()],
    outputs: [...trace.written.values()],
    state: [],
  });
  const inputs = new Set<Node>(graph.inputs);
  return topologicalOrder(graph.outputs).filter(
    (n) => !inputs.has(n) && n.shape.reduce((p, d) => p * d, 1) === size,
  ).length;
}

describe('passes over weight-sized memory stay few', () => {
  it.each<[number, Optimizer]>([
    [2, optimizers.sgd()],
    [4, optimizers.sgd({ momentum: 0.9 })],
    [12, optimizers.adam()],
    [14, optimizers.adamw()],
    [9, optimizers.rmsprop()],
    [7, optimizers.adagrad()],
    [8, optimizers.lion()],
    [14, optimizers.nadam()],
    [14, optimizers.lamb()],
    [12, optimizers.adamax()],
  ])('at most %d', (limit, optimizer) => {
    expect(passes(optimizer), optimizer.name).toBeLessThanOrEqual(limit);
  });
});
