import { readFileSync } from 'node:fs';
import { input, model as makeModel } from 'nabla';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { callLayer } from '../../src/formats/keras/calls.ts';
import { Decoder } from '../../src/formats/keras/decode.ts';
import { parseVersion } from '../../src/formats/keras/version.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import type { Functional } from '../../src/training/functional.ts';
import { largestDifference, outputsOf, throughFile } from './support.ts';
import '../layers/golden-classes.ts';

/**
 * Every layer through every format: a model of one layer for each configuration that Keras's own tests
 * have must compute the same after it was saved and loaded, to the bit; as an ONNX graph, and in ONNX
 * Runtime, nearly the same.
 */

type Recorded = number | string | boolean | null | Recorded[] | { dtype: string; v: Recorded };

interface GoldenCase {
  readonly cls: string;
  readonly config: Record<string, any>;
  readonly args: Recorded[];
}

const path = new URL('../goldens/layer-goldens.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: GoldenCase[] };

const nonFinite: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

const flat = (value: Recorded): number[] =>
  Array.isArray(value) ? value.flatMap(flat) : [nonFinite[String(value)] ?? Number(value)];
const shapeOf = (value: Recorded): number[] =>
  Array.isArray(value) ? [value.length, ...(value.length > 0 ? shapeOf(value[0]) : [])] : [];

function readArray(recorded: Recorded): NDArray {
  const typed = typeof recorded === 'object' && recorded !== null && 'v' in recorded;
  const name = typed ? recorded.dtype : 'float32';
  const values = typed ? recorded.v : recorded;
  const shape = shapeOf(values);
  if (name === 'bool') return { data: Uint8Array.from(flat(values)), shape, dtype: 'bool' };
  if (/^u?int/.test(name)) return { data: Int32Array.from(flat(values)), shape, dtype: 'int32' };
  return { data: Float32Array.from(flat(values)), shape, dtype: 'float32' };
}

const takesList = new Set([
  'Add',
  'Average',
  'Concatenate',
  'Dot',
  'Maximum',
  'Minimum',
  'Multiply',
  'Subtract',
  'Attention',
  'AdditiveAttention',
]);

interface Sample {
  readonly name: string;
  readonly model: Functional;
  readonly x: NDArray[];
}

/** A model around a recorded layer; undefined for those that no model can hold. */
function makeSample({ cls, config, args }: GoldenCase, number: number): Sample | undefined {
  const x = (takesList.has(cls) ? (args[0] as Recorded[]) : args).map(readArray);
  if (x.some(({ shape }) => shape.length === 0)) return undefined;
  const decoder = new Decoder({ version: parseVersion('3.15.1') });
  const spec = { module: 'keras.layers', class_name: cls, config, registered_name: null };
  const layer = decoder.layer(spec, `layer_${number}`);
  const inputs = x.map(({ shape, dtype }, i) =>
    input({ batchShape: [null, ...shape.slice(1)], dtype, name: `input_${i}` }),
  );
  const outputs = takesList.has(cls) ? layer.call(inputs) : callLayer(layer, inputs, {});
  const model = makeModel({ inputs, outputs, name: 'model' });
  return { name: `${cls} ${number}`, model, x };
}

/** Configurations that cannot be built into a model: outputs of unknown size, other dtypes, Python. */
const unbuildable: string[] = [];
const samples: Sample[] = [];
const seen = new Set<string>();
const classes = new Set<string>();
cases.forEach((test, number) => {
  const key = JSON.stringify([test.cls, test.config]);
  if (seen.has(key)) return;
  seen.add(key);
  classes.add(test.cls);
  try {
    const sample = makeSample(test, number);
    if (sample) samples.push(sample);
  } catch (error) {
    unbuildable.push(`${test.cls} ${number}: ${(error as Error).message}`);
  }
});

/** Operations that depend on a size that is only known when the model runs, or on what ONNX lacks. */
const notInOnnx = new Set<string>([]);

beforeAll(() => {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
});

describe('every layer through every format', () => {
  it('has a sample of nearly all', () => {
    const built = new Set(samples.map(({ name }) => name.split(' ')[0]));
    const missing = [...classes].filter((c) => !built.has(c));
    expect({ missing, unbuildable }).toMatchInlineSnapshot();
    expect(samples.length).toBeGreaterThan(200);
  });

  it.each(samples)('$name', async ({ name, model, x }) => {
    const data = x.length === 1 ? x[0] : x;
    const expected = await outputsOf(model, data);
    for (const format of ['keras', 'h5', 'safetensors', 'tfjs'] as const) {
      const loaded = await throughFile(model, format, { onWarning: () => {} });
      expect(largestDifference(await outputsOf(loaded, data), expected), format).toBe(0);
    }
    if (notInOnnx.has(name)) return;
    const loaded = await throughFile(model, 'onnx');
    expect(largestDifference(await outputsOf(loaded, data), expected)).toBeLessThan(1e-5);
    const [{ bytes }] = await saveModelFiles(model, 'onnx');
    const session = await InferenceSession.create(bytes);
    const feeds = Object.fromEntries(
      x.map(({ data: values, shape, dtype }, i) => [
        `input_${i}`,
        new OrtTensor(dtype as 'float32', values as Float32Array, shape),
      ]),
    );
    const results = await session.run(feeds);
    const received = session.outputNames.map((n) => Array.from(results[n].data as any, Number));
    const scale = 1 + Math.max(0, ...expected.flat().filter(Number.isFinite).map(Math.abs));
    expect(largestDifference(received, expected) / scale).toBeLessThan(1e-5);
  });
});
