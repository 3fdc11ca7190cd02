import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsEngine } from '../../src/engines/js/engine.ts';
import type { DType } from '../../src/graph/dtype.ts';
import { GroupedQueryAttention } from '../../src/nn/layers/attention/grouped-query-attention.ts';
import { registerFunction } from '../../src/nn/layers/core/lambda.ts';
import { Wrapper } from '../../src/nn/layers/core/wrapper.ts';
import { layers } from '../../src/nn/layers/index.ts';
import type { CallOptions, Layer } from '../../src/nn/layers/layer.ts';
import { RNN } from '../../src/nn/layers/recurrent/rnn.ts';
import { toCamelCase } from '../../src/nn/names.ts';
import { registries } from '../../src/nn/registry.ts';
import { registerEngine } from '../../src/tensor/device.ts';
import { ops } from '../../src/tensor/lift.ts';
import { isTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { leavesOf } from '../../src/tensor/tree.ts';
import { MaskedDense, OneStateRNNCell, TwoStatesRNNCell, takesList } from './golden-classes.ts';

/**
 * 310 layer calls recorded on Keras 3.15.1: the layer of each configuration with the recorded weights
 * must give the recorded output.
 */

/** A nested list is float32; others name their dtype. Infinities and NaN are strings. */
type Recorded = number | string | boolean | null | Recorded[] | { dtype: string; v: Recorded };

interface GoldenCase {
  readonly src: string;
  readonly cls: string;
  readonly config: Record<string, any>;
  readonly args: Recorded[];
  readonly kwargs?: Record<string, Recorded>;
  readonly weights?: readonly (readonly [string, Recorded])[];
  readonly output: Recorded;
}

const path = new URL('../goldens/layer-goldens.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: GoldenCase[] };

interface SkipRow {
  readonly reason: string;
  readonly matches: (test: GoldenCase) => boolean;
}

/** What is left out, and why. */
const skips: readonly SkipRow[] = [
  {
    reason: 'quantized to int8 or int4: these dtypes do not exist',
    matches: ({ config }) => /Quantized|Int4/.test(config.dtype?.class_name ?? ''),
  },
  {
    reason: 'drops at random',
    matches: ({ config, kwargs }) =>
      kwargs?.training === true && (config.dropout ?? config.cell?.config.dropout) > 0,
  },
  {
    reason: 'the function is compiled Python',
    matches: ({ cls, config }) => cls === 'Lambda' && /__lambda__/.test(JSON.stringify(config)),
  },
];

/** Relative and absolute error that is allowed, and where it has to be larger. */
const TOLERANCE = 1e-5;
const tolerances: Readonly<Record<number, { tolerance: number; reason: string }>> = {
  219: { tolerance: 2e-5, reason: 'Keras computes a small variance as E[x^2] - E[x]^2' },
};

/** Recurrent layers whose state is a list of tensors. */
const hasListState = new Set(['LSTM', 'Bidirectional', 'ConvLSTM']);

const isTagged = (value: Recorded): value is { dtype: string; v: Recorded } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'dtype' in value;

const special: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

/** All numbers of a recorded value, in order. */
function numbersOf(value: Recorded): number[] {
  if (isTagged(value)) return numbersOf(value.v);
  if (Array.isArray(value)) return value.flatMap(numbersOf);
  if (typeof value === 'string') return [special[value]];
  return [Number(value)];
}

function shapeOf(value: Recorded): number[] {
  return Array.isArray(value) ? [value.length, ...(value.length ? shapeOf(value[0]) : [])] : [];
}

/** Keras casts float64 inputs to the layer's float32. */
const dtypes: Readonly<Record<string, DType>> = {
  float64: 'float32',
  float32: 'float32',
  float16: 'float32',
  int64: 'int32',
  int32: 'int32',
  bool: 'bool',
};

function toTensor(value: Recorded): Tensor {
  const tagged = isTagged(value) ? value : { dtype: 'float32', v: value };
  return tensor(Float64Array.from(numbersOf(tagged.v)), shapeOf(tagged.v), dtypes[tagged.dtype]);
}

/** A tensor, or a list of tensors where the elements are tagged or the layer takes lists. */
function toInput(value: Recorded, isList: boolean): any {
  if (Array.isArray(value) && (isList || (value.length > 0 && isTagged(value[0])))) {
    return value.map(toTensor);
  }
  return typeof value === 'object' && value !== null ? toTensor(value) : value;
}

/**
 * Tensors lose the mask that they carried when they are recorded. Where Keras's test had put its input
 * through Masking(0), the steps that are all zero were masked; a query came from an embedding.
 */
function lostMask({ cls, config, kwargs, args, src }: GoldenCase): CallOptions | undefined {
  if (src.endsWith('grouped_query_attention_test.py:298')) {
    const lengths = [3, 5, 1];
    return { queryMask: tensor(lengths.map((n) => [0, 1, 2, 3, 4].map((t) => t < n))) };
  }
  if (cls !== 'BatchNormalization' || config.axis !== -1 || !kwargs?.training) return undefined;
  if (shapeOf(args[0]).length !== 3) return undefined;
  const steps = (args[0] as number[][][]).map((steps) => steps.map((s) => s.some((v) => v !== 0)));
  return steps.flat().every(Boolean) ? undefined : { mask: tensor(steps) };
}

/** The one argument and the options of a call, from Keras's positional and named arguments. */
function callOf({ cls, args, kwargs = {} }: GoldenCase): [inputs: any, options: CallOptions] {
  const { query, value, key, ...named } = kwargs;
  const positional = args.map((a, i) =>
    toInput(a, takesList.has(cls) || (cls === 'ConvLSTMCell' && i === 1)),
  );
  const options: Record<string, any> = Object.fromEntries(
    Object.entries(named).map(([name, v]) => [
      toCamelCase(name),
      toInput(v, name === 'initial_state' && hasListState.has(cls)),
    ]),
  );
  if (query) {
    return [[query, value, key].filter((v) => v !== undefined).map((v) => toTensor(v)), options];
  }
  if (cls.startsWith('Global')) return [positional[0], { ...options, mask: positional[1] }];
  return [positional.length === 1 ? positional[0] : positional, options];
}

/**
 * The recorded weights in the order of the layer's own. The orders are the same but for layers that list
 * the weights of the layer they wrap among their own.
 */
function setWeights(layer: Layer, { weights = [] }: GoldenCase): void {
  const left = [...weights];
  const own = layer.weights.filter((w) => !/seed_generator/.test(w.name));
  expect(own.map((w) => w.shape.join()).sort(), 'shapes of the weights').toEqual(
    weights.map(([, v]) => shapeOf(isTagged(v) ? v.v : v).join()).sort(),
  );
  for (const weight of own) {
    const i = left.findIndex(
      ([name, v]) =>
        name.split('/').at(-1) === weight.name &&
        shapeOf(isTagged(v) ? v.v : v).join() === weight.shape.join(),
    );
    if (i < 0) expect.fail(`nothing was recorded for ${weight.name} [${weight.shape}]`);
    const [[, value]] = left.splice(i, 1);
    weight.assign(Float32Array.from(numbersOf(value)));
  }
}

async function replay(test: GoldenCase, tolerance: number): Promise<void> {
  const layer = layers.deserialize({ class_name: test.cls, config: test.config });
  const [inputs, recorded] = callOf(test);
  const options = { ...recorded, ...lostMask(test) };
  if (test.weights) {
    layer.call(inputs, { ...options, training: false });
    setWeights(layer, test);
    if (layer instanceof RNN) layer.resetStates();
  }
  const outputs = leavesOf(layer.call(inputs, options), isTensor);
  const got = (await Promise.all(outputs.map((t) => t.data()))).flatMap((d) => Array.from(d));
  const want = numbersOf(test.output);
  expect(got.length, 'number of values').toBe(want.length);
  want.forEach((value, i) => {
    const same =
      Object.is(got[i], value) || Math.abs(got[i] - value) <= tolerance * (1 + Math.abs(value));
    if (!same) expect.fail(`value ${i} is ${got[i]}; Keras has ${value}`);
  });
}

// What the recorded tests define themselves.
registries.layers.register({
  ExampleWrapper: Wrapper,
  Sub: GroupedQueryAttention,
  OneStateRNNCell,
  TwoStatesRNNCell,
  MaskedDense,
});
registerFunction('square', (x: Tensor) => x.square());
registerFunction('stacker', (x: Tensor) => ops.concatenate([x, x], 1));

describe('layers compute what Keras computes', () => {
  beforeAll(() => registerEngine('js', async () => createJsEngine()));

  const counts = new Map<string, number>();
  for (const [i, test] of cases.entries()) {
    const row = skips.find((s) => s.matches(test));
    const title = `${i} ${test.cls} (${test.src.split('/').at(-1)})`;
    if (row) {
      const key = `${row.reason.padEnd(52)} ${test.cls}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      it.skip(`${title}: ${row.reason}`, () => {});
    } else {
      it(title, () => replay(test, tolerances[i]?.tolerance ?? TOLERANCE));
    }
  }
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length > 0) {
    const lines = rows.map(([key, count]) => `${String(count).padStart(5)}  ${key}`);
    console.info([`layer goldens: skipped cases`, ...lines].join('\n'));
  }
});
