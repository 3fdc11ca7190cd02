import { describe, expect, it } from 'vitest';
import { gradients } from '../../src/autodiff/grad.ts';
import { HostBuffer } from '../../src/engines/engine.ts';
import { compileSync } from '../../src/engines/js/engine.ts';
import type { Node } from '../../src/graph/node.ts';
import { sameShape, sizeOf } from '../../src/graph/shape.ts';
import * as b from '../../src/ops/build.ts';
import { type PrimitiveName, primitives } from '../../src/ops/primitives/index.ts';
import { type Case, cases } from './cases.ts';
import { interpret } from './interpret.ts';
import { generator, spread, type Value } from './values.ts';

/**
 * Gradient rules against central differences in double precision, on the js engine. A result y is made a
 * number by fixed random weights: f(x) = sum(w * y(x)).
 */

/** Primitives whose result does not change with their inputs, or only by jumps. */
const FLAT: readonly PrimitiveName[] = [
  'input',
  'constant',
  'iota',
  'dimension',
  'randomUniform',
  'stopGradient',
  'sign',
  'floor',
  'ceil',
  'round',
  'isNaN',
  'logicalNot',
  'equal',
  'notEqual',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'logicalAnd',
  'logicalOr',
  'argMax',
  'argMin',
  'argSort',
];

/** Tested by themselves below. */
const APART: readonly PrimitiveName[] = ['customGradient', 'cast'];

/** Inputs that must stay what they are: the pooled values belong to the unpooled ones. */
const TIED: { readonly [P in PrimitiveName]?: readonly number[] } = {
  maxPoolGrad: [0, 1],
  maxPoolPick: [0, 1],
};

const STEP = 1e-5;
const MOST_ELEMENTS = 24;

const isSmooth = ({ note, inputs }: Case<any>) =>
  !note?.includes('ties') &&
  note !== 'edges' &&
  note !== 'infinite' &&
  inputs.every((x) => x.data.every(Number.isFinite)) &&
  inputs.some((x) => x.dtype === 'float64') &&
  inputs.every((x) => x.dtype !== 'float32');

interface Problem {
  readonly placeholders: readonly Node[];
  readonly values: readonly Value[];
  /** Positions of the inputs to differentiate by. */
  readonly variables: readonly number[];
}

const weights = (y: Node, seed: number): Node => {
  const { data, shape } = spread(y.shape, 'float64', -1, 1, seed);
  return b.constant(data, shape, 'float64');
};

const buffersOf = (values: readonly Value[]) =>
  values.map(({ data, shape, dtype }) => new HostBuffer(data.slice(), shape, dtype));

/** Compares the gradient of f = sum(w * y) with differences, at up to {@link MOST_ELEMENTS} elements of each x. */
function expectGradient(y: Node, { placeholders, values, variables }: Problem): void {
  const f = b.sum(b.mul(y, weights(y, 11)));
  const xs = variables.map((v) => placeholders[v]);
  const found = gradients([f], xs);
  const derivative = compileSync({
    inputs: placeholders,
    outputs: found.map((g, k) => g ?? b.filled(xs[k].shape, 0, 'float64')),
    state: [],
  });
  const value = compileSync({ inputs: placeholders, outputs: [f], state: [] });
  const buffers = buffersOf(values);
  const analytic = derivative.runSync(buffers).map((g) => g.data);
  const next = generator(5);
  variables.forEach((v, k) => {
    const x = buffers[v].data;
    const every = x.length <= MOST_ELEMENTS;
    for (let n = 0; n < Math.min(x.length, MOST_ELEMENTS); n++) {
      const i = every ? n : Math.floor(next() * x.length);
      const original = x[i];
      const at = (moved: number) => {
        x[i] = moved;
        const result = value.runSync(buffers)[0].data[0];
        x[i] = original;
        return result;
      };
      const difference = (at(original + STEP) - at(original - STEP)) / (2 * STEP);
      const error = Math.abs(difference - analytic[k][i]);
      const bound = 2e-6 * (1 + Math.abs(difference));
      expect(
        error,
        `d/dx${v}[${i}] is ${analytic[k][i]}, differences say ${difference}`,
      ).toBeLessThan(bound);
    }
  });
}

function problemOf(name: PrimitiveName, { inputs }: Case<any>): Problem {
  return {
    placeholders: inputs.map((x) => b.placeholder(x.shape, x.dtype)),
    values: inputs,
    variables: inputs
      .map((_, i) => i)
      .filter((i) => inputs[i].dtype === 'float64' && !TIED[name]?.includes(i)),
  };
}

