import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { input, layers, loadModel, type Model, model, sequential } from 'nabla';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import { goldenModels, inputsOf, modelsFolder } from './goldens.ts';
import { samples } from './layer-samples.ts';
import { largestDifference, outputsOf } from './support.ts';

/**
 * TensorFlow.js itself reads what is written for it. It is no dependency: `npm run bench:peers` installs it
 * beside the measurements.
 */
const peers = fileURLToPath(new URL('../../bench/peers/', import.meta.url));
const installed = existsSync(`${peers}node_modules/@tensorflow/tfjs`);

/** What TensorFlow.js cannot do, in its words, and where it computes otherwise than Keras. */
const limits =
  /Unknown layer|does not support|not implemented|is not a valid InterpolationFormat|lora_|is not a function|^Shape mismatch|expected input_0 to have (1 dimension|shape)|a tensor, which TensorFlow.js cannot read/;
/** Its pooling over one axis takes channels first for channels last, and its GlobalPooling1D as well. */
const otherwise = /^(Global)?(Average|Max)Pooling1D /;

let tf: any;

async function inTensorFlow(made: Model, x: readonly NDArray[]): Promise<number[][]> {
  const [main, ...shards] = await saveModelFiles(made, 'tfjs');
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(main.bytes));
  const bytes = Uint8Array.from(shards.flatMap((s) => [...s.bytes]));
  const weightSpecs = weightsManifest[0].weights;
  const loaded = await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs, weightData: bytes.buffer }),
  );
  const given = x.map(({ data, shape, dtype }) => tf.tensor(data, shape, dtype));
  const outputs = [loaded.predict(given.length === 1 ? given[0] : given)].flat();
  return outputs.map((y: any) => Array.from(y.dataSync() as Float32Array));
}

async function expectSame(made: Model, x: readonly NDArray[]): Promise<void> {
  const expected = await outputsOf(made, x.length === 1 ? x[0] : [...x]);
  const scale = 1 + Math.max(...expected.flat().map(Math.abs));
  expect(largestDifference(await inTensorFlow(made, x), expected) / scale).toBeLessThan(1e-5);
}

const x = (shape: number[]): NDArray => ({
  data: Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(i)),
  shape,
  dtype: 'float32',
});

describe.skipIf(!installed)('in TensorFlow.js (skipped without npm run bench:peers)', () => {
  beforeAll(async () => {
    registerEngine('js', async () => createJsEngine());
    setDevice('js');
    tf = createRequire(`${peers}package.json`)('@tensorflow/tfjs');
    await tf.setBackend('cpu');
  });

  it('layers that it knows compute the same', async () => {
    let same = 0;
    for (const sample of samples) {
      try {
        await expectSame(sample.model, sample.x);
        same++;
      } catch (error) {
        const { message } = error as Error;
        if (!limits.test(message) && !otherwise.test(sample.name)) {
          expect.fail(`${sample.name}: ${message}`);
        }
      }
    }
    expect(same).toBeGreaterThan(115);
  }, 60_000);

  it.each(['cnn_sequential', 'functional_multi_io'])(
    '%s of Keras computes the same',
    async (name) => {
      const made = await loadModel(`${modelsFolder}${name}.keras`);
      await expectSame(made, [inputsOf(goldenModels[name])].flat());
    },
  );

  it('models inside of models, shared layers and wrappers', async () => {
    const inner = sequential([layers.dense({ units: 4, activation: 'relu', inputShape: [4] })]);
    const a = input({ shape: [4] });
    const shared = layers.dense({ units: 4, name: 'shared' });
    const middle = model({
      inputs: a,
      outputs: inner.call(shared.call(inner.call(shared.call(a)))),
    });
    const b = input({ shape: [4] });
    const doubled = layers.add().call([middle.call(b), b]);
    await expectSame(model({ inputs: b, outputs: middle.call(doubled) }), [x([3, 4])]);

    const each = sequential([
      layers.timeDistributed({ layer: layers.dense({ units: 3 }), inputShape: [5, 4] }),
      layers.bidirectional({ layer: layers.lstm({ units: 2, returnSequences: true }) }),
      layers.rnn({ cell: [layers.lstmCell({ units: 3 }), layers.simpleRnnCell({ units: 2 })] }),
    ]);
    await expectSame(each, [x([2, 5, 4])]);
  });
});
