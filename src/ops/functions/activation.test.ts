import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { constant, evaluate, flatten } from '../../../test/evaluate.ts';
import { expectClose, numbers } from '../../../test/numpy-cases.ts';
import type { DType } from '../../graph/dtype.ts';
import type { Node } from '../../graph/node.ts';
import * as functions from './index.ts';

/** Activations against what Keras computed for its own unit tests. */

interface Golden {
  readonly src: string;
  readonly fn: string;
  readonly args: readonly any[];
  readonly kwargs?: Record<string, any>;
  readonly keras: any;
  readonly tol?: { rtol?: number; atol?: number };
}

const goldens: Golden[] = JSON.parse(
  readFileSync(new URL('../../../test/goldens/unit-goldens.json', import.meta.url), 'utf8'),
).activations;

/** Keras's keyword arguments, in the order of our parameters behind the first. */
const parameters: Record<string, readonly string[]> = {
  leaky_relu: ['negative_slope'],
  relu: ['negative_slope', 'max_value', 'threshold'],
  softmax: ['axis'],
  log_softmax: ['axis'],
  sparsemax: ['axis'],
};

const camelCase = (name: string) => name.replace(/_(\w)/g, (_, c) => c.toUpperCase());

const isEncoded = (value: any) => typeof value === 'object' && value !== null && 'v' in value;
const isList = (value: any) => Array.isArray(value) || isEncoded(value);

/** A recorded tensor in the dtype in which Keras computed it. */
function tensor(value: any): Node {
  return isEncoded(value)
    ? constant(numbers(value.v), value.dtype as DType)
    : constant(numbers(value), 'float32');
}

describe.each([...new Set(goldens.map((g) => g.fn))])('%s', (fn) => {
  it.each(goldens.filter((g) => g.fn === fn).map((g, i) => [i, g] as const))(
    'case %i',
    (_, { args, kwargs = {}, keras, tol = {} }) => {
      const call = (functions as any)[camelCase(fn)] as (...args: unknown[]) => Node;
      const names = parameters[fn] ?? [];
      for (const name of Object.keys(kwargs)) expect(names).toContain(name);
      const given = args.map((a) => (isList(a) ? tensor(a) : a));
      // keras.activations.gelu is the exact one by default, keras.ops.gelu the approximation.
      const options = fn === 'gelu' ? [false] : names.map((name) => kwargs[name]);
      const want = isEncoded(keras) ? keras.v : keras;
      expectClose(
        evaluate(call(...given, ...options)),
        numbers(want),
        Math.min(tol.rtol ?? 1e-5, 1e-5),
        Math.min(tol.atol ?? 1e-6, 1e-6),
      );
    },
  );
});

describe('far from 0', () => {
  const x = constant([-1e4, -50, 50, 1e4]);
  it.each([
    ['elu', functions.elu(x), [-1, -1, 50, 1e4]],
    ['celu', functions.celu(x, 0.5), [-0.5, -0.5, 50, 1e4]],
    ['gelu', functions.gelu(x), [0, 0, 50, 1e4]],
    ['exact gelu', functions.gelu(x, false), [0, 0, 50, 1e4]],
    ['softplus', functions.softplus(x), [0, 0, 50, 1e4]],
    ['logSigmoid', functions.logSigmoid(x), [-1e4, -50, 0, 0]],
    ['mish', functions.mish(x), [0, 0, 50, 1e4]],
    ['silu', functions.silu(x), [0, 0, 50, 1e4]],
    ['sparsemax', functions.sparsemax(x), [0, 0, 0, 1]],
  ] as const)('%s stays finite', (_, node, expected) => {
    expectClose(evaluate(node), expected);
  });
});

it('sparsemax sums to 1 and leaves what is far below out', () => {
  const p = flatten(evaluate(functions.sparsemax(constant([0.5, 0.3, -1, 0.45, -0.2])))).map(
    Number,
  );
  expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  // Support {0.5, 0.3, 0.45}: tau = (1.25 - 1) / 3.
  expectClose(p, [0.5 - 0.25 / 3, 0.3 - 0.25 / 3, 0, 0.45 - 0.25 / 3, 0]);
});

it('glu refuses an odd axis', () => {
  expect(() => functions.glu(constant([1, 2, 3]))).toThrow(
    'glu: axis -1 of [3] has 3 elements; expected an even number',
  );
});
