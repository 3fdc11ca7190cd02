import { afterAll, describe, expect, it } from 'vitest';
import { cpuEngines } from '../../../test/support/onnx.ts';
import { gradients } from '../../autodiff/grad.ts';
import { optimizeGraph } from '../../compiler/compile.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Node } from '../../graph/node.ts';
import { fillUniform, hashBits } from '../../graph/random.ts';
import * as b from '../../ops/build.ts';
import { type Buffer, HostBuffer } from '../engine.ts';
import { compileModel } from './compile.ts';
import { printModel } from './model.ts';

const f = (...shape: number[]): Node => b.placeholder(shape, 'float32');

const compiled = (graph: Graph) => compileModel(graph, { target: 'cpu' }, true);
const inPlace = (graph: Graph) => [...compiled(graph).inPlace].sort(([a], [c]) => a - c);

const SIZE = 256;

describe('state in place', () => {
  const [x, w] = [f(SIZE, SIZE), f(SIZE, SIZE)];

  it('is what nothing else reads', () => {
    const graph: Graph = { inputs: [x, w], outputs: [b.add(b.mul(w, 0.5), x)], state: [[1, 0]] };
    // The sum overwrites the state after half of it was taken.
    expect(inPlace(graph)).toEqual([[0, 1]]);
    expect(inPlace({ ...graph, outputs: [b.add(w, x)] })).toEqual([[0, 1]]);
  });

  it('is what is only read by causes of the update', () => {
    const y = b.matMul(x, w);
    expect(inPlace({ inputs: [x, w], outputs: [b.sub(w, b.mul(y, y))], state: [[1, 0]] })).toEqual([
      [0, 1],
    ]);
  });

  it('waits for other readers through a scalar of the update', () => {
    const rate = f();
    const dx = b.matMul(x, w, { transposeB: true });
    const graph: Graph = {
      inputs: [x, w, rate],
      outputs: [b.sub(w, b.mul(b.tanh(x), rate)), b.sum(dx)],
      state: [[1, 0]],
    };
    const { model, inPlace } = compiled(graph);
    expect([...inPlace]).toEqual([[0, 1]]);
    const lines = printModel(model).split('\n');
    const product = lines.find((l) => l.includes('Gemm i0 i1'))!.split(' ')[0];
    const element = lines.find((l) => l.includes(`Slice ${product} `))!.split(' ')[0];
    const scalar = lines.find((l) => l.includes(`Where bool0 ${element} i2`))!.split(' ')[0];
    expect(lines.some((l) => l.includes('Mul') && l.includes(scalar))).toBe(true);
  });

  it('is not what a reader without a way to wait for needs', () => {
    const late = b.sum(b.matMul(x, w));
    const plain: Graph = { inputs: [x, w], outputs: [b.sub(w, x), late], state: [[1, 0]] };
    expect(inPlace(plain)).toEqual([]);
  });

  it('is not what the update reads through a view', () => {
    const turned = b.matMul(b.transpose(w, [1, 0]), x);
    expect(inPlace({ inputs: [x, w], outputs: [turned], state: [[1, 0]] })).toEqual([]);
    const rows = b.reshape(b.slice(w, [0, 0], [1, SIZE]), [SIZE]);
    const graph: Graph = { inputs: [x, w], outputs: [b.add(x, rows)], state: [[1, 0]] };
    expect(inPlace(graph)).toEqual([]);
  });

  it('is not what is returned as it was, nor what a view of it shows', () => {
    const update = b.add(w, x);
    const graph = (other: Node): Graph => ({
      inputs: [x, w],
      outputs: [update, other],
      state: [[1, 0]],
    });
    expect(inPlace(graph(w))).toEqual([]);
    expect(inPlace(graph(b.reshape(w, [SIZE * SIZE])))).toEqual([]);
    expect(inPlace(graph(b.sum(b.exp(b.transpose(w, [1, 0])))))).toEqual([]);
  });

  it('is no small array', () => {
    const [u, v] = [f(8, 8), f(8, 8)];
    expect(inPlace({ inputs: [u, v], outputs: [b.add(v, u)], state: [[1, 0]] })).toEqual([]);
  });
});

const copying = cpuEngines.module();
const overwriting = cpuEngines.direct();
afterAll(() => Promise.all([copying.dispose(), overwriting.dispose()]));

/** All outputs of some steps, through an engine. */
async function steps(engine: typeof copying, graph: Graph, count: number): Promise<number[][]> {
  const executable = await engine.compile(graph);
  const buffers: Buffer[] = graph.inputs.map(({ shape, dtype }, k) => {
    const data = new Float32Array(shape.reduce((n, d) => n * d, 1));
    fillUniform(11, k, data);
    return new HostBuffer(
      data.map((v) => (v - 0.5) / 8),
      shape,
      dtype,
    );
  });
  const seen: number[][] = [];
  for (let i = 0; i < count; i++) {
    const results = await executable.run(buffers);
    for (const [input, output] of graph.state) buffers[input] = results[output];
    for (const result of results) seen.push(Array.from((await result.read()).slice(0, 400)));
  }
  for (const [input] of graph.state) seen.push(Array.from(await buffers[input].read()));
  await executable.dispose();
  return seen;
}

