import { afterAll, describe, expect, it } from 'vitest';
import { cpuEngines, direct } from '../../../test/support/onnx.ts';
import { gradients } from '../../autodiff/grad.ts';
import { optimizeGraph } from '../../compiler/compile.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Node } from '../../graph/node.ts';
import { fillUniform } from '../../graph/random.ts';
import * as b from '../../ops/build.ts';
import { HostBuffer } from '../engine.ts';
import { compileSync } from '../js/engine.ts';
import { Builder } from './builder.ts';
import { toOnnxModel } from './compile.ts';
import { directBackend } from './direct.ts';
import { layOut } from './layout.ts';
import { type OnnxModel, printModel } from './model.ts';
import { probeBlock } from './probe.ts';

const unit = (pad = 0) => ({
  strides: [1, 1],
  dilations: [1, 1],
  padding: [[pad, pad] as const, [pad, pad] as const],
  groups: 1,
});
const pool = { window: [2, 2], strides: [2, 2], padding: [[0, 0] as const, [0, 0] as const] };
const [last, first] = [
  [0, 2, 3, 1],
  [0, 3, 1, 2],
];
const f = (...shape: number[]): Node => b.placeholder(shape, 'float32');

const modelOf = (inputs: Node[], outputs: Node[], block: number): OnnxModel =>
  toOnnxModel({ inputs, outputs, state: [] }, { target: 'cpu', block });

/** The operators of a model, without reshapes, which cost nothing. */
const operators = (model: OnnxModel): string[] =>
  model.nodes
    .map((n) => (n.domain.endsWith('nchwc') ? `${n.op}c` : n.op))
    .filter((o) => o !== 'Reshape');

describe('transposes', () => {
  it('between element-wise operations and sums are not carried out', () => {
    const b2 = new Builder();
    const x = b2.input('x', 'float32', [2, 3, 4, 5]);
    const bias = b2.input('bias', 'float32', [3]);
    const turned = b2.transpose(x, last);
    const h = b2.unary('Relu', b2.add(turned, bias));
    const back = b2.transpose(h, first);
    const sums = b2.reduce('ReduceSum', h, [0, 1, 2], false);
    const [y, s] = layOut(b2, [back, sums], 0);
    expect(y.op).toBe('Relu');
    expect(y.inputs[0]!.inputs[0]).toBe(x);
    expect(s.op).toBe('ReduceSum');
    expect(s.inputs[0]).toBe(y);
    expect([...s.inputs[1]!.data!].map(Number)).toEqual([0, 2, 3]);
  });

  it('are carried out for an operation that needs the order', () => {
    const b2 = new Builder();
    const x = b2.input('x', 'float32', [2, 3, 4, 5]);
    const [y] = layOut(b2, [b2.reshape(b2.transpose(x, last), [2, 60])], 0);
    expect(y.inputs[0]!.op).toBe('Transpose');
  });
});

describe('blocks of channels', () => {
  const x = f(2, 16, 8, 8);
  const w1 = f(32, 16, 3, 3);
  const w2 = f(16, 32, 3, 3);
  const bias = f(32);

  it('hold from convolution to convolution, with bias, activation and pooling', () => {
    const h = b.relu(b.add(b.conv(x, w1, unit(1)), b.reshape(bias, [1, 32, 1, 1])));
    const y = b.conv(b.maxPool(h, pool), w2, unit(1));
    const model = modelOf([x, w1, w2, bias], [y], 16);
    expect(operators(model)).toEqual([
      'ReorderInputc',
      'Transpose',
      'Convc',
      'MaxPoolc',
      'Transpose',
      'Convc',
      'ReorderOutputc',
    ]);
    const fused = model.nodes.find((n) => n.op === 'Conv')!;
    expect(fused.attributes.activation).toBe('Relu');
    expect(fused.inputs).toHaveLength(3);
  });

  it('are the same for a model whose channels come last', () => {
    const image = f(2, 8, 8, 16);
    const conv = (v: Node, w: Node) => b.transpose(b.conv(b.transpose(v, first), w, unit(1)), last);
    const y = conv(b.relu(b.add(conv(image, w1), bias)), w2);
    const model = modelOf([image, w1, w2, bias], [y], 16);
    expect(operators(model)).toEqual([
      'ReorderInputc',
      'Transpose',
      'Convc',
      'Transpose',
      'Convc',
      'ReorderOutputc',
    ]);
    expect(model.nodes.at(-1)!.attributes.channels_last).toBe(1);
  });

  it('are left where channels do not fill them', () => {
    const model = modelOf([f(2, 10, 8, 8), f(10, 10, 3, 3)], [], 16);
    expect(operators(model)).toEqual([]);
    const [v, w] = [f(2, 10, 8, 8), f(10, 10, 3, 3)];
    expect(operators(modelOf([v, w], [b.conv(v, w, unit())], 16))).toEqual(['Conv']);
  });

  it('are not used where the machine has none', () => {
    expect(operators(modelOf([x, w1], [b.conv(x, w1, unit())], 0))).toEqual(['Conv']);
  });
});

const backend = directBackend({ ...direct, threads: 1 });
const block = await probeBlock(backend);

