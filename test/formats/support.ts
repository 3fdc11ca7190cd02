/** What the tests of model files share. */
import type { Model } from 'nabla';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import { type LoadOptions, loadModelFile } from '../../src/formats/load.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import type { SavedFile } from '../../src/formats/saved-file.ts';
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

/**
 * Saves and loads the model in every format: it must compute the same to the bit, and as an ONNX graph,
 * also in ONNX Runtime, nearly the same.
 */
export async function expectRoundTrips(
  model: Model,
  x: readonly NDArray[],
  without: readonly ModelFormat[] = [],
): Promise<void> {
  const data = x.length === 1 ? x[0] : x;
  const expected = await outputsOf(model, data);
  for (const format of ['keras', 'h5', 'safetensors', 'tfjs'] as const) {
    if (without.includes(format)) continue;
    const loaded = await throughFile(model, format, { onWarning: () => {} });
    expect(largestDifference(await outputsOf(loaded, data), expected), format).toBe(0);
  }
  if (without.includes('onnx')) return;
  const loaded = await throughFile(model, 'onnx');
  const scale = 1 + Math.max(0, ...expected.flat().filter(Number.isFinite).map(Math.abs));
  const imported = largestDifference(await outputsOf(loaded, data), expected);
  expect(imported / scale, 'onnx').toBeLessThan(1e-5);
  const [{ bytes }] = await saveModelFiles(model, 'onnx');
  const session = await InferenceSession.create(bytes);
  const feeds = Object.fromEntries(
    x.map(({ data: values, shape, dtype }, i) => [
      session.inputNames[i],
      new OrtTensor(dtype as 'float32', values as Float32Array, shape),
    ]),
  );
  const results = await session.run(feeds);
  const received = session.outputNames.map((n) => Array.from(results[n].data as any, Number));
  expect(largestDifference(received, expected) / scale, 'ONNX Runtime').toBeLessThan(1e-5);
}

/** Every number that training goes on from: weights, optimizer, seeds. */
export async function stateOf(model: Model): Promise<number[][]> {
  const variables = [...model.weights, ...(model.isCompiled ? model.optimizer.variables : [])];
  return Promise.all(variables.map(async (v) => Array.from(await v.value.data(), Number)));
}
