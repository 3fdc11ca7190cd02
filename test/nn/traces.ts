import { describe, expect, it } from 'vitest';
import { constraints } from '../../src/nn/constraints.ts';
import type { DenseOptions } from '../../src/nn/layers/dense.ts';
import { layers } from '../../src/nn/layers/index.ts';
import { losses } from '../../src/nn/losses/index.ts';
import { metrics } from '../../src/nn/metrics/index.ts';
import { optimizers } from '../../src/nn/optimizers/index.ts';
import { regularizers } from '../../src/nn/regularizers.ts';
import { callbacks } from '../../src/training/callbacks/index.ts';
import type { CompileOptions } from '../../src/training/model.ts';
import { type Sequential, sequential } from '../../src/training/sequential.ts';
import { expectClose, readGoldens, wave } from './golden.ts';

/** The model of the traces: 4 inputs, 5 tanh units, 3 outputs, with its initial weights. */
function buildModel(
  first: Partial<DenseOptions> = {},
  last: Partial<DenseOptions> = {},
): Sequential {
  const model = sequential([
    layers.dense({ units: 5, activation: 'tanh', name: 'a', inputShape: [4], ...first }),
    layers.dense({ units: 3, name: 'b', ...last }),
  ]);
  const array = (data: Float32Array, shape: number[]) => ({
    data,
    shape,
    dtype: 'float32' as const,
  });
  model.setWeights([
    array(wave(20, 0.9, 0.3, 0.5), [4, 5]),
    array(wave(5, 0.5, 0.2, 0.1), [5]),
    array(wave(15, 0.7, 0.6, 0.5), [5, 3]),
    array(wave(3, 0.4, 0.9, 0.1), [3]),
  ]);
  return model;
}

const inputs = (samples: number) => ({
  data: wave(samples * 4),
  shape: [samples, 4],
  dtype: 'float32' as const,
});
const targets = (samples: number) => ({
  data: wave(samples * 3, 0.61, 0.25, 0.8),
  shape: [samples, 3],
  dtype: 'float32' as const,
});

/** One-hot rows of the classes i % 3. */
const oneHot = {
  data: Float32Array.from({ length: 24 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0)),
  shape: [8, 3],
  dtype: 'float32' as const,
};

const squareWeights = wave(8, 0.3, 0.5).map((v) => v * v);

async function expectWeights(model: Sequential, expected: any[]): Promise<void> {
  const weights = await model.getWeights();
  for (const [i, w] of weights.entries()) expectClose(w.data, expected[i].flat());
}

/** What the traces' `extra` runs change, found from their names, notes and first losses. */
const extras: Record<
  string,
  {
    readonly model?: () => Sequential;
    readonly compile?: CompileOptions;
    readonly y?: typeof oneHot;
    readonly sampleWeight?: Float32Array;
  }
> = {
  l1l2_kernel_reg: {
    model: () => buildModel({ kernelRegularizer: regularizers.l1l2({ l1: 0.01, l2: 0.02 }) }),
  },
  orthogonal_reg: {
    model: () =>
      buildModel({ kernelRegularizer: regularizers.orthogonalRegularizer({ factor: 0.05 }) }),
  },
  constraint_UnitNorm: { model: () => buildModel({ kernelConstraint: 'unitNorm' }) },
  constraint_MinMaxNorm: {
    model: () => buildModel({ kernelConstraint: constraints.minMaxNorm() }),
  },
  cce_ls_from_logits_True: {
    y: oneHot,
    compile: { loss: losses.categoricalCrossentropy({ fromLogits: true, labelSmoothing: 0.1 }) },
  },
  cce_ls_from_logits_False: {
    y: oneHot,
    model: () => buildModel({}, { activation: 'softmax' }),
    compile: { loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }) },
  },
  sample_weight: { sampleWeight: squareWeights },
  loss_weights_sum_reduction: {
    compile: {
      loss: losses.meanSquaredError({ reduction: 'sum' }),
      optimizer: optimizers.sgd({ learningRate: 0.01 }),
    },
  },
};

