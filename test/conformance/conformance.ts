import { type Engine, HostBuffer } from '../../src/engines/engine.ts';
import type { DType, TypedArray } from '../../src/graph/dtype.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { formatShape, sameShape } from '../../src/graph/shape.ts';
import { apply, constant, placeholder } from '../../src/ops/build.ts';
import { type PrimitiveName, primitives } from '../../src/ops/primitives/index.ts';
import { type Case, cases } from './cases.ts';
import { type Reference, references } from './reference.ts';
import type { Value } from './values.ts';

/**
 * Every primitive on an engine against its reference. It knows no test framework, so that the same cases
 * run under vitest, in a page and from a script.
 */
export interface ConformanceCase {
  readonly name: string;
  readonly primitive: PrimitiveName;
  readonly dtype: DType;
  readonly graph: Graph;
  readonly inputs: readonly HostBuffer[];
  readonly expected: Reference;
}

/** How far a result may be from the reference: |difference| <= absolute + relative * |expected|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

export interface Tolerances {
  readonly float32: Tolerance;
  readonly float64: Tolerance;
  /** Looser bounds for single primitives, in float32. */
  readonly primitives?: { readonly [P in PrimitiveName]?: Tolerance };
}

export const strictTolerances: Tolerances = {
  float32: { relative: 3e-6, absolute: 1e-6 },
  float64: { relative: 1e-13, absolute: 1e-14 },
};

/** Leaves out what `matches` says, and says why. */
export interface Skip {
  readonly matches: (test: ConformanceCase) => boolean;
  readonly reason: string;
}

export interface ConformanceOptions {
  readonly tolerances?: Tolerances;
  readonly skips?: readonly Skip[];
  /** Inputs become constants of the graph instead of placeholders. */
  readonly constants?: boolean;
}

export interface Report {
  readonly passed: readonly ConformanceCase[];
  readonly failed: readonly { readonly test: ConformanceCase; readonly message: string }[];
  readonly skipped: readonly { readonly test: ConformanceCase; readonly reason: string }[];
}

const asReference = ({ shape, dtype, data }: Value): Reference => ({
  shape,
  dtype,
  data: Array.from(data as ArrayLike<number>),
});

function caseName(primitive: PrimitiveName, { note, inputs, attributes }: Case<any>): string {
  const types = inputs.map(({ dtype, shape }) => `${dtype} ${formatShape(shape)}`);
  const hidden = ['data', 'rule', 'body'];
  const more = Object.entries(attributes as object)
    .filter(([key]) => !hidden.includes(key))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [primitive, ...types, ...more, ...(note ? [`(${note})`] : [])].join(' ');
}

function build(primitive: PrimitiveName, one: Case<any>, constants: boolean): ConformanceCase {
  const nodes = one.inputs.map(({ data, shape, dtype }) =>
    constants ? constant(data, shape, dtype) : placeholder(shape, dtype),
  );
  const output = apply(primitive, nodes, one.attributes as never);
  return {
    name: caseName(primitive, one),
    primitive,
    dtype: one.inputs.at(-1)?.dtype ?? output.dtype,
    graph: { inputs: constants ? [] : nodes, outputs: [output], state: [] },
    inputs: constants
      ? []
      : one.inputs.map(({ data, shape, dtype }) => new HostBuffer(data, shape, dtype)),
    expected: references[primitive](one.inputs.map(asReference), one.attributes as never),
  };
}

/** All cases of all primitives, or of the named ones. */
export function conformanceCases({
  constants = false,
  only = Object.keys(primitives) as PrimitiveName[],
} = {}): ConformanceCase[] {
  return only.flatMap((name) => (cases[name] as Case<any>[]).map((c) => build(name, c, constants)));
}

function describeMismatch(
  got: TypedArray,
  expected: readonly number[],
  dtype: DType,
  { relative, absolute }: Tolerance,
): string | undefined {
  for (let i = 0; i < expected.length; i++) {
    const want = dtype === 'float32' ? Math.fround(expected[i]) : expected[i];
    const have = got[i];
    const close =
      have === want ||
      (Number.isNaN(have) && Number.isNaN(want)) ||
      Math.abs(have - want) <= absolute + relative * Math.abs(want);
    // Infinities and NaN must agree exactly; an infinite bound would accept anything.
    const finite = Number.isFinite(have) === Number.isFinite(want);
    if (!close || !finite) return `element ${i} is ${have}; expected ${want}`;
  }
  return undefined;
}

function toleranceOf(test: ConformanceCase, tolerances: Tolerances): Tolerance {
  const { dtype } = test.expected;
  if (dtype === 'float64') return tolerances.float64;
  if (dtype === 'float32') return tolerances.primitives?.[test.primitive] ?? tolerances.float32;
  return { relative: 0, absolute: 0 };
}

/** What is wrong with the engine's result, or undefined. */
export async function checkCase(
  engine: Engine,
  test: ConformanceCase,
  tolerances: Tolerances = strictTolerances,
): Promise<string | undefined> {
  const executable = await engine.compile(test.graph);
  try {
    const [output] = await executable.run(test.inputs);
    const { shape, dtype, data } = test.expected;
    if (output.dtype !== dtype || !sameShape(output.shape, shape)) {
      return `the result is ${output.dtype} ${formatShape(output.shape)}; expected ${dtype} ${formatShape(shape)}`;
    }
    const got = await output.read();
    if (got.length !== data.length) {
      return `the result has ${got.length} values; expected ${data.length}`;
    }
    const mismatch = describeMismatch(got, data, dtype, toleranceOf(test, tolerances));
    output.dispose();
    return mismatch;
  } finally {
    await executable.dispose();
  }
}

/** The reason to leave a case out, or undefined. */
export function skipReason(
  engine: Engine,
  test: ConformanceCase,
  skips: readonly Skip[] = [],
): string | undefined {
  const dtypes = [...test.graph.inputs, ...test.graph.outputs].map((n) => n.dtype);
  const missing = dtypes.find((d) => !engine.dtypes.includes(d));
  if (missing) return `the engine has no ${missing}`;
  return skips.find((s) => s.matches(test))?.reason;
}

/** Runs all cases on one engine. */
export async function runConformance(
  engineFactory: () => Engine | Promise<Engine>,
  { tolerances, skips, constants }: ConformanceOptions = {},
): Promise<Report> {
  const engine = await engineFactory();
  const report = {
    passed: [] as ConformanceCase[],
    failed: [] as { test: ConformanceCase; message: string }[],
    skipped: [] as { test: ConformanceCase; reason: string }[],
  };
  for (const test of conformanceCases({ constants })) {
    const reason = skipReason(engine, test, skips);
    if (reason !== undefined) {
      report.skipped.push({ test, reason });
      continue;
    }
    let message: string | undefined;
    try {
      message = await checkCase(engine, test, tolerances);
    } catch (error) {
      message = String(error);
    }
    if (message === undefined) report.passed.push(test);
    else report.failed.push({ test, message });
  }
  await engine.dispose();
  return report;
}

/** The skips as a table, one line a reason and primitive; empty when nothing was skipped. */
export function formatSkips(engineName: string, skipped: Report['skipped']): string {
  const counts = new Map<string, number>();
  for (const { test, reason } of skipped) {
    const key = `${test.primitive.padEnd(16)} ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  if (counts.size === 0) return '';
  const rows = [...counts].map(([key, count]) => `${String(count).padStart(5)}  ${key}`);
  return [`${engineName}: skipped cases`, 'count  primitive        reason', ...rows].join('\n');
}
