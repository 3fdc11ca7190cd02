import { describe, expect, it } from 'vitest';
import { libraryCatalog } from './catalog.ts';
import { lessonState, lessons } from './lessons.ts';
import { pointsOf, rowsOf } from './points.ts';
import { readSession, writeSession } from './session.ts';
import { defaultState, type PlaygroundState, sanitize } from './state.ts';
import { decodeState, encodeState } from './state-url.ts';

const catalog = libraryCatalog();

const rich: PlaygroundState = {
  ...defaultState,
  dataset: 'own',
  classes: 3,
  noise: 35,
  percTrainData: 70,
  batchSize: 64,
  shuffle: true,
  features: ['y', 'xTimesY'],
  formulas: ['sin(x)*y', 'max(x, -y)'],
  layers: [
    { units: 16, activation: 'relu', dropout: 0.25, batchNorm: true },
    { units: 3, dropout: 0, batchNorm: false },
  ],
  activation: 'sigmoid',
  initializer: 'heNormal',
  learningRate: 0.003,
  regularization: 'L1L2',
  regularizationRate: 0.01,
  optimizer: 'adam',
  optimizerOptions: { beta1: 0.8, amsgrad: true },
  schedule: 'cosineDecay',
  decaySteps: 500,
  seed: 77,
  keepWeights: true,
  speed: 'max',
  stopLoss: 0.01,
  showTestData: true,
  discretize: true,
  boundary: false,
  hide: ['noise', 'session'],
  points: pointsOf([
    [1, 2, 0],
    [-3, 4.5, 2],
  ]),
};

describe('state in a URL', () => {
  it('writes nothing for the defaults', () => {
    expect(encodeState(defaultState)).toBe('');
    expect(decodeState('')).toEqual(defaultState);
  });

  it('comes back whole', () => {
    const back = decodeState(encodeState(rich), catalog);
    expect({ ...back, points: undefined }).toEqual({ ...rich, points: undefined });
    rowsOf(back.points!).forEach((row, i) => {
      row.forEach((v, k) => {
        expect(v).toBeCloseTo(rowsOf(rich.points!)[i][k], 2);
      });
    });
  });

  it.each(lessons.map((l) => l.id))('carries the lesson %s', (id) => {
    const state = lessonState(id)!;
    expect(decodeState(encodeState(state), catalog)).toEqual(sanitize(state, catalog));
  });

  it("opens the original's links", () => {
    const state = decodeState(
      '#activation=relu&regularization=L2&batchSize=25&dataset=spiral&regDataset=reg-gauss&learningRate=0.1&regularizationRate=0.001&noise=15&networkShape=8,6,2&seed=0.53213&showTestData=true&discretize=false&percTrainData=80&x=true&y=false&xTimesY=true&xSquared=false&ySquared=false&cosX=false&sinX=true&cosY=false&sinY=false&collectStats=false&problem=regression&initZero=false&hideText=false&noise_hide=true',
      catalog,
    );
    expect(state).toMatchObject({
      activation: 'relu',
      regularization: 'L2',
      batchSize: 25,
      dataset: 'spiral',
      regDataset: 'hills',
      learningRate: 0.1,
      noise: 15,
      seed: 532130,
      showTestData: true,
      percTrainData: 80,
      problem: 'regression',
      features: ['x', 'xTimesY', 'sinX'],
      hide: ['noise'],
    });
    expect(state.layers.map((l) => l.units)).toEqual([8, 6, 2]);
  });

  it.each([
    '#networkShape=999,-4,NaN,1e9,2:__proto__:d7:bn&classes=4000&batchSize=-1',
    '#learningRate=Infinity&noise=1e99&seed=NaN&regularizationRate=-5&stopEpoch=x',
    '#dataset=__proto__&optimizer=constructor&activation=<img src=x>&schedule=toString',
    '#formula=alert(1)&formula=x.y&formula=%00&x=false&y=false',
    `#points=${'!'.repeat(500)}&dataset=own`,
    `#networkShape=${'9,'.repeat(5000)}`,
    '#o.beta1=NaN&o.__proto__=1&o.momentum=true&hide=1&x_hide=true&constructor_hide=true',
    '#%E0%A4%A',
  ])('is valid whatever it is given: %s', (hash) => {
    const state = decodeState(hash, catalog);
    expect(state).toEqual(sanitize(state, catalog));
    expect(state.layers.length).toBeLessThanOrEqual(10);
    for (const { units } of state.layers) expect(units >= 1 && units <= 16).toBe(true);
    expect(state.learningRate).toBeGreaterThan(0);
    expect(Number.isInteger(state.seed)).toBe(true);
    expect(state.features.length + state.formulas.length).toBeGreaterThan(0);
    expect(catalog.optimizers.some((o) => o.name === state.optimizer)).toBe(true);
    expect(catalog.activations).toContain(state.activation);
  });
});

describe('sanitize', () => {
  it.each([null, undefined, 7, 'x', [], { layers: 'x', points: 'y', hide: {} }])(
    'makes a state of %j',
    (value) => {
      expect(sanitize(value)).toEqual(defaultState);
    },
  );

  it('drops points that are not points', () => {
    const { points } = sanitize({
      dataset: 'own',
      points: { x: [1, 'a', 3, 1e9, 0], y: [1, 1, 1, 1, 1], label: [0, 0, 9, 0, 1] },
    });
    expect(rowsOf(points!)).toEqual([
      [1, 1, 0],
      [0, 1, 1],
    ]);
  });
});

describe('session', () => {
  it('comes back whole', () => {
    const run = { epoch: 12, weights: [{ name: 'kernel', shape: [2, 1], values: [0.5, -1] }] };
    const back = readSession(writeSession({ state: rich, run }), catalog);
    expect(back.run).toEqual(run);
    expect({ ...back.state, points: undefined }).toEqual({ ...rich, points: undefined });
    expect(rowsOf(back.state.points!)).toEqual(rowsOf(rich.points!));
  });

  it.each<[string, string]>([
    ['', 'json'],
    ['{', 'json'],
    ['{"kind":"other"}', 'kind'],
    ['[]', 'kind'],
    ['"x"', 'kind'],
  ])('refuses %j: %s', (text, code) => {
    expect(() => readSession(text)).toThrow(expect.objectContaining({ code }));
  });

  it('drops weights that are none', () => {
    const text = JSON.stringify({
      kind: 'nabla-playground',
      state: { classes: 'x' },
      run: { epoch: 1, weights: [{ name: 1, shape: 'a', values: [] }] },
    });
    expect(readSession(text)).toEqual({ state: defaultState, run: undefined });
  });
});
