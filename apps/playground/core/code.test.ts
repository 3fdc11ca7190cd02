import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryCatalog } from './catalog.ts';
import { kerasCode, typescriptCode } from './code.ts';
import { chosenFeatures } from './features.ts';
import { buildNetwork } from './network.ts';
import { defaultState, sanitize } from './state.ts';

const catalog = libraryCatalog();

const states = {
  plain: {},
  everything: {
    layers: [
      { units: 4, batchNorm: true, dropout: 0.2 },
      { units: 3, activation: 'relu' },
    ],
    regularization: 'L1L2',
    regularizationRate: 0.003,
    optimizer: 'adam',
    optimizerOptions: { beta1: 0.8, amsgrad: true, clipnorm: 1 },
    schedule: 'cosineDecay',
    formulas: ['-x^2 + relu(y)*e', 'min(x, step(y)) / (2 - -1)'],
  },
  softmax: { classes: 4, initializer: 'heNormal', schedule: 'piecewiseConstantDecay' },
  binary: { loss: 'crossentropy', layers: [], regularization: 'L2', regularizationRate: 0.1 },
  regression: { problem: 'regression', optimizerOptions: { momentum: 0.9, nesterov: true } },
};

let folder: string;
beforeAll(async () => {
  // Inside the repository, so that 'nabla' is found.
  folder = await mkdtemp(join(import.meta.dirname, 'generated-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('code', () => {
  it.each(Object.entries(states))('%s: the TypeScript builds and trains', async (name, changes) => {
    const state = sanitize({ ...defaultState, ...changes }, catalog);
    const file = join(folder, `${name}.ts`);
    await writeFile(file, typescriptCode(state));
    const { model, features } = await import(/* @vite-ignore */ file);
    const chosen = chosenFeatures(state.features, state.formulas);
    const own = buildNetwork(state, chosen.length);
    expect(model.countParams()).toBe(own.model.countParams());
    const points = [
      [1, 2],
      [-3, 0.5],
      [0.25, -4],
    ];
    const rows = points.map(([x, y]) => features(x, y));
    points.forEach(([x, y], i) => {
      chosen.forEach((f, k) => {
        expect(rows[i][k]).toBeCloseTo(f.value(x, y), 10);
      });
    });
    const targets = rows.map((_, i) =>
      own.outputs === 1
        ? [i % 2]
        : Array.from({ length: own.outputs }, (_, k) => (k === i ? 1 : 0)),
    );
    const history = await model.fit(rows, targets, { epochs: 2, batchSize: 2, verbose: 0 });
    expect(history.history.loss.every(Number.isFinite)).toBe(true);
  });

  it('Keras: the same network in its names', () => {
    const code = kerasCode(sanitize({ ...defaultState, ...states.everything }, catalog));
    for (const text of [
      'keras.Input(shape=(4,))',
      "layers.Dense(units=3, activation='relu'",
      'layers.BatchNormalization(momentum=0.9)',
      'layers.Dropout(rate=0.2)',
      'kernel_regularizer=regularizers.L1L2(l1=0.003, l2=0.0015)',
      'optimizers.schedules.CosineDecay(initial_learning_rate=0.03, decay_steps=1000, alpha=0.01)',
      'beta_1=0.8, amsgrad=True, clipnorm=1',
      '((-(x ** 2)) + (relu(y) * np.e))'.slice(1, -1),
      'np.minimum(x, step(y))',
    ]) {
      expect(code).toContain(text);
    }
  });
});