export function describeTraces(): void {
  const traces = readGoldens('training-traces');

  describe('training as Keras does it', () => {
    it.each(Object.entries<any>(traces.optimizers))('%s', async (_, trace) => {
      const model = buildModel();
      const optimizer = optimizers.deserialize({ class_name: trace.cls, config: trace.config });
      model.compile({ optimizer, loss: 'mse' });
      for (const [i, loss] of trace.loss_before_each_step.entries()) {
        const logs = await model.trainOnBatch(inputs(8), targets(8));
        expectClose([logs.loss], loss);
        if (i === 0) await expectWeights(model, trace.weights_after_step_1);
      }
      await expectWeights(model, trace.weights_after_step_6);
      const { variables } = optimizer;
      expect(variables.map((v) => v.shape)).toEqual(
        trace.optimizer_variables.map((v: any) => v[1]),
      );
      for (const [i, v] of variables.entries()) {
        expectClose(await v.data(), trace.optimizer_variable_values_after_6[i]);
      }
    });
  });

  describe('losses, penalties and projections in training as Keras has them', () => {
    it('covers every run of the file', () => {
      expect(Object.keys(extras).sort()).toEqual(Object.keys(traces.extra).sort());
    });

    it.each(Object.entries<any>(traces.extra))('%s', async (name, trace) => {
      const { model: make = buildModel, compile, y = targets(8), sampleWeight } = extras[name];
      const model = make();
      model.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse', ...compile });
      for (const { loss } of trace.logs) {
        const logs = await model.trainOnBatch(inputs(8), y, { sampleWeight });
        expectClose([logs.loss], loss);
      }
      await expectWeights(model, trace.weights_after);
    });
  });

  describe('fit as Keras does it', () => {
    it('splits the last samples off for validation', async () => {
      const model = buildModel();
      model.compile({
        optimizer: optimizers.sgd({ learningRate: 0.1 }),
        loss: 'mse',
        metrics: ['mae'],
      });
      const { history } = await model.fit(inputs(10), targets(10), {
        batchSize: 4,
        epochs: 2,
        shuffle: false,
        validationSplit: 0.3,
        verbose: 0,
      });
      for (const [key, values] of Object.entries<any>(traces.validation_split)) {
        expectClose(history[key], values);
      }
    });

    it('slows down, stops and goes back to the best weights', async () => {
      const { history: expected, weights_after } = traces.callbacks_run;
      const model = buildModel();
      model.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: 'mse' });
      const { history } = await model.fit(inputs(10), targets(10), {
        batchSize: 5,
        epochs: 15,
        shuffle: false,
        verbose: 0,
        callbacks: [
          callbacks.reduceLROnPlateau({
            monitor: 'loss',
            factor: 0.5,
            patience: 1,
            minDelta: 0.05,
          }),
          callbacks.earlyStopping({
            monitor: 'loss',
            patience: 3,
            minDelta: 0.02,
            restoreBestWeights: true,
          }),
        ],
      });
      expect(Object.keys(history).sort()).toEqual(Object.keys(expected).sort());
      expectClose(history.loss, expected.loss);
      expectClose(history.learning_rate, expected.learning_rate);
      const weights = await model.getWeights();
      for (const [i, w] of weights.entries()) {
        expectClose(w.data, weights_after[i].flat());
      }
    });

    it('reports metrics under the names that they were asked for by', async () => {
      const model = buildModel();
      model.compile({
        optimizer: 'sgd',
        loss: 'mse',
        metrics: ['mae', 'mean_squared_error', metrics.rootMeanSquaredError()],
      });
      const logs = await model.evaluate(inputs(7), targets(7), { batchSize: 3 });
      expect(Object.keys(logs)).toEqual([
        'loss',
        'mae',
        'mean_squared_error',
        'root_mean_squared_error',
      ]);
      expectClose([logs.mean_squared_error], logs.loss);
      expectClose([logs.root_mean_squared_error], Math.sqrt(logs.loss));
    });
  });
}
