import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../../src/engines/js/engine.ts';
import { registerEngine, setDevice } from '../../../src/tensor/device.ts';
import { distributions, lossSurface, searchRate, steepest, walkSample } from './analysis.ts';
import { libraryCatalog } from './catalog.ts';
import { dataOf } from './compiled-step.ts';
import { buildNetwork } from './network.ts';
import { pointsOf } from './points.ts';
import { DEAD } from './protocol.ts';
import { defaultState, type PlaygroundState, sanitize } from './state.ts';
import { healthOf, Trainer } from './trainer.ts';

beforeAll(() => {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
});

const catalog = libraryCatalog();
const make = (changes: Partial<PlaygroundState> | Record<string, unknown> = {}) =>
  Trainer.create(sanitize({ ...defaultState, ...changes }, catalog));

function train(trainer: Trainer, epochs: number) {
  while (trainer.epoch < epochs && trainer.trainEpoch());
  return trainer.frame(false);
}

const hidden = (...units: number[]) =>
  units.map((u) => ({ units: u, dropout: 0, batchNorm: false }));

describe('training', () => {
  it('is what fit does, weight for weight', async () => {
    const trainer = await make({ percTrainData: 30 });
    const { model } = buildNetwork(trainer.state, 2);
    const { x, y, points } = trainer.train;
    const n = points.x.length;
    train(trainer, 3);
    await model.fit(
      { data: x, shape: [n, 2], dtype: 'float32' },
      { data: y, shape: [n, 1], dtype: 'float32' },
      { epochs: 3, batchSize: 10, shuffle: false, verbose: 0 } as never,
    );
    const fitted = await model.getWeights();
    trainer.network.model.weights.forEach((v, i) => {
      const own = dataOf(v);
      fitted[i].data.forEach((w, k) => {
        expect(own[k]).toBeCloseTo(w as number, 5);
      });
    });
  });

  it.each<[string, Record<string, unknown>, number, number]>([
    ['circle', {}, 200, 0.02],
    ['xor', { dataset: 'xor' }, 300, 0.03],
    ['gauss', { dataset: 'gauss' }, 50, 0.01],
    [
      'spiral',
      {
        dataset: 'spiral',
        layers: hidden(8, 6),
        features: ['x', 'y', 'sinX', 'sinY'],
        learningRate: 0.03,
      },
      500,
      0.06,
    ],
    ['plane', { problem: 'regression' }, 60, 0.002],
    ['hills', { problem: 'regression', regDataset: 'hills', layers: hidden(8, 6) }, 400, 0.015],
    ['and', { dataset: 'and', layers: [], learningRate: 0.1 }, 100, 0.01],
    ['or', { dataset: 'or', layers: [], learningRate: 0.1 }, 100, 0.01],
    ['gatexor', { dataset: 'gatexor', layers: hidden(3), learningRate: 0.1 }, 300, 0.02],
    ['line', { dataset: 'line', layers: [] }, 300, 0.01],
    [
      'three classes',
      { dataset: 'gauss', classes: 3, optimizer: 'adam', learningRate: 0.01 },
      150,
      0.08,
    ],
    ['cross entropy', { loss: 'crossentropy', learningRate: 0.1 }, 200, 0.08],
  ])('%s reaches its loss', async (_, changes, epochs, loss) => {
    const frame = train(await make(changes), epochs);
    expect(frame.testLoss).toBeLessThan(loss);
    if (frame.testMetrics.kind === 'classification') {
      expect(frame.testMetrics.accuracy).toBeGreaterThan(0.97);
    }
  });

  it('cannot learn XOR with one neuron', async () => {
    const frame = train(await make({ dataset: 'gatexor', layers: [], noise: 5 }), 300);
    expect(frame.testLoss).toBeGreaterThan(0.3);
  });

  it('stops and says so when it diverges', async () => {
    const trainer = await make({ problem: 'regression', activation: 'relu', learningRate: 10 });
    train(trainer, 200);
    expect(trainer.trouble).toMatchObject({ kind: 'diverged', learningRate: 10 });
    const { epoch } = trainer;
    expect(trainer.trainEpoch()).toBe(false);
    expect(trainer.epoch).toBe(epoch);
    await trainer.reset(sanitize({ ...trainer.state, learningRate: 0.01 }));
    expect(train(trainer, 5).trouble).toBeUndefined();
    expect(Number.isFinite(trainer.frame(false).trainLoss)).toBe(true);
  });

  it('goes on through changes of rate, activation, optimizer and batch; data and shape start anew', async () => {
    const trainer = await make();
    train(trainer, 20);
    const before = trainer.flatWeights();
    for (const changes of [
      { learningRate: 0.1 },
      { activation: 'relu' },
      { optimizer: 'adam' },
      { batchSize: 7 },
      { regularization: 'L2' as const, regularizationRate: 0.01 },
    ]) {
      expect(await trainer.configure({ ...trainer.state, ...changes })).toBe(false);
      expect([...trainer.flatWeights()]).toEqual([...before]);
      expect(trainer.epoch).toBe(20);
    }
    expect(trainer.trainEpoch()).toBe(true);
    expect(await trainer.configure({ ...trainer.state, noise: 10 })).toBe(true);
    expect(trainer.epoch).toBe(0);
    expect(await trainer.configure({ ...trainer.state, layers: hidden(3) })).toBe(true);
    expect(trainer.network.stages.map((s) => s.units)).toEqual([3, 1]);
  });

  it('starts from the same weights for the same seed', async () => {
    const trainer = await make();
    const start = [...trainer.flatWeights()];
    train(trainer, 5);
    await trainer.reset();
    expect([...trainer.flatWeights()]).toEqual(start);
    await trainer.reset({ ...trainer.state, seed: 99 });
    expect([...trainer.flatWeights()]).not.toEqual(start);
  });

  it('L1 drives weights to zero, where they stay', async () => {
    const trainer = await make({
      dataset: 'gauss',
      layers: hidden(6),
      regularization: 'L1',
      regularizationRate: 0.03,
    });
    const zeros = () => {
      const kernel = dataOf(trainer.network.stages[0].dense.kernel);
      return [...kernel].flatMap((w, i) => (w === 0 ? [i] : []));
    };
    train(trainer, 60);
    const early = zeros();
    expect(early.length).toBeGreaterThan(0);
    train(trainer, 120);
    expect(zeros()).toEqual(expect.arrayContaining(early));
  });

  it('edits weights', async () => {
    const trainer = await make();
    trainer.edit({ stage: 0, unit: 2, input: 1 }, 4.5);
    trainer.edit({ stage: 1, unit: 0, input: 'bias' }, -3);
    const { weights } = trainer.frame(false);
    expect(weights[0].kernel[1 * 4 + 2]).toBe(4.5);
    expect(weights[1].bias[0]).toBe(-3);
    expect(trainer.trainEpoch()).toBe(true);
  });

  it('restores a snapshot and refuses one of another network', async () => {
    const trainer = await make();
    train(trainer, 10);
    const snapshot = await trainer.snapshot();
    const other = await make();
    other.restore(snapshot);
    expect([...other.flatWeights()]).toEqual([...trainer.flatWeights()]);
    expect(other.epoch).toBe(10);
    const small = await make({ layers: hidden(1) });
    expect(() => small.restore(snapshot)).toThrow(/do not fit/);
  });

  it('paints maps that agree with the outputs', async () => {
    const trainer = await make();
    train(trainer, 100);
    const { maps, output, outputSize, mapSize } = trainer.frame(true);
    expect(maps!.map((m) => m.length / mapSize ** 2)).toEqual([4, 2, 1]);
    const middle = (outputSize / 2) * outputSize + outputSize / 2;
    expect(output![middle]).toBeGreaterThan(200);
    expect(output![0]).toBeLessThan(50);
  });

  it('trains the largest network, with everything on', async () => {
    const trainer = await make({
      layers: Array.from({ length: 10 }, () => ({ units: 16, dropout: 0.1, batchNorm: true })),
      optimizer: 'adam',
      formulas: ['exp(-x^2)'],
      schedule: 'exponentialDecay',
      shuffle: true,
    });
    const frame = train(trainer, 3);
    expect(Number.isFinite(frame.trainLoss)).toBe(true);
    expect(frame.learningRate).toBeLessThan(0.03);
    expect(trainer.frame(true).maps!.length).toBe(11);
  });

  it('waits without points and copes with one', async () => {
    const none = await make({ dataset: 'own', points: pointsOf([]) });
    expect(none.trainEpoch()).toBe(false);
    expect(none.frame(true).epoch).toBe(0);
    const one = await make({ dataset: 'own', points: pointsOf([[1, 1, 1]]) });
    expect(train(one, 20).trainLoss).toBeLessThan(0.5);
    expect(one.test.points.x.length).toBe(0);
  });
});

