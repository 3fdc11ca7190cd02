import type { DType } from '../../src/graph/dtype.ts';
import { topologicalOrder } from '../../src/graph/graph.ts';
import { hashBits } from '../../src/graph/random.ts';
import type { AttributesOf, PrimitiveName } from '../../src/ops/primitives/index.ts';
import type { LoopAttributes } from '../../src/ops/primitives/loop.ts';

/**
 * What every primitive means, written as plainly as possible and in double precision: each element of a
 * result is a formula over its index. Slow on purpose, and it shares no code with any engine. Results are
 * rounded to the dtype by whoever compares them.
 */
export interface Reference {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Row-major; booleans are 0 and 1. */
  readonly data: readonly number[];
}

type Index = readonly number[];
type Rule<P extends PrimitiveName> = (
  inputs: readonly Reference[],
  attributes: AttributesOf<P>,
) => Reference;

/** All indices of a shape in row-major order. */
function indices(shape: readonly number[]): number[][] {
  let all: number[][] = [[]];
  for (const size of shape) {
    const longer: number[][] = [];
    for (const index of all) for (let i = 0; i < size; i++) longer.push([...index, i]);
    all = longer;
  }
  return all;
}

function position(shape: readonly number[], index: Index): number {
  return shape.reduce((at, size, d) => at * size + index[d], 0);
}

function at(x: Reference, index: Index): number {
  return x.data[position(x.shape, index)];
}

function tabulate(
  shape: readonly number[],
  dtype: DType,
  f: (index: number[]) => number,
): Reference {
  return { shape, dtype, data: indices(shape).map(f) };
}

// Element by element

