import { readFileSync } from 'node:fs';
import { layers, loadModel, sequential } from 'nabla';
import { describe, expect, it } from 'vitest';
import { loadWeightsFile } from '../../src/formats/load.ts';
import {
  type Expected,
  goldenModels,
  hasPublic,
  inputsOf,
  modelsFolder,
  publicFolder,
  publicModels,
  targetsOf,
  tfjsFolder,
} from './goldens.ts';
import { largestDifference, outputsOf } from './support.ts';

const tolerance = 1e-5;

function expectValues(received: number[][], expected: readonly Expected[]): void {
  // Of large outputs the goldens have the first values.
  const firsts = received.map((list, i) => list.slice(0, expected[i].values.length));
  expect(
    largestDifference(
      firsts,
      expected.map((e) => e.values),
    ),
  ).toBeLessThan(tolerance);
}

const silent = { onWarning: () => {} };

describe.each(Object.entries(goldenModels))('%s of Keras 3', (name, golden) => {
  const x = inputsOf(golden);

  it.each([
    ['_init.keras', golden.predict_before],
    ['.keras', golden.predict_after],
    ['.h5', golden.predict_after],
  ])('%s predicts what Keras does', async (ending, expected) => {
    const model = await loadModel(`${modelsFolder}${name}${ending}`);
    expectValues(await outputsOf(model, x), expected);
  });

  it('takes the weights of .weights.h5', async () => {
    const model = await loadModel(`${modelsFolder}${name}_init.keras`);
    await model.loadWeights(`${modelsFolder}${name}.weights.h5`);
    expectValues(await outputsOf(model, x), golden.predict_after);
  });

  it('trains on as Keras does', async () => {
    const model = await loadModel(`${modelsFolder}${name}_init.keras`);
    for (const expected of golden.train_on_batch_losses) {
      const logs = await model.trainOnBatch(x, targetsOf(golden));
      for (const [key, value] of Object.entries(expected)) {
        expect(logs[key], key).toBeCloseTo(value, 5);
      }
    }
    expectValues(await outputsOf(model, x), golden.predict_after);
  });

  it('goes on from the state of the optimizer', async () => {
    // Both files hold the same state: the steps after them are equal, and unlike those of a fresh start.
    const [a, b] = [
      await loadModel(`${modelsFolder}${name}.keras`),
      await loadModel(`${modelsFolder}${name}.h5`),
    ];
    expect(await a.optimizer.iterations.item()).toBe(3);
    for (const model of [a, b]) await model.trainOnBatch(x, targetsOf(golden));
    expect(largestDifference(await outputsOf(a, x), await outputsOf(b, x))).toBeLessThan(1e-7);
  });
});

const whole = Object.entries(publicModels).filter(([name]) => !name.includes('.weights.'));

describe.skipIf(!hasPublic)(`files of the world (skipped without ${publicFolder})`, () => {
  it.each(whole)('%s', async (name, golden) => {
    const model = await loadModel(publicFolder + name, silent);
    if (golden.num_params !== undefined) expect(model.countParams()).toBe(golden.num_params);
    expectValues(await outputsOf(model, inputsOf(golden)), golden.outputs);
  });

  it('snake.weights.h5 goes into a model of the same layers', async () => {
    const model = sequential([
      layers.conv2d({
        filters: 32,
        kernelSize: 3,
        activation: 'relu',
        padding: 'same',
        inputShape: [8, 8, 3],
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu', padding: 'same' }),
      layers.globalAveragePooling2d(),
      layers.dense({ units: 64, activation: 'relu' }),
      layers.dense({ units: 4, activation: 'softmax' }),
    ]);
    const golden = publicModels['snake.weights.h5'];
    await loadWeightsFile(model, { bytes: readFileSync(`${publicFolder}snake.weights.h5`) });
    expectValues(await outputsOf(model, inputsOf(golden)), golden.outputs);
  });

  it('refuses Python code in a file, and Keras 1', async () => {
    await expect(loadModel(`${publicFolder}sequential_lambda.h5`)).rejects.toThrow(
      /'lambda_1'.*Lambda.*never run/,
    );
    await expect(loadModel(`${publicFolder}simple_lstm_tf_keras_1_model.h5`)).rejects.toThrow(
      /Keras 1\.2\.2.*Keras 2 first/,
    );
  });

  it('reads a TensorFlow.js model', async () => {
    const model = await loadModel(tfjsFolder);
    expect(model.countParams()).toBe(118_282);
    const byFile = await loadModel(`${tfjsFolder}model.json`);
    const x = {
      data: new Float32Array(784).fill(0.5),
      shape: [1, 28, 28],
      dtype: 'float32',
    } as const;
    const outputs = await outputsOf(model, x);
    expect(await outputsOf(byFile, x)).toEqual(outputs);
    expect(outputs[0].reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });
});