describe('every choice of the library trains', () => {
  it.each(catalog.optimizers.map((o) => o.name))('optimizer %s', async (optimizer) => {
    expect(Number.isFinite(train(await make({ optimizer }), 2).trainLoss)).toBe(true);
  });
  it.each(catalog.activations)('activation %s', async (activation) => {
    const trainer = await make({ activation, learningRate: 0.001 });
    expect(Number.isFinite(train(trainer, 2).trainLoss)).toBe(true);
  });
  it.each(catalog.initializers)('initializer %s', async (initializer) => {
    expect(Number.isFinite(train(await make({ initializer }), 2).trainLoss)).toBe(true);
  });
  it.each(catalog.schedules)('schedule %s', async (schedule) => {
    const trainer = await make({ schedule, decaySteps: 20 });
    expect(Number.isFinite(train(trainer, 4).trainLoss)).toBe(true);
    expect(trainer.learningRate()).toBeLessThanOrEqual(0.03 + 1e-6);
  });
});

describe('analysis', () => {
  it('walks a sample with gradients that finite differences confirm', async () => {
    const trainer = await make({ activation: 'sigmoid', batchSize: 1 });
    train(trainer, 5);
    const walk = await walkSample(trainer, 4, false);
    const last = walk.stages.at(-1)!;
    const [o] = last.output;
    expect(walk.loss).toBeCloseTo(0.5 * (o - walk.target[0]) ** 2, 5);
    // tanh output: dL/dz = (o - t)(1 - o^2); the update is w - rate * delta * input.
    expect(last.delta[0]).toBeCloseTo((o - walk.target[0]) * (1 - o * o), 5);
    const input = walk.stages[1].output;
    last.kernel.forEach((w, i) => {
      expect(last.kernelGradient[i]).toBeCloseTo(last.delta[0] * input[i], 5);
      expect(last.kernelAfter[i]).toBeCloseTo(w - 0.03 * last.kernelGradient[i], 5);
    });
    expect(walk.lossAfter).toBeLessThan(walk.loss);
    const before = [...trainer.flatWeights()];
    await walkSample(trainer, 4, false);
    expect([...trainer.flatWeights()]).toEqual(before);
    await walkSample(trainer, 4, true);
    expect([...trainer.flatWeights()]).not.toEqual(before);
    expect(trainer.trainEpoch()).toBe(true);
  });

  it('draws the surface through the present weights and leaves them alone', async () => {
    const trainer = await make();
    for (let i = 0; i < 10; i++) {
      trainer.trainEpoch();
      trainer.frame(false);
    }
    const before = [...trainer.flatWeights()];
    const a = { stage: 0, unit: 1, input: 0 } as const;
    const b = { stage: 2, unit: 0, input: 'bias' } as const;
    const surface = await lossSurface(trainer, { a, b, size: 9 });
    expect([...trainer.flatWeights()]).toEqual(before);
    expect(surface.path.length).toBeGreaterThanOrEqual(10);
    expect(surface.path.at(-1)![2]).toBeCloseTo(trainer.frame(false).trainLoss, 5);
    expect(surface.loss.every(Number.isFinite)).toBe(true);
    expect(surface.path.at(-1)![0]).toBeCloseTo(before[trainer.flatIndex(a)], 6);
  });

  it('finds a rate and leaves the run alone', async () => {
    const trainer = await make();
    const before = [...trainer.flatWeights()];
    const { rates, losses, suggestion } = await searchRate(trainer);
    expect([...trainer.flatWeights()]).toEqual(before);
    expect(rates.length).toBe(losses.length);
    expect(suggestion).toBeGreaterThan(0.003);
    expect(suggestion).toBeLessThan(5);
  });

  it('suggests nothing where the loss never falls', () => {
    const rates = Array.from({ length: 40 }, (_, i) => 10 ** (i / 10 - 4));
    expect(
      steepest(
        rates,
        rates.map(() => 1),
      ),
    ).toBeUndefined();
    const falling = rates.map((_, i) => (i < 20 ? 1 : i < 26 ? 1 - (i - 20) / 6 : 0));
    expect(steepest(rates, falling)).toBeGreaterThan(0.005);
  });

  it('shows vanishing gradients in a deep sigmoid network', async () => {
    const trainer = await make({ layers: hidden(4, 4, 4, 4, 4, 4), activation: 'sigmoid' });
    const list = distributions(trainer);
    const means = list.map((d) => d.gradients.meanAbsolute);
    expect(means[0]).toBeLessThan(means.at(-1)! / 100);
    for (const { weights } of list)
      expect(weights.counts.reduce((a, b) => a + b)).toBeGreaterThan(0);
  });
});

describe('health', () => {
  it('knows dead and saturated units', () => {
    const outputs = Float32Array.from([0, 1, 0.999, 0, 0.5, -0.998]);
    expect(healthOf('relu', 3, outputs)[0]).toBe(DEAD);
    expect(healthOf('relu', 3, outputs)[1]).toBe(0);
    expect(healthOf('tanh', 3, outputs)).toEqual([0, 0, 2]);
    expect(healthOf('elu', 3, Float32Array.of(0, 0, 0))).toEqual([0, 0, 0]);
  });
});
