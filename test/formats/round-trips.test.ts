import { readFileSync } from 'node:fs';
import { input, model as makeModel, ops, registerCustomObject, type Tensor } from 'nabla';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { callLayer } from '../../src/formats/keras/calls.ts';
import { Decoder } from '../../src/formats/keras/decode.ts';
import { parseVersion } from '../../src/formats/keras/version.ts';
import type { NDArray } from '../../src/graph/ndarray.ts';
import { registerFunction } from '../../src/nn/layers/core/lambda.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import type { Functional } from '../../src/training/functional.ts';
import { MaskedDense, OneStateRNNCell, TwoStatesRNNCell } from '../layers/golden-classes.ts';
import { expectRoundTrips } from './support.ts';

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
  readonly kwargs?: Record<string, Recorded>;
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
function makeSample(test: GoldenCase, number: number): Sample | undefined {
  const { cls, config, args, kwargs = {} } = test;
  const named = ['query', 'value', 'key'].filter((n) => n in kwargs).map((n) => kwargs[n]);
  const given = takesList.has(cls) ? (args[0] as Recorded[]) : [...args, ...named];
  const x = given.map(readArray);
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

// What the recorded tests define themselves: custom objects.
registerCustomObject('layers', OneStateRNNCell);
registerCustomObject('layers', TwoStatesRNNCell);
registerCustomObject('layers', MaskedDense);
registerFunction('square', (x: Tensor) => x.square());
registerFunction('stacker', (x: Tensor) => ops.concatenate([x, x], 1));

/** Why a configuration is rightly refused. */
const expected =
  /is quantized|Python code|RNNCellWithDropout|ExampleWrapper|'Sub'|needs a known batch size|states/;
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
    const { message } = error as Error;
    if (!expected.test(message)) unbuildable.push(`${test.cls} ${number}: ${message}`);
  }
});

const masked = /^GlobalAveragePooling1D 16[24]$/;

beforeAll(() => {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
});

describe('every layer through every format', () => {
  it('has a sample of nearly all', () => {
    const built = new Set(samples.map(({ name }) => name.split(' ')[0]));
    const missing = [...classes].filter((c) => !built.has(c));
    expect(missing).toEqual(['ExampleWrapper', 'ConvLSTMCell', 'Sub']);
    expect(unbuildable).toEqual([]);
    expect(samples.length).toBeGreaterThan(200);
  });

  it.each(samples)('$name', async ({ name, model, x }) => {
    // A mask as an argument: there are none in TensorFlow.js.
    await expectRoundTrips(model, x, masked.test(name) ? ['tfjs'] : []);
  });
});
