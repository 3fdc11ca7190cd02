import { input, layers, model, ops, sequential } from 'nabla';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import { saveModelFiles } from '../../src/formats/save.ts';
import { InputLayer } from '../../src/nn/layers/input.ts';
import { registries } from '../../src/nn/registry.ts';
import { registerEngine, setDevice } from '../../src/tensor/device.ts';
import {
  allClasses,
  classesWithoutModels,
  refusals,
  refused,
  sampledClasses,
  samples,
} from './layer-samples.ts';
import { checkOnnx, hasOnnx, stopChecker } from './python.ts';
import { expectRoundTrips, outputsOf, type Refusals, throughFile } from './support.ts';

/**
 * Every layer through every format: a model of one layer must compute the same after it was saved and
 * loaded, to the bit; as an ONNX graph, also in ONNX Runtime, nearly the same. What a format cannot hold
 * stands here, and is refused with a message that says why.
 */
const withoutFormat: readonly (readonly [samples: RegExp, Refusals])[] = [
  // The mask of these recorded calls is an input of the model; TensorFlow.js makes masks by itself only.
  [/^GlobalAveragePooling1D 16[24]$/, { tfjs: /mask.*TensorFlow\.js/ }],
];

const refusalsOf = (name: string): Refusals =>
  withoutFormat.find(([pattern]) => pattern.test(name))?.[1] ?? {};

beforeAll(() => {
  registerEngine('js', async () => createJsEngine());
  setDevice('js');
});

describe('every layer through every format', () => {
  it('has a sample of every class, but for those that no model can hold', () => {
    const missing = allClasses.filter((c) => !sampledClasses.has(c));
    expect(missing.sort()).toEqual(Object.keys(classesWithoutModels).sort());
    expect(samples.length).toBeGreaterThan(290);
  });

  it.each(Object.entries(classesWithoutModels))('%s is refused: it %s', (className) => {
    const layer = registries.layers.get({
      class_name: className,
      config: className.startsWith('Hash') ? { num_bins: 3 } : {},
    });
    const x = input({ shape: [3] });
    const given: any = className === 'HashedCrossing' ? [x, x] : x;
    expect(() => layer.call(given)).toThrow(/on the host and cannot be part of a model.*apply/);
  });

  it('leaves out recorded configurations for known reasons only', () => {
    for (const message of refused) {
      const known = refusals.some(([, pattern]) => pattern.test(message));
      expect(known, message).toBe(true);
    }
    for (const [reason, pattern] of refusals) {
      expect(
        refused.some((message) => pattern.test(message)),
        reason,
      ).toBe(true);
    }
  });

  it.each(samples)('$name', async ({ name, model: made, x }) => {
    await expectRoundTrips(made, x, refusalsOf(name));
  });
});

describe.skipIf(!hasOnnx)("ONNX's checker (skipped without python3-onnx)", () => {
  afterAll(stopChecker);

  it.each(samples)('passes $name', async ({ model: made }) => {
    const [{ bytes }] = await saveModelFiles(made, 'onnx');
    expect(await checkOnnx(bytes)).toMatch(/^ok( batch)+$/);
  });
});

describe('layers that keep their state', () => {
  const make = () =>
    sequential([
      layers.gru({ units: 3, stateful: true, batchShape: [2, 4, 3] }),
      layers.dense({ units: 1 }),
    ]);
  const x = { data: new Float32Array(24).fill(0.5), shape: [2, 4, 3], dtype: 'float32' } as const;

  it.each(['keras', 'h5', 'safetensors', 'tfjs'] as const)(
    'begin anew in a %s file',
    async (format) => {
      const made = make();
      const first = await outputsOf(made, x);
      expect(await outputsOf(made, x)).not.toEqual(first);
      const loaded = await throughFile(made, format);
      expect(await outputsOf(loaded, x)).toEqual(first);
      expect(await outputsOf(loaded, x)).not.toEqual(first);
    },
  );

  it('are refused as ONNX graphs', async () => {
    await expect(saveModelFiles(make(), 'onnx')).rejects.toThrow(/remembers.*stateful/);
  });
});

describe('what a format cannot hold', () => {
  it('operations between layers in TensorFlow.js', async () => {
    const a = input({ shape: [3], name: 'a' });
    const made = model({ inputs: a, outputs: layers.dense({ units: 2 }).call(ops.sin(a)) });
    await expect(saveModelFiles(made, 'tfjs')).rejects.toThrow(
      /'Sin'.*TensorFlow\.js has no layer/,
    );
  });

  it('inputs of open size in ONNX, unless sizes are given', async () => {
    // Files may leave axes open; here such an input has a size that stands in.
    const { tensor: a } = new InputLayer({ batchShape: [null, null, 3], standIn: 16, name: 'a' });
    const made = model({ inputs: a, outputs: layers.globalAveragePooling1d().call(a) });
    await expect(saveModelFiles(made, 'onnx')).rejects.toThrow(
      /'a' \[open, open, 3\].*inputShapes/,
    );
    const [{ bytes }] = await saveModelFiles(made, 'onnx', { inputShapes: { a: [null, 5, 3] } });
    expect(bytes.length).toBeGreaterThan(0);
  });
});
