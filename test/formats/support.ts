/** What the tests of model files share. */
import type { Model } from 'nabla';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import { type LoadOptions, loadModelFile, loadWeightsFile } from '../../src/formats/load.ts';
import { decodeOnnx } from '../../src/formats/onnx/decode.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import type { SavedFile } from '../../src/formats/saved-file.ts';
import { allocate, toTypedArray } from '../../src/graph/dtype.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { isTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { leavesOf } from '../../src/tensor/tree.ts';
import type { ModelData } from '../../src/training/arrays.ts';
import type { ModelFormat, SaveOptions } from '../../src/training/files.ts';

/** All outputs of a model, flat. */
export async function outputsOf(model: Model, x: ModelData): Promise<number[][]> {
  const outputs: Tensor[] = leavesOf(await model.predict(x), isTensor);
  return Promise.all(outputs.map(async (t) => Array.from(await t.data(), Number)));
}

/** Loads a saved model from memory. */
export function reload(files: readonly SavedFile[], options: LoadOptions = {}): Promise<Model> {
  const sibling = async (name: string): Promise<Uint8Array> => {
    const found = files.find((f) => f.name === name);
    if (!found) throw new Error(`there is no file ${name}`);
    return found.bytes;
  };
  return loadModelFile({ bytes: files[0].bytes, sibling }, options);
}

/** The model, saved and loaded again; nothing may be warned of. */
export async function throughFile(
  model: Model,
  format: ModelFormat,
  options: SaveOptions = {},
): Promise<Model> {
  const onWarning = (message: string) => {
    throw new Error(message);
  };
  const files = await saveModelFiles(model, format, { onWarning, ...options });
  return reload(files, { onWarning });
}

export function largestDifference(a: readonly number[][], b: readonly number[][]): number {
  expect(a.map((list) => list.length)).toEqual(b.map((list) => list.length));
  let largest = 0;
  a.forEach((list, i) => {
    list.forEach((value, k) => {
      const other = b[i][k];
      const equal = value === other || (Number.isNaN(value) && Number.isNaN(other));
      if (!equal) largest = Math.max(largest, Math.abs(value - other));
      if (!equal && Number.isNaN(value - other)) largest = Number.POSITIVE_INFINITY;
    });
  });
  return largest;
}

/** Formats that hold the whole model. */
const wholeFormats = ['keras', 'h5', 'safetensors', 'tfjs'] as const;

/** Why a model cannot be saved in a format: the message must say so. */
export type Refusals = Partial<Record<ModelFormat, RegExp>>;

const asData = (x: readonly NDArray[]): ModelData => (x.length === 1 ? x[0] : [...x]);

/** Saves and loads the model in every format: it must compute the same to the bit, or be refused. */
export async function expectRoundTrips(
  model: Model,
  x: readonly NDArray[],
  refusals: Refusals = {},
): Promise<void> {
  const data = asData(x);
  const expected = await outputsOf(model, data);
  for (const format of wholeFormats) {
    const refusal = refusals[format];
    if (refusal) {
      await expect(saveModelFiles(model, format), format).rejects.toThrow(refusal);
      continue;
    }
    const loaded = await throughFile(model, format, { onWarning: () => {} });
    expect(largestDifference(await outputsOf(loaded, data), expected), format).toBe(0);
  }
  // Weights alone, into a model of the same kind whose own are gone.
  const [{ bytes }] = await saveModelFiles(model, 'weights.h5');
  const other = await throughFile(model, 'keras', { onWarning: () => {} });
  if (other.weights.length > 0) {
    for (const weight of other.weights) {
      const { shape, dtype } = weight;
      const size = shape.reduce((n, d) => n * d, 1);
      weight.assign({ data: allocate(dtype, size), shape, dtype });
    }
    await loadWeightsFile(other, { bytes });
  }
  expect(largestDifference(await outputsOf(other, data), expected), 'weights.h5').toBe(0);
  await expectOnnx(model, x);
}

/** Twice as many samples: the same ones again. */
const doubled = ({ data, shape, dtype }: NDArray): NDArray => {
  const twice = allocate(dtype, data.length * 2);
  twice.set(data);
  twice.set(data, data.length);
  return { data: twice, shape: [2 * shape[0], ...shape.slice(1)], dtype };
};

/** The model as an ONNX graph computes nearly the same here and in ONNX Runtime, at two sizes of a batch. */
export async function expectOnnx(
  model: Model,
  x: readonly NDArray[],
  options: SaveOptions = {},
): Promise<void> {
  const [{ bytes }] = await saveModelFiles(model, 'onnx', options);
  const types = decodeOnnx(bytes).inputs.map((i) => i.dtype);
  const imported = await reload([{ name: '', bytes }]);
  const session = await InferenceSession.create(bytes);
  try {
    for (const batch of [x, x.map(doubled)]) {
      const expected = await outputsOf(model, asData(batch));
      const scale = 1 + Math.max(0, ...expected.flat().filter(Number.isFinite).map(Math.abs));
      const here = largestDifference(await outputsOf(imported, asData(batch)), expected);
      expect(here / scale, 'onnx').toBeLessThan(1e-5);
      const feeds = Object.fromEntries(
        batch.map(({ data: values, shape }, i) => [
          session.inputNames[i],
          new OrtTensor(types[i] as 'float32', toTypedArray(types[i], values) as any, shape),
        ]),
      );
      const results = await session.run(feeds);
      const received = session.outputNames.map((n) => Array.from(results[n].data as any, Number));
      expect(largestDifference(received, expected) / scale, 'ONNX Runtime').toBeLessThan(1e-5);
    }
  } finally {
    await session.release();
  }
}

/** Every number that training goes on from: weights, optimizer, seeds. */
export async function stateOf(model: Model): Promise<number[][]> {
  const variables = [...model.weights, ...(model.isCompiled ? model.optimizer.variables : [])];
  return Promise.all(variables.map(async (v) => Array.from(await v.value.data(), Number)));
}