function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, d) => {
    const sizes = shapes.map((s) => s[s.length - rank + d] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

/** The element that `x`, stretched, has at `index`. */
function stretchedAt(x: Reference, index: Index): number {
  const own = index.slice(index.length - x.shape.length);
  return at(
    x,
    own.map((i, d) => (x.shape[d] === 1 ? 0 : i)),
  );
}

const unary =
  (f: (x: number) => number, dtype?: DType) =>
  ([x]: readonly Reference[]): Reference => ({
    shape: x.shape,
    dtype: dtype ?? x.dtype,
    data: x.data.map((v) => (x.dtype === 'int32' ? wrap(BigInt(f(v))) : f(v))),
  });

/** `f` for floats; `integer`, if given, for int32. */
const binary =
  (f: (a: number, b: number) => number, integer = f, dtype?: DType) =>
  ([a, b]: readonly Reference[]): Reference =>
    tabulate(broadcastShape([a.shape, b.shape]), dtype ?? a.dtype, (index) =>
      (a.dtype === 'int32' ? integer : f)(stretchedAt(a, index), stretchedAt(b, index)),
    );

const compare = (f: (a: number, b: number) => boolean) =>
  binary((a, b) => Number(f(a, b)), undefined, 'bool');

const wrap = (big: bigint): number => Number(BigInt.asIntN(32, big));

/** erf by its series of positive terms: 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 * 3 * ... (2n+1)). */
function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 300; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function roundHalfEven(x: number): number {
  if (!Number.isFinite(x)) return x;
  const below = Math.floor(x);
  if (x - below < 0.5) return below;
  if (x - below > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}

function floorMod(a: number, b: number): number {
  const remainder = a % b;
  return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder;
}

function ieeePower(a: number, b: number): number {
  if (a === 1 || b === 0) return 1;
  if (a === -1 && Math.abs(b) === Infinity) return 1;
  return a ** b;
}

function integerPower(a: number, b: number): number {
  return b >= 0 ? wrap(BigInt(a) ** BigInt(b)) : Math.trunc(1 / a ** -b);
}

// Both give NaN as soon as one side is NaN.
const larger = (a: number, b: number) => Math.max(a, b);
const smaller = (a: number, b: number) => Math.min(a, b);

function castTo(dtype: DType, x: number): number {
  if (dtype === 'bool') return x !== 0 ? 1 : 0;
  return dtype === 'int32' ? Math.trunc(x) : x;
}

// Reductions

const without = <T>(list: readonly T[], axis: number) => list.filter((_, d) => d !== axis);

const reduction =
  (start: (dtype: DType) => number, join: (a: number, b: number, dtype: DType) => number) =>
  (
    [x]: readonly Reference[],
    { axes, keepDims }: { axes: readonly number[]; keepDims: boolean },
  ): Reference => {
    const kept = x.shape.map((size, d) => (axes.includes(d) ? 1 : size));
    const result = tabulate(kept, x.dtype, (index) =>
      indices(x.shape)
        .filter((i) => i.every((v, d) => axes.includes(d) || v === index[d]))
        .map((i) => at(x, i))
        .reduce((a, b) => join(a, b, x.dtype), start(x.dtype)),
    );
    return keepDims ? result : { ...result, shape: x.shape.filter((_, d) => !axes.includes(d)) };
  };

/** The elements of `x` on the line through `index` along `axis`. */
function lineOf(x: Reference, index: Index, axis: number): number[] {
  return Array.from({ length: x.shape[axis] }, (_, i) => at(x, index.with(axis, i)));
}

const along =
  (f: (line: readonly number[], i: number) => number, dtype?: DType) =>
  ([x]: readonly Reference[], { axis }: { axis: number }): Reference =>
    tabulate(x.shape, dtype ?? x.dtype, (index) => f(lineOf(x, index, axis), index[axis]));

const argument =
  (sign: number) =>
  ([x]: readonly Reference[], { axis }: { axis: number }): Reference =>
    tabulate(without(x.shape, axis), 'int32', (index) => {
      const line = lineOf(x, index.toSpliced(axis, 0, 0), axis).map((v) => sign * v);
      const notANumber = line.findIndex(Number.isNaN);
      return notANumber >= 0 ? notANumber : line.indexOf(Math.max(...line));
    });

const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** The rows of the matrix that `x`, its leading axes stretched, has at `batch`. */
function rowsAt(x: Reference, batch: Index): number[][] {
  const lead = x.shape.slice(0, -2);
  const [rows, columns] = x.shape.slice(-2);
  const own = batch.slice(batch.length - lead.length).map((i, d) => (lead[d] === 1 ? 0 : i));
  const start = position(x.shape, [...own, 0, 0]);
  return Array.from({ length: rows }, (_, r) =>
    x.data.slice(start + r * columns, start + (r + 1) * columns),
  );
}

function columnsAt(x: Reference, batch: Index): number[][] {
  const rows = rowsAt(x, batch);
  return Array.from({ length: x.shape.at(-1)! }, (_, c) => rows.map((row) => row[c]));
}

// Windows

interface Sliding {
  readonly strides: readonly number[];
  readonly dilations?: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
}

/** Where element `tap` of the window at `place` lies on the spatial axes; undefined in the padding. */
function under(
  { strides, dilations, padding }: Sliding,
  place: Index,
  tap: Index,
  space: readonly number[],
): number[] | undefined {
  const where = place.map(
    (p, d) => p * strides[d] + tap[d] * (dilations?.[d] ?? 1) - padding[d][0],
  );
  return where.every((w, d) => w >= 0 && w < space[d]) ? where : undefined;
}

function slidOver(space: readonly number[], window: readonly number[], sliding: Sliding): number[] {
  return space.map((size, d) => {
    const reach = (window[d] - 1) * (sliding.dilations?.[d] ?? 1) + 1;
    const [before, after] = sliding.padding[d];
    return Math.floor((size + before + after - reach) / sliding.strides[d]) + 1;
  });
}

/** Every (value index, kernel index, result index) triple whose product enters a convolution. */
function convolutionTerms(
  xShape: readonly number[],
  wShape: readonly number[],
  attributes: AttributesOf<'conv'>,
): { x: number[]; w: number[]; y: number[] }[] {
  const [samples] = xShape;
  const [filters, channels, ...window] = wShape;
  const space = xShape.slice(2);
  const terms: { x: number[]; w: number[]; y: number[] }[] = [];
  for (const [n, f] of indices([samples, filters])) {
    const group = Math.floor(f / (filters / attributes.groups));
    for (const place of indices(slidOver(space, window, attributes))) {
      for (const [c, ...tap] of indices([channels, ...window])) {
        const where = under(attributes, place, tap, space);
        if (where) {
          terms.push({
            x: [n, group * channels + c, ...where],
            w: [f, c, ...tap],
            y: [n, f, ...place],
          });
        }
      }
    }
  }
  return terms;
}

function accumulate(
  shape: readonly number[],
  dtype: DType,
  additions: readonly (readonly [Index, number])[],
  start?: Reference,
): Reference {
  const data = start ? [...start.data] : indices(shape).map(() => 0);
  for (const [index, value] of additions) data[position(shape, index)] += value;
  return { shape, dtype, data };
}

/** The elements of the window at `place` that are not padding, in row-major order, by their indices. */
function windowAt(
  [n, c, ...place]: Index,
  space: readonly number[],
  attributes: AttributesOf<'maxPool'>,
): number[][] {
  return indices(attributes.window).flatMap((tap) => {
    const where = under(attributes, place, tap, space);
    return where ? [[n, c, ...where]] : [];
  });
}

function pooled(x: readonly number[], attributes: AttributesOf<'maxPool'>): number[] {
  return [x[0], x[1], ...slidOver(x.slice(2), attributes.window, attributes)];
}

/** The index of the first largest element of a window. */
function largestOf(x: Reference, window: readonly number[][]): number[] {
  const values = window.map((i) => at(x, i));
  return window[values.indexOf(values.reduce(larger))];
}

// Indices

const fromFront = (index: number, size: number) => (index < 0 ? index + size : index);

/** For an index of gather's result: the index into the operand. */
function gathered(operand: Reference, chosen: Reference, axis: number, index: Index): number[] {
  const inner = axis + chosen.shape.length;
  const choice = fromFront(at(chosen, index.slice(axis, inner)), operand.shape[axis]);
  return [...index.slice(0, axis), choice, ...index.slice(inner)];
}

function scan(inputs: readonly Reference[], { body, output, reverse }: LoopAttributes): Reference {
  const { graph, carries, slices } = body();
  const steps = inputs[carries].shape[0];
  let current = inputs.slice(0, carries);
  const stacks: Reference[][] = [];
  for (let k = 0; k < steps; k++) {
    const t = reverse ? steps - 1 - k : k;
    const given = inputs.map((x, i) => {
      if (i < carries) return current[i];
      if (i >= carries + slices) return x;
      return tabulate(x.shape.slice(1), x.dtype, (index) => at(x, [t, ...index]));
    });
    const values = new Map(graph.inputs.map((node, i) => [node, given[i]]));
    for (const node of topologicalOrder(graph.outputs)) {
      if (values.has(node)) continue;
      const operands = node.inputs.map((i) => values.get(i)!);
      const name = node.primitive.name as PrimitiveName;
      values.set(node, references[name](operands, node.attributes as never));
    }
    const after = graph.outputs.map((node) => values.get(node)!);
    stacks[t] = [...after, ...current];
    current = after.slice(0, carries);
  }
  if (output < carries) return current[output];
  const [first] = stacks;
  const { shape, dtype } = first[output];
  return { shape: [steps, ...shape], dtype, data: stacks.flatMap((s) => s[output].data) };
}

export const references: { readonly [P in PrimitiveName]: Rule<P> } = {
  input: () => {
    throw new Error('a placeholder has no value of its own');
  },
  constant: (_, { data, shape, dtype }) => ({ shape, dtype, data: [...data] }),
  iota: (_, { shape, axis, dtype }) => tabulate(shape, dtype, (index) => index[axis]),
  dimension: ([x], { axis }) => ({ shape: [], dtype: 'int32', data: [x.shape[axis]] }),
  randomUniform: ([key], { shape }) =>
    tabulate(shape, 'float32', (index) => {
      const bits = hashBits(key.data[0], key.data[1], position(shape, index));
      return Math.floor(bits / 2 ** 8) / 2 ** 24;
    }),
  stopGradient: ([x]) => x,
  customGradient: ([x]) => x,
  barrier: ([x]) => x,
  scan,

  neg: unary((x) => -x),
  abs: unary((x) => (x < 0 ? -x : x)),
  sign: unary((x) => (x > 0 ? 1 : x < 0 ? -1 : x)),
  exp: unary((x) => Math.E ** x),
  expm1: unary(Math.expm1),
  log: unary(Math.log),
  log1p: unary(Math.log1p),
  sqrt: unary((x) => (x < 0 ? Number.NaN : x ** 0.5)),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tan: unary((x) => Math.sin(x) / Math.cos(x)),
  asin: unary(Math.asin),
  acos: unary(Math.acos),
  atan: unary(Math.atan),
  sinh: unary((x) => (Math.exp(x) - Math.exp(-x)) / 2),
  cosh: unary((x) => (Math.exp(x) + Math.exp(-x)) / 2),
  tanh: unary((x) => (Math.abs(x) > 20 ? Math.sign(x) : Math.sinh(x) / Math.cosh(x))),
  asinh: unary(Math.asinh),
  acosh: unary(Math.acosh),
  atanh: unary(Math.atanh),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  softplus: unary((x) => (x > 40 ? x : Math.log1p(Math.exp(x)))),
  relu: unary((x) => larger(x, 0)),
  erf: unary(erf),
  floor: unary(Math.floor),
  ceil: unary((x) => -Math.floor(-x)),
  round: unary(roundHalfEven),
  isNaN: unary((x) => Number(Number.isNaN(x)), 'bool'),
  logicalNot: unary((x) => 1 - x),

  add: binary(
    (a, b) => a + b,
    (a, b) => wrap(BigInt(a) + BigInt(b)),
  ),
  sub: binary(
    (a, b) => a - b,
    (a, b) => wrap(BigInt(a) - BigInt(b)),
  ),
  mul: binary(
    (a, b) => a * b,
    (a, b) => wrap(BigInt(a) * BigInt(b)),
  ),
  div: binary(
    (a, b) => a / b,
    (a, b) => wrap(BigInt(a) / BigInt(b)),
  ),
  pow: binary(ieeePower, integerPower),
  mod: binary(floorMod),
  maximum: binary(larger),
  minimum: binary(smaller),
  atan2: binary(Math.atan2),
  equal: compare((a, b) => a === b),
  notEqual: compare((a, b) => a !== b),
  less: compare((a, b) => a < b),
  lessEqual: compare((a, b) => a <= b),
  greater: compare((a, b) => a > b),
  greaterEqual: compare((a, b) => a >= b),
  logicalAnd: compare((a, b) => a === 1 && b === 1),
  logicalOr: compare((a, b) => a === 1 || b === 1),

  select: ([condition, a, b]) =>
    tabulate(broadcastShape([condition.shape, a.shape, b.shape]), a.dtype, (index) =>
      stretchedAt(stretchedAt(condition, index) ? a : b, index),
    ),
  cast: ([x], { dtype }) => ({ shape: x.shape, dtype, data: x.data.map((v) => castTo(dtype, v)) }),

  sum: reduction(
    () => 0,
    (a, b) => a + b,
  ),
  prod: reduction(
    () => 1,
    (a, b, dtype) => (dtype === 'int32' ? wrap(BigInt(a) * BigInt(b)) : a * b),
  ),
  max: reduction((dtype) => (dtype === 'int32' ? -(2 ** 31) : -Infinity), larger),
  min: reduction((dtype) => (dtype === 'int32' ? 2 ** 31 - 1 : Infinity), smaller),
  argMax: argument(1),
  argMin: argument(-1),
  cumSum: ([x], { axis, exclusive, reverse }) =>
    along((line, i) =>
      total(line.filter((_, k) => (reverse ? k > i : k < i) || (k === i && !exclusive))),
    )([x], { axis }),
  argSort: ([x], { axis, descending }) =>
    along((line, i) => {
      const pairs = line.map((value, k) => ({ value, k }));
      pairs.sort((a, b) => (descending ? b.value - a.value : a.value - b.value) || a.k - b.k);
      return pairs[i].k;
    }, 'int32')([x], { axis }),
  softmax: along((line, i) => {
    const top = Math.max(...line);
    return Math.exp(line[i] - top) / total(line.map((v) => Math.exp(v - top)));
  }),
  logSoftmax: along((line, i) => {
    const top = Math.max(...line);
    return line[i] - top - Math.log(total(line.map((v) => Math.exp(v - top))));
  }),

  matMul: ([a, b], { transposeA, transposeB }) => {
    const lead = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    const data: number[] = [];
    const rows = a.shape.at(transposeA ? -1 : -2)!;
    const columns = b.shape.at(transposeB ? -2 : -1)!;
    for (const batch of indices(lead)) {
      // The left matrix by rows and the right one by columns, so that each element is a dot product.
      const left = transposeA ? columnsAt(a, batch) : rowsAt(a, batch);
      const right = transposeB ? rowsAt(b, batch) : columnsAt(b, batch);
      for (const row of left) {
        for (const column of right) data.push(total(row.map((v, l) => v * column[l])));
      }
    }
    return { shape: [...lead, rows, columns], dtype: a.dtype, data };
  },
  conv: ([x, w], attributes) => {
    const space = slidOver(x.shape.slice(2), w.shape.slice(2), attributes);
    return accumulate(
      [x.shape[0], w.shape[0], ...space],
      x.dtype,
      convolutionTerms(x.shape, w.shape, attributes).map((t) => [t.y, at(x, t.x) * at(w, t.w)]),
    );
  },
  convInputGrad: ([dy, w], attributes) => {
    const channels = w.shape[1] * attributes.groups;
    const shape = [dy.shape[0], channels, ...(attributes.inputSpace as readonly number[])];
    return accumulate(
      shape,
      dy.dtype,
      convolutionTerms(shape, w.shape, attributes).map((t) => [t.x, at(dy, t.y) * at(w, t.w)]),
    );
  },
  convKernelGrad: ([x, dy], attributes) => {
    const channels = x.shape[1] / attributes.groups;
    const shape = [dy.shape[1], channels, ...(attributes.window as readonly number[])];
    return accumulate(
      shape,
      x.dtype,
      convolutionTerms(x.shape, shape, attributes).map((t) => [t.w, at(x, t.x) * at(dy, t.y)]),
    );
  },

  maxPool: ([x], attributes) =>
    tabulate(pooled(x.shape, attributes), x.dtype, (place) =>
      windowAt(place, x.shape.slice(2), attributes)
        .map((i) => at(x, i))
        .reduce(larger),
    ),
  maxPoolGrad: ([x, y, dy], attributes) =>
    accumulate(
      x.shape,
      x.dtype,
      indices(y.shape).map((place) => [
        largestOf(x, windowAt(place, x.shape.slice(2), attributes)),
        at(dy, place),
      ]),
    ),
  maxPoolPick: ([x, y, v], attributes) =>
    tabulate(y.shape, x.dtype, (place) =>
      at(v, largestOf(x, windowAt(place, x.shape.slice(2), attributes))),
    ),
  sumPool: ([x], attributes) =>
    tabulate(pooled(x.shape, attributes), x.dtype, (place) =>
      total(windowAt(place, x.shape.slice(2), attributes).map((i) => at(x, i))),
    ),
  sumPoolGrad: ([dy], attributes) => {
    const space = attributes.inputSpace as readonly number[];
    return accumulate(
      [dy.shape[0], dy.shape[1], ...space],
      dy.dtype,
      indices(dy.shape).flatMap((place) =>
        windowAt(place, space, attributes).map((i) => [i, at(dy, place)] as const),
      ),
    );
  },

  reshape: ([x], { shape }) => ({ ...x, shape }),
  transpose: ([x], { permutation }) =>
    tabulate(
      permutation.map((p) => x.shape[p]),
      x.dtype,
      (index) => {
        const from = new Array<number>(index.length);
        permutation.forEach((p, d) => {
          from[p] = index[d];
        });
        return at(x, from);
      },
    ),
  broadcastTo: ([x], { shape }) => tabulate(shape, x.dtype, (index) => stretchedAt(x, index)),
  slice: ([x], { starts, limits, strides }) =>
    tabulate(
      starts.map((s, d) => Math.ceil((limits[d] - s) / strides[d])),
      x.dtype,
      (index) =>
        at(
          x,
          index.map((i, d) => starts[d] + i * strides[d]),
        ),
    ),
  pad: ([x], { low, high, interior, value }) =>
    tabulate(
      x.shape.map((s, d) => low[d] + s + Math.max(0, s - 1) * interior[d] + high[d]),
      x.dtype,
      (index) => {
        const from = index.map((i, d) => (i - low[d]) / (interior[d] + 1));
        const inside = from.every((f, d) => Number.isInteger(f) && f >= 0 && f < x.shape[d]);
        return inside ? at(x, from) : value;
      },
    ),
  concatenate: (inputs, { axis }) => {
    const sizes = inputs.map((x) => x.shape[axis]);
    return tabulate(inputs[0].shape.with(axis, total(sizes)), inputs[0].dtype, (index) => {
      let which = 0;
      let i = index[axis];
      while (i >= sizes[which]) i -= sizes[which++];
      return at(inputs[which], index.with(axis, i));
    });
  },
  reverse: ([x], { axes }) =>
    tabulate(x.shape, x.dtype, (index) =>
      at(
        x,
        index.map((i, d) => (axes.includes(d) ? x.shape[d] - 1 - i : i)),
      ),
    ),

  gather: ([x, chosen], { axis }) =>
    tabulate(
      [...x.shape.slice(0, axis), ...chosen.shape, ...x.shape.slice(axis + 1)],
      x.dtype,
      (index) => at(x, gathered(x, chosen, axis, index)),
    ),
  scatterAdd: ([x, chosen, updates], { axis }) =>
    accumulate(
      x.shape,
      x.dtype,
      indices(updates.shape).map((i) => [gathered(x, chosen, axis, i), at(updates, i)]),
      x,
    ),
  gatherAlong: ([x, chosen], { axis }) =>
    tabulate(chosen.shape, x.dtype, (index) =>
      at(x, index.with(axis, fromFront(at(chosen, index), x.shape[axis]))),
    ),
  scatterAddAlong: ([x, chosen, updates], { axis }) =>
    accumulate(
      x.shape,
      x.dtype,
      indices(updates.shape).map((i) => [
        i.with(axis, fromFront(at(chosen, i), x.shape[axis])),
        at(updates, i),
      ]),
      x,
    ),
};
