import { input, layers, loadModel, type Model, model, ops, sequential } from 'nabla';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { decodeOnnx } from '../../src/formats/onnx/decode.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import type { SaveOptions } from '../../src/training/files.ts';
import {
  type GoldenModel,
  goldenModels,
  hasPublic,
  inputsOf,
  modelsFolder,
  publicFolder,
  publicModels,
} from './goldens.ts';
import { checkOnnx, hasOnnx, stopChecker } from './python.ts';
import { expectOnnx } from './support.ts';

/** Whole models as ONNX graphs; single layers are among the round trips. */

beforeAll(() => {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
});
afterAll(stopChecker);

const silent = { onWarning: () => {} };
const refusedFiles = /lambda|keras_1_model|weights/;

/** A fully convolutional network takes images of any size; a graph needs one. */
const optionsOf = (made: any, golden: Pick<GoldenModel, 'inputs'>): SaveOptions => {
  const names: string[] = made.inputNames ?? [];
  return {
    inputShapes: Object.fromEntries(
      names.map((n, i) => [n, [null, ...golden.inputs[i].shape.slice(1)]]),
    ),
  };
};

const files = [
  ...Object.entries(goldenModels).map(
    ([name, golden]) => [name, `${modelsFolder}${name}.keras`, golden] as const,
  ),
  ...(hasPublic
    ? Object.entries(publicModels)
        .filter(([name]) => !refusedFiles.test(name))
        .map(([name, golden]) => [name, publicFolder + name, golden] as const)
    : []),
];

describe('models of Keras as ONNX graphs', () => {
  it.each(files)('%s computes the same, here and in ONNX Runtime', async (_name, path, golden) => {
    const made = await loadModel(path, silent);
    await expectOnnx(made, [inputsOf(golden)].flat(), optionsOf(made, golden));
  });

  it.skipIf(!hasOnnx).each(files)(
    "%s passes ONNX's checker (skipped without python3-onnx)",
    async (_name, path, golden) => {
      const made = await loadModel(path, silent);
      const [{ bytes }] = await saveModelFiles(made, 'onnx', optionsOf(made, golden));
      expect(await checkOnnx(bytes)).toMatch(/^ok( batch)+$/);
    },
  );
});

const wave = (shape: number[]): NDArray => ({
  data: Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(i)),
  shape,
  dtype: 'float32',
});

/** Two inputs, a layer called twice, two outputs. */
function makeTwo(): Model {
  const [a, b] = [input({ shape: [4], name: 'left' }), input({ shape: [4], name: 'right' })];
  const dense = (units: number, name: string) =>
    layers.dense({ units, name, biasInitializer: 'randomNormal' });
  const shared = dense(3, 'shared');
  const joined = layers.concatenate().call([shared.call(a), shared.call(b)]);
  return model({ inputs: [a, b], outputs: ['p', 'q'].map((name) => dense(2, name).call(joined)) });
}

function makeNested(): Model {
  const inner = sequential([layers.dense({ units: 4, activation: 'relu', inputShape: [4] })]);
  const x = input({ shape: [4] });
  const middle = model({ inputs: x, outputs: inner.call(inner.call(x)) });
  return sequential([middle, layers.dropout({ rate: 0.5 }), layers.dense({ units: 1 })]);
}

function makeDirect(): Model {
  const x = input({ shape: [4], name: 'x' });
  const y = layers.dense({ units: 2 }).call(x);
  return model({ inputs: x, outputs: [y, x, y] });
}

function makeOperations(): Model {
  const x = input({ shape: [4] });
  const y = ops.sin(x).mul(2).add(x.square());
  return model({ inputs: x, outputs: ops.concatenate([y, y.neg()], -1) });
}

function makeMasked(): Model {
  const x = input({ shape: [5], dtype: 'int32', name: 'words' });
  const embedded = layers.embedding({ inputDim: 7, outputDim: 3, maskZero: true }).call(x);
  const read = layers.bidirectional({ layer: layers.lstm({ units: 2 }) });
  return model({ inputs: x, outputs: read.call(embedded) });
}

const words: NDArray = {
  data: Int32Array.of(1, 2, 0, 0, 0, 6, 5, 4, 3, 0),
  shape: [2, 5],
  dtype: 'int32',
};

const made: readonly (readonly [string, () => Model, NDArray[]])[] = [
  ['several inputs and outputs', makeTwo, [wave([3, 4]), wave([3, 4])]],
  ['models inside of models', makeNested, [wave([3, 4])]],
  ['its input, and a value twice, among the outputs', makeDirect, [wave([3, 4])]],
  ['operations between layers', makeOperations, [wave([3, 4])]],
  ['integers and masks', makeMasked, [words]],
];

describe('an ONNX graph', () => {
  it.each(made)('with %s computes the same', async (_what, make, x) => {
    await expectOnnx(make(), x);
  });

  it.skipIf(!hasOnnx).each(made)(
    "with %s passes ONNX's checker (skipped without python3-onnx)",
    async (_what, make) => {
      const [{ bytes }] = await saveModelFiles(make(), 'onnx');
      expect(await checkOnnx(bytes)).toMatch(/^ok( batch)+$/);
    },
  );

  it('names inputs, outputs and weights as the model does', async () => {
    const [{ bytes }] = await saveModelFiles(makeTwo(), 'onnx');
    const graph = decodeOnnx(bytes);
    expect(graph.inputs.map((i) => i.name)).toEqual(['left', 'right']);
    expect(graph.outputs.map((o) => o.name)).toEqual(['p', 'q']);
    expect(graph.inputs[0].shape).toEqual([null, 4]);
    const names = ['shared/kernel', 'shared/bias', 'p/kernel', 'p/bias', 'q/kernel', 'q/bias'];
    expect([...graph.initializers.keys()]).toEqual(expect.arrayContaining(names));
  });

  it('takes batches of any size, also from a model of one size', async () => {
    const one = sequential([layers.dense({ units: 2, batchShape: [5, 3] })]);
    await expectOnnx(one, [wave([5, 3])]);
  });
});