const differentiable = (Object.keys(primitives) as PrimitiveName[]).filter(
  (name) => !FLAT.includes(name) && !APART.includes(name),
);

describe('gradients agree with differences', () => {
  for (const name of differentiable) {
    const smooth = (cases[name] as Case<any>[]).filter(isSmooth);
    it(`${name} (${smooth.length} cases)`, () => {
      expect(smooth.length).toBeGreaterThan(0);
      for (const one of smooth) {
        const problem = problemOf(name, one);
        expectGradient(b.apply(name, problem.placeholders, one.attributes as never), problem);
      }
    });
  }
});

describe('gradients of gradients agree with differences', () => {
  for (const name of differentiable) {
    it(name, () => {
      const smooth = (cases[name] as Case<any>[]).filter(isSmooth);
      const some = smooth.filter((_, i) => i % Math.ceil(smooth.length / 6) === 0);
      for (const one of some) {
        const problem = problemOf(name, one);
        const y = b.apply(name, problem.placeholders, one.attributes as never);
        // tanh makes the gradient depend on the inputs even where the primitive is linear.
        const bent = b.sum(b.mul(b.tanh(y), weights(y, 7)));
        const xs = problem.variables.map((v) => problem.placeholders[v]);
        for (const g of gradients([bent], xs)) if (g) expectGradient(g, problem);
      }
    });
  }
});

describe('primitives without a gradient', () => {
  for (const name of FLAT) {
    it(name, () => {
      for (const { inputs, attributes } of cases[name] as Case<any>[]) {
        const xs = inputs.map((x) => b.placeholder(x.shape, x.dtype));
        const y = b.apply(name, xs, attributes as never);
        if (y.dtype !== 'float32' && y.dtype !== 'float64') continue;
        expect(gradients([y], xs)).toEqual(xs.map(() => undefined));
      }
    });
  }
});

function evaluate(nodes: readonly Node[]): number[][] {
  const outputs = compileSync({ inputs: [], outputs: nodes, state: [] }).runSync([]);
  return outputs.map((o) => Array.from(o.data as ArrayLike<number>));
}

describe('gradients with rules of their own', () => {
  const x = b.literal([1, -2, 3], [3], 'float64');

  it('customGradient follows its rule and not its value', () => {
    const value = b.mul(x, x);
    const y = b.customGradient(value, [x], (dy) => [b.mul(dy, 10)]);
    expect(evaluate([y, gradients([y], [x])[0]!])).toEqual([
      [1, 4, 9],
      [10, 10, 10],
    ]);
  });

  it('stopGradient holds a factor constant', () => {
    const y = b.mul(x, b.stopGradient(x));
    expect(evaluate([gradients([y], [x])[0]!])).toEqual([[1, -2, 3]]);
  });

  it('cast between floats passes the gradient on in the dtype of its input', () => {
    const y = b.mul(b.cast(x, 'float32'), 3);
    const [g] = gradients([y], [x]);
    expect(g!.dtype).toBe('float64');
    expect(evaluate([g!])).toEqual([[3, 3, 3]]);
  });

  it('ties of max share the gradient, ties of maxPool give it to the first', () => {
    const ties = b.literal([5, 5, 1, 5], [1, 1, 4], 'float64');
    const pooled = b.maxPool(ties, { window: [4], strides: [4], padding: [[0, 0]] });
    const [byMax] = gradients([b.max(ties, 2)], [ties]);
    const [byPool] = gradients([pooled], [ties]);
    expect(evaluate([byMax!, byPool!])).toEqual([
      [1 / 3, 1 / 3, 0, 1 / 3],
      [1, 0, 0, 0],
    ]);
  });

  it('the product has a gradient where factors are 0', () => {
    const one = b.literal([2, 0, 3], [3], 'float64');
    const two = b.literal([0, 0, 3], [3], 'float64');
    const of = (v: Node) => gradients([b.prod(v)], [v])[0]!;
    expect(evaluate([of(one), of(two)])).toEqual([
      [0, 6, 0],
      [0, 0, 0],
    ]);
  });
});