/** Convolution, bias, relu, pooling, twice, and a sum: with all gradients. */
function network(channelsLast: boolean, batch: number, channels: number, strides = [1, 1]): Graph {
  const x = f(...(channelsLast ? [batch, 10, 10, channels] : [batch, channels, 10, 10]));
  const [w1, c1, w2, c2] = [f(32, channels, 3, 3), f(32), f(16, 32, 2, 2), f(16)];
  const conv = (v: Node, w: Node, bias: Node, attributes: ReturnType<typeof unit>) =>
    channelsLast
      ? b.add(b.transpose(b.conv(b.transpose(v, first), w, attributes), last), bias)
      : b.add(b.conv(v, w, attributes), b.reshape(bias, [1, bias.shape[0], 1, 1]));
  const pooled = (v: Node) =>
    channelsLast ? b.transpose(b.maxPool(b.transpose(v, first), pool), last) : b.maxPool(v, pool);
  const h = pooled(b.relu(conv(x, w1, c1, { ...unit(1), strides })));
  const y = b.tanh(conv(h, w2, c2, unit(0)));
  const loss = b.add(b.sum(b.mul(y, y)), b.sum(b.mul(h, 0.125)));
  const inputs = [x, w1, c1, w2, c2];
  return { inputs, outputs: [loss, ...gradients([loss], inputs).map((g) => g!)], state: [] };
}

/** Normalization over the batch, dropout, a gate a channel of each image, comparisons; channels last. */
function gated(batch: number, channels: number): Graph {
  const x = f(batch, 6, 6, channels);
  const [w1, w2, scale, draw] = [f(32, channels, 3, 3), f(16, 32, 3, 3), f(32), f(batch, 6, 6, 32)];
  const conv = (v: Node, w: Node, attributes: ReturnType<typeof unit>) =>
    b.transpose(b.conv(b.transpose(v, first), w, attributes), last);
  const h = conv(x, w1, unit(1));
  const count = batch * 36;
  const mean = b.div(b.sum(h, [0, 1, 2]), count);
  const centered = b.sub(h, mean);
  const variance = b.div(b.sum(b.mul(centered, centered), [0, 1, 2]), count);
  const normal = b.mul(b.div(centered, b.sqrt(b.add(variance, 0.01))), scale);
  const kept = b.select(b.greaterEqual(draw, 0.25), b.mul(b.relu(normal), 1.25), 0);
  const gate = b.sigmoid(b.div(b.sum(kept, [1, 2], true), 36));
  const y = conv(b.mul(kept, gate), w2, { ...unit(0), strides: [2, 2] });
  const positive = b.greater(normal, 0.5);
  const chosen = b.select(positive, b.tanh(normal), b.mul(normal, 0.5));
  const loss = b.add(b.sum(b.mul(y, y)), b.sum(chosen));
  const inputs = [x, w1, w2, scale];
  return {
    inputs: [...inputs, draw],
    outputs: [loss, ...gradients([loss], inputs).map((g) => g!), b.cast(positive, 'float32')],
    state: [],
  };
}

function valuesFor(graph: Graph): HostBuffer[] {
  return graph.inputs.map(({ shape }, k) => {
    const data = new Float32Array(shape.reduce((n, d) => n * d, 1));
    fillUniform(3, k, data);
    // Coarse, so that elements of a pooling window tie.
    return new HostBuffer(
      data.map((v) => Math.round(v * 16 - 8) / 16),
      shape,
      'float32',
    );
  });
}

describe.skipIf(block === 0)(`on this machine, blocks of ${block}`, () => {
  const engine = cpuEngines.direct();
  afterAll(() => engine.dispose());

  const cases = [
    { channelsLast: false, batch: 16, channels: 16 },
    { channelsLast: true, batch: 16, channels: 16 },
    { channelsLast: true, batch: 5, channels: 32 },
    { channelsLast: false, batch: 20, channels: 3 },
    { channelsLast: true, batch: 32, channels: 1 },
    { channelsLast: false, batch: 16, channels: 16, strides: [2, 1] },
    { channelsLast: true, batch: 3, channels: 20 },
  ];
  async function compare(raw: Graph): Promise<void> {
    const graph = optimizeGraph(raw);
    const model = toOnnxModel(graph, { target: 'cpu', block });
    expect(printModel(model)).toMatch(/channels=|ReorderInput/);
    const values = valuesFor(graph);
    const expected = compileSync(graph).runSync(values);
    const executable = await engine.compile(graph);
    const received = await executable.run(values);
    await executable.dispose();
    for (let k = 0; k < expected.length; k++) {
      const [want, got] = [Array.from(expected[k].data), Array.from(await received[k].read())];
      const scale = Math.max(1e-3, ...want.map(Math.abs));
      const worst = Math.max(...want.map((v, i) => Math.abs(v - got[i])));
      expect(worst / scale).toBeLessThan(1e-5);
    }
  }

  for (const [batch, channels] of [
    [16, 16],
    [5, 16],
    [16, 3],
  ]) {
    it(`normalizes, drops, gates and compares: ${batch} images of ${channels} channels`, () =>
      compare(gated(batch, channels)));
  }

  for (const { channelsLast, batch, channels, strides } of cases) {
    const name = `channels ${channelsLast ? 'last' : 'first'}, ${batch} images of ${channels} channels, strides ${strides ?? '1,1'}`;
    it(`trains as the js engine does: ${name}`, () =>
      compare(network(channelsLast, batch, channels, strides)));
  }
});