/** Layers with momentum: the weights are read forwards and backwards before they are replaced. */
function network(): Graph {
  const sizes = [64, 256, 272, 10];
  const x = f(20, 64);
  const rate = f();
  const inputs: Node[] = [x, rate];
  const weights = sizes.slice(1).map((n, l) => f(sizes[l], n));
  let h: Node = x;
  weights.forEach((w, l) => {
    const z = b.matMul(h, w);
    h = l < 2 ? b.relu(z) : z;
  });
  const loss = b.sum(b.mul(b.softmax(h), h));
  const outputs: Node[] = [loss];
  const state: [number, number][] = [];
  gradients([loss], weights).forEach((gradient, l) => {
    const velocity = f(...weights[l].shape);
    const next = b.sub(b.mul(velocity, 0.9), b.mul(gradient!, rate));
    state.push([inputs.length, outputs.length], [inputs.length + 1, outputs.length + 1]);
    inputs.push(weights[l], velocity);
    outputs.push(b.add(weights[l], next), next);
  });
  return { inputs, outputs, state };
}

const [WORDS, WIDTH, TOKENS] = [600, 128, 40];

/** The table of an embedding and its moments under Adam; every third token comes twice or more often. */
function embedding(): Graph {
  const dy = f(TOKENS, WIDTH);
  const rate = f();
  const [table, m, v] = [0, 1, 2].map(() => f(WORDS, WIDTH));
  const tokens = b.constant(
    Int32Array.from({ length: TOKENS }, (_, i) => (i % 3 ? 7 * i : 5)),
    [TOKENS],
    'int32',
  );
  const gradient = b.scatterAdd(b.filled([WORDS, WIDTH], 0), tokens, b.add(dy, b.sum(table)), 0);
  const first = b.add(b.mul(m, 0.9), b.mul(gradient, 0.1));
  const second = b.add(b.mul(v, 0.999), b.mul(b.mul(gradient, gradient), 0.001));
  const change = b.div(b.mul(first, rate), b.add(b.sqrt(b.abs(second)), 1e-7));
  return {
    inputs: [dy, rate, table, m, v],
    outputs: [b.sum(dy), b.sub(table, change), first, second],
    state: [
      [2, 1],
      [3, 2],
      [4, 3],
    ],
  };
}

/** Three states of one size, updated by a random tangle of operations on each other. */
function tangle(seed: number): Graph {
  let drawn = 0;
  const pick = <T>(list: readonly T[]): T => list[hashBits(seed, 1, drawn++) % list.length];
  const inputs = [f(SIZE, SIZE), f(), ...[0, 1, 2].map(() => f(SIZE, SIZE))];
  const [x, rate, ...states] = inputs;
  const values: Node[] = [x, ...states];
  const makers: ((u: Node, v: Node) => Node)[] = [
    (u, v) => b.add(u, v),
    (u, v) => b.mul(u, v),
    (u, v) => b.mul(b.matMul(u, v, { transposeA: true }), 1 / SIZE),
    (u, v) => b.mul(b.matMul(u, b.transpose(v, [1, 0])), 1 / SIZE),
    (u) => b.tanh(b.reshape(b.reshape(u, [SIZE * SIZE]), [SIZE, SIZE])),
    (u, v) => b.sub(b.mul(u, rate), v),
    (u) => b.reverse(u, [0]),
  ];
  for (let k = 0; k < 8; k++) values.push(pick(makers)(pick(values), pick(values)));
  const outputs: Node[] = [b.sum(values.at(-1)!)];
  states.forEach((s) => {
    const change = pick(values.slice(-5));
    outputs.push(
      pick([
        () => b.sub(s, b.mul(change, rate)),
        () => b.add(b.mul(b.matMul(pick(values), change), 1 / SIZE), b.mul(s, 0.5)),
        () => b.add(s, b.mul(change, 0.01)),
      ])(),
    );
  });
  return { inputs, outputs, state: states.map((_, k) => [k + 2, k + 1] as const) };
}

describe('running in place', () => {
  it('gives bit for bit what copying gives: layers with momentum', async () => {
    const graph = optimizeGraph(network());
    expect(inPlace(graph)).toHaveLength(4);
    expect(await steps(overwriting, graph, 6)).toEqual(await steps(copying, graph, 6));
  });

  it('gives bit for bit what copying gives: rows over what was made before', async () => {
    const graph = optimizeGraph(embedding());
    const { inPlace, shared } = compiled(graph);
    expect([...inPlace]).toHaveLength(3);
    // Both moments are scaled as a whole where they lie, then their rows are replaced.
    expect([...shared].sort()).toEqual([2, 3]);
    expect(await steps(overwriting, graph, 4)).toEqual(await steps(copying, graph, 4));
  });

  it('gives bit for bit what copying gives: tangled updates', async () => {
    let found = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const graph = optimizeGraph(tangle(seed));
      found += compiled(graph).inPlace.size;
      expect(await steps(overwriting, graph, 3)).toEqual(await steps(copying, graph, 3));
    }
    expect(found).toBeGreaterThan(20);
  });
});