/** A graph of randomly chosen primitives over three placeholders, as one number. */
function randomGraph(seed: number): { f: Node; placeholders: Node[]; values: Value[] } {
  const next = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  const values = [
    spread([3, 4], 'float64', -1, 1, seed),
    spread([4], 'float64', -1, 1, seed + 1),
    spread([2, 3, 1], 'float64', -1, 1, seed + 2),
  ];
  const placeholders = values.map((v) => b.placeholder(v.shape, v.dtype));
  const nodes: Node[] = [...placeholders];

  const smooth = [b.tanh, b.sigmoid, b.sin, b.softplus, b.erf, b.atan, b.relu, b.abs, b.neg];
  const joining = [b.add, b.sub, b.mul, b.maximum, b.minimum, b.atan2];
  const lastAxis = (x: Node) => x.shape.length - 1;
  const moves: ((x: Node, y: Node) => Node | undefined)[] = [
    (x) => pick(smooth)(x),
    (x) => pick(smooth)(x),
    (x, y) => {
      const [s, t] = [x.shape, y.shape];
      const fits = s.every((d, i) => {
        const e = t[t.length - s.length + i] ?? 1;
        return d === e || d === 1 || e === 1;
      });
      return fits ? pick(joining)(x, y) : undefined;
    },
    (x) => b.div(x, b.add(b.mul(x, x), 1)),
    (x) => b.sqrt(b.add(b.mul(x, x), 0.5)),
    (x) => b.sum(x, lastAxis(x) < 0 ? undefined : lastAxis(x), next() < 0.5),
    (x) => b.max(x, undefined, next() < 0.5),
    (x) => (x.shape.length > 0 ? b.softmax(x, -1) : undefined),
    (x) => (x.shape.length > 0 ? b.logSoftmax(x, 0) : undefined),
    (x) => (x.shape.length > 0 ? b.cumSum(x, 0, { reverse: next() < 0.5 }) : undefined),
    (x) => b.reshape(x, [sizeOf(x.shape)]),
    (x) => b.transpose(x, [...x.shape.keys()].reverse()),
    (x) => (sizeOf(x.shape) < 40 ? b.broadcastTo(x, [2, ...x.shape]) : undefined),
    (x, y) => {
      if (x.shape.length < 2 || y.shape.length < 2) return undefined;
      if (x.shape.length > 2 && y.shape.length > 2) return undefined;
      if (x.shape.at(-1) === y.shape.at(-2)) return b.matMul(x, y);
      return x.shape.at(-1) === y.shape.at(-1) ? b.matMul(x, y, { transposeB: true }) : undefined;
    },
    (x, y) =>
      sameShape(x.shape, y.shape) && x.shape.length > 0 ? b.concatenate([x, y, x], 0) : undefined,
    (x) => (x.shape[0] > 1 ? b.sliceAxis(x, 0, 1, x.shape[0]) : undefined),
    (x) => (x.shape.length > 0 ? b.reverse(x, 0) : undefined),
    (x) => b.select(b.greater(x, 0.1), b.sin(x), x),
    (x) => (x.shape.length > 0 ? b.gather(x, b.literal([0, -1, 0], [3], 'int32'), 0) : undefined),
    (x) =>
      b.pad(
        x,
        x.shape.map(() => 1),
        x.shape.map(() => 0),
        { value: 0.3 },
      ),
  ];
  for (let n = 0; n < 18; n++) {
    const made = pick(moves)(pick(nodes), pick(nodes));
    if (made && sizeOf(made.shape) <= 120) nodes.push(made);
  }
  const f = nodes
    .slice(3)
    .map((node) => b.sum(b.tanh(node)))
    .reduce((sum, term) => b.add(sum, term), b.sum(b.mul(placeholders[0], placeholders[1])));
  return { f, placeholders, values };
}

describe('random graphs', () => {
  const seeds = Array.from({ length: 40 }, (_, i) => i + 1);

  it.each(seeds)('graph %i: gradients agree with differences', (seed) => {
    const { f, placeholders, values } = randomGraph(seed);
    expectGradient(f, { placeholders, values, variables: [0, 1, 2] });
  });

  it.each(seeds)('graph %i: values and gradients agree with the reference', (seed) => {
    const { f, placeholders, values } = randomGraph(seed);
    const outputs = [f, ...gradients([f], placeholders).filter((g) => g !== undefined)];
    const graph = { inputs: placeholders, outputs, state: [] };
    const executable = compileSync(graph);
    const expected = interpret(
      graph,
      values.map(({ shape, dtype, data }) => ({ shape, dtype, data: [...data] })),
    );
    // Twice: a value that outlives its memory would show in the second run.
    for (let run = 0; run < 2; run++) {
      const got = executable.runSync(buffersOf(values));
      expected.forEach(({ data }, k) => {
        data.forEach((want, i) => {
          expect(Math.abs(got[k].data[i] - want)).toBeLessThan(1e-11 * (1 + Math.abs(want)));
        });
      });
    }
  });
});
